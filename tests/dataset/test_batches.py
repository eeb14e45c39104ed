"""Training batches: what they hold, their order, augmentation and encodings."""

import numpy as np
import pytest
from helpers import changed

from super_resolution.dataset.batches import Batches, measure_scale
from super_resolution.network import bits

SCALE = 100.0  # LSB


def batches_of(dataset, *, training: bool = False, batch_size: int = 3, **parts) -> Batches:
    preset = changed(dataset.preset, training={"batch_size": batch_size}, **parts)
    return Batches(dataset, "train", preset, scale=SCALE, training=training, seed=5)


@pytest.mark.parametrize("name", ["faithful", "hifi"])
def test_a_batch_holds_the_encoded_low_version_and_the_original(small_datasets, name):
    dataset = small_datasets[name]
    inputs, y_true = batches_of(dataset).get(0, 0)
    segment = dataset.preset.training.segment
    steps, frames = dataset.bits.shape[1], dataset.target.shape[1]
    assert inputs.shape == (3, segment * steps, 16) and inputs.dtype == np.float32
    assert y_true.shape == (3, segment * frames, 2) and y_true.dtype == np.float32
    joined = np.asarray(dataset.target[:segment]).ravel()
    assert np.allclose(y_true[0].sum(axis=-1) * SCALE, joined, atol=0.01)
    samples = bits.samples_of(dataset.bits[0])
    expected = bits.encode_input(samples, signed=dataset.preset.network.signed)
    assert np.array_equal(inputs[0][:steps], expected)


def test_for_the_target_waveform_the_base_is_zero(small_datasets):
    dataset = small_datasets["faithful"]
    _, y_true = batches_of(dataset, network={"target": "waveform"}).get(0, 0)
    assert not y_true[..., 1].any() and y_true[..., 0].any()


def test_the_order_depends_on_the_epoch_only(small_datasets):
    batches, again = (batches_of(small_datasets["faithful"], training=True) for _ in range(2))
    batches.get(0, 0)
    assert np.array_equal(batches.get(3, 2)[0], again.get(3, 2)[0])
    assert not np.array_equal(batches.get(3, 2)[0], batches.get(4, 2)[0])


def test_an_epoch_contains_each_window_once(small_datasets):
    dataset = small_datasets["faithful"]
    batches = batches_of(dataset, training=True, batch_size=7)
    outputs = [batches.get(1, i)[1].sum(axis=-1) for i in range(len(batches))]
    windows = np.rint(np.concatenate(outputs) * SCALE).astype(int).tolist()
    train = np.concatenate([dataset.target[slice(*run.bounds("train"))] for run in dataset.runs])
    remaining = [tuple(row) for row in train.tolist()]
    assert len(windows) == len(remaining) // 7 * 7
    for row in windows:
        remaining.remove(tuple(row))


def test_segments_are_augmented_before_they_are_encoded(small_datasets):
    off = {"gain_db": None, "tilt_db": None, "band_limit": None, "low_pass": None}
    plain_bits, plain = _first_batch(small_datasets["hifi"], off)
    loud_bits, loud = _first_batch(small_datasets["hifi"], off | {"gain_db": (6.0, 6.0)})
    gains = np.abs(loud.sum(axis=-1)).max(axis=1) / np.abs(plain.sum(axis=-1)).max(axis=1)
    assert np.all(gains > 1) and np.all(gains < 2)
    for gain, before, after in zip(gains, plain_bits, loud_bits, strict=True):
        assert np.abs(bits.decode(after > 0) - bits.decode(before > 0) * gain).max() < 1


def _first_batch(dataset, augmentation: dict) -> tuple[np.ndarray, np.ndarray]:
    return batches_of(dataset, training=True, augmentation=augmentation).get(0, 0)


@pytest.mark.parametrize(("encoding", "width"), [("gray", 16), ("float", 1), ("float+bits", 17)])
def test_batches_have_the_encoding_of_the_preset(small_datasets, encoding, width):
    dataset = small_datasets["hifi"]
    plain, _ = batches_of(dataset).get(0, 0)
    encoded, _ = batches_of(dataset, network={"encoding": encoding}).get(0, 0)
    assert encoded.shape == (*plain.shape[:2], width)
    samples = bits.decode(plain > 0)
    assert np.array_equal(encoded, bits.encode_input(samples, encoding, signed=True))


def test_the_scale_is_the_root_mean_square_of_the_residual(small_datasets):
    dataset = small_datasets["faithful"]
    residual = dataset.target[:] - dataset.base[:].astype(float)
    train = np.concatenate([residual[slice(*run.bounds("train"))] for run in dataset.runs])
    assert measure_scale(dataset, "residual") == pytest.approx(np.sqrt(np.mean(train**2)))
