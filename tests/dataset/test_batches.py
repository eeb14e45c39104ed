"""Training batches: what they hold, their order, their share of each track, encodings."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_track

from super_resolution.dataset import augment
from super_resolution.dataset.batches import Batches, measure_scale
from super_resolution.dataset.writer import write_dataset
from super_resolution.network import bits
from super_resolution.tracks.track import find_tracks

SCALE = 100.0  # LSB


def batches_of(
    dataset,
    *,
    split: str = "train",
    training: bool = False,
    network: dict | None = None,
    **options,
) -> Batches:
    options = {"batch_size": 3} | options
    preset = changed(dataset.preset, network=network or {}, training=options)
    return Batches(dataset, split, preset, scale=SCALE, training=training, seed=5)


def residual_of(dataset, starts: np.ndarray) -> np.ndarray:
    rows = dataset.read(starts, 1)
    return (rows["target"] - rows["base"].astype(float))[:, 0]


def test_a_batch_of_faithful_holds_bits_and_the_residual(small_datasets):
    dataset = small_datasets["faithful"]
    inputs, y_true = batches_of(dataset).get(0, 1)
    assert inputs.shape == (3, 50, 16) and inputs.dtype == np.float32
    assert y_true.shape == (3, 50) and y_true.dtype == np.float32
    starts = dataset.segments("train", 1)[3:6]
    low = bits.samples_of(dataset.read(starts, 1)["bits"][:, 0])
    assert np.array_equal(inputs, bits.encode_input(low))
    assert np.allclose(y_true * SCALE, residual_of(dataset, starts), atol=0.01)


def test_a_batch_of_hifi_holds_features_and_envelopes(small_datasets):
    dataset = small_datasets["hifi"]
    features, y_true = batches_of(dataset).get(0, 1)
    assert features.shape == (3, 20, 108) and features.dtype == np.float32
    assert y_true.shape == (3, 20, 60) and y_true.dtype == np.float32
    rows = dataset.read(dataset.segments("train", 20)[3:6], 20)
    assert np.array_equal(features, rows["features"])
    assert np.array_equal(y_true, rows["envelope"])


def test_the_target_waveform_is_the_original(small_datasets):
    dataset = small_datasets["faithful"]
    _, y_true = batches_of(dataset, network={"target": "waveform"}).get(0, 0)
    target = dataset.read(dataset.segments("train", 1)[:3], 1)["target"]
    assert np.allclose(y_true * SCALE, target[:, 0], atol=0.01)


@pytest.mark.parametrize("name", ["faithful", "hifi"])
def test_the_order_depends_on_the_epoch_only(small_datasets, name):
    batches, again = (batches_of(small_datasets[name], training=True) for _ in range(2))
    batches.get(0, 0)
    assert np.array_equal(batches.get(3, 2)[0], again.get(3, 2)[0])
    assert not np.array_equal(batches.get(3, 2)[0], batches.get(4, 2)[0])


def test_an_epoch_contains_each_window_once(small_datasets):
    dataset = small_datasets["faithful"]
    batches = batches_of(dataset, training=True, batch_size=7)
    starts = dataset.segments("train", 1)
    windows = np.concatenate([batches.get(1, i)[1] for i in range(len(batches))])
    expected = (residual_of(dataset, starts) / SCALE).astype(np.float32)
    assert len(windows) == len(starts) // 7 * 7
    left = sorted(map(tuple, np.round(expected, 2).tolist()))
    for row in sorted(map(tuple, np.round(windows, 2).tolist())):
        left.remove(row)
    assert len(left) == len(starts) % 7


def test_segments_are_augmented_only_where_asked(unequal, monkeypatch):
    dataset, given = unequal["hifi"], []

    def double(features, y_true, rng):
        given.append(rng.random())
        return 2 * features, 3 * y_true

    monkeypatch.setattr(augment, "apply", double)
    plain = batches_of(dataset, training=True, augment=False)
    augmented = batches_of(dataset, training=True)
    for one, other, factor in zip(plain.get(1, 2), augmented.get(1, 2), (2, 3), strict=True):
        assert np.array_equal(factor * one, other)
    batches_of(dataset, split="validation").get(0, 0)
    assert len(given) == 1
    # each batch has random numbers of its own, the same ones whenever it is read
    for epoch, index in ((1, 2), (1, 1), (2, 2)):
        augmented.get(epoch, index)
    assert given[1] == given[0] and len(set(given)) == 3


def test_a_song_by_itself_is_not_augmented(unequal):
    songs = unequal["hifi"]
    for dataset, same in ((songs.only(["b"]), True), (songs.only(["a", "b"]), False)):
        assert dataset.one_song == same
        plain, augmented = (
            batches_of(dataset, training=True, augment=augment).get(1, 0)
            for augment in (False, True)
        )
        assert np.array_equal(plain[0], augmented[0]) == same
        assert np.array_equal(plain[1], augmented[1]) == same


def test_one_song_and_another_held_out_are_one_song(unequal):
    songs = unequal["hifi"]
    held_out = [replace(r, train_end=r.first) if r.track != "b" else r for r in songs.runs]
    assert replace(songs, runs=tuple(held_out)).one_song


@pytest.mark.parametrize(("encoding", "width"), [("gray", 16), ("float", 1), ("float+bits", 17)])
def test_batches_have_the_encoding_of_the_preset(small_datasets, encoding, width):
    dataset = small_datasets["faithful"]
    plain, _ = batches_of(dataset).get(0, 0)
    encoded, _ = batches_of(dataset, network={"encoding": encoding}).get(0, 0)
    assert encoded.shape == (*plain.shape[:2], width)
    assert np.array_equal(encoded, bits.encode_input(bits.decode(plain), encoding))


@pytest.fixture(scope="module")
def unequal(tmp_path_factory, song) -> dict:
    """Give datasets of a long track between two short ones, in mono, by the preset's name."""
    folder = tmp_path_factory.mktemp("unequal")
    for name, frames, gain in (("a", 60_000, 0.5), ("b", len(song), 1.0), ("c", 60_000, 0.2)):
        make_track(folder / name, gain * song[:frames, :1])
    tracks = find_tracks(data=folder)
    presets = (SMALL_FAITHFUL, SMALL_HIFI)
    return {p.name: write_dataset(folder / f"_{p.name}", tracks, p) for p in presets}


def track_of(dataset, windows: np.ndarray) -> np.ndarray:
    # the track's number by the first row of each segment of `hifi`
    rows = [dataset.read(np.arange(*run.bounds("train")), 1)["features"] for run in dataset.runs]
    return np.array(
        [
            [bool(np.any(np.all(own[:, 0] == window[0], axis=1))) for own in rows].index(True)
            for window in windows
        ]
    )


def test_no_track_has_more_segments_in_an_epoch_than_the_median_one(unequal):
    dataset = unequal["hifi"]
    counts = [np.subtract(*run.bounds("train")[::-1]) // 20 for run in dataset.runs]
    assert counts[0] == counts[2] < counts[1]
    batches = batches_of(dataset, training=True, batch_size=1, augment=False)
    assert len(batches) == 3 * counts[0]
    seen = set()
    for epoch in range(6):
        segments = [batches.get(epoch, index)[0][0] for index in range(len(batches))]
        assert np.bincount(track_of(dataset, np.array(segments))).tolist() == [counts[0]] * 3
        seen |= {segment.tobytes() for segment in segments}
    # over the epochs all of the long track comes
    assert len(seen) > 3 * counts[0] + 6


def test_validation_has_all_segments_of_each_track(unequal):
    for name, dataset in unequal.items():
        batches = batches_of(dataset, split="validation", batch_size=1)
        length = dataset.preset.training.segment
        assert len(batches) == len(dataset.segments("validation", length)), name


@pytest.mark.parametrize("training", [True, False])
def test_a_split_without_a_segment_has_no_batch(small_datasets, training):
    batches = batches_of(small_datasets["hifi"], training=training, segment=999)
    assert len(batches) == 0


def test_a_batch_is_as_large_as_the_split_at_most(small_datasets):
    dataset = small_datasets["hifi"]
    batches = batches_of(dataset, training=True, batch_size=10_000)
    assert len(batches) == 1
    assert len(batches.get(0, 0)[0]) == len(dataset.segments("train", 20))


def test_the_seconds_of_a_batch(small_datasets):
    assert batches_of(small_datasets["faithful"]).seconds == pytest.approx(3 * 50 / 44100)
    assert batches_of(small_datasets["hifi"]).seconds == pytest.approx(3 * 20 * 0.01)


@pytest.mark.parametrize("target", ["residual", "waveform"])
def test_the_scale_is_the_root_mean_square_of_the_target(small_datasets, target):
    dataset = small_datasets["faithful"]
    rows = dataset.read(dataset.segments("train", 1), 1)
    expected = rows["target"] - (rows["base"].astype(float) if target == "residual" else 0.0)
    network = changed(SMALL_FAITHFUL, network={"target": target}).network
    scale = measure_scale(dataset, network)
    assert scale == pytest.approx(np.sqrt(np.mean(expected**2)), rel=1e-4)


def test_hifi_follows_the_loudness_itself(small_datasets):
    assert measure_scale(small_datasets["hifi"], SMALL_HIFI.network) == 32768


def test_silence_has_the_smallest_scale(tmp_path, song):
    # a click at the end, where nothing is learnt: a track of silence cannot be scanned
    silent = np.zeros((60_000, 1), np.int16)
    silent[-100] = 1000
    track = make_track(tmp_path / "a", silent)
    dataset = write_dataset(tmp_path / "_dataset", [track], SMALL_FAITHFUL)
    assert measure_scale(dataset, SMALL_FAITHFUL.network) == 1
