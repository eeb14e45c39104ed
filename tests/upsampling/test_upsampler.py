"""The upsampler as one object: types, shapes, lengths, gains, and any blocks."""

from math import floor
from pathlib import Path

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, make_model, random_weights, save_random

import super_resolution
from super_resolution import Upsampler
from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import FULL_SCALE, to_int16
from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.errors import UsageError
from super_resolution.network.presets import SHIPPED

PRESETS = {preset.name: preset for preset in (SMALL_FAITHFUL, SMALL_HIFI)}
LENGTHS = [0, 1, 2, 49, 50, 99, 100, 101, 2000]
RATES = [8000, 15000, 22050, 44100, 48000]


@pytest.fixture(scope="module")
def upsamplers() -> dict[str, Upsampler]:
    """Give upsamplers with random weights, by the name of their preset."""
    return {name: _upsampler(make_model(preset)) for name, preset in PRESETS.items()}


def _upsampler(model) -> Upsampler:
    engine = load_engine(model, random_weights(model), EngineOptions("onnx"))
    return Upsampler(Path("models/small"), model, engine)


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(frames).integers(-9000, 9000, (frames, channels)).astype(np.int16)


def streamed(upsampler: Upsampler, blocks, rate: int = 15000, **options) -> np.ndarray:
    channels = blocks[0].shape[1]
    high = upsampler.stream(blocks, sample_rate=rate, channels=channels, **options)
    return np.concatenate([blocks[0][:0], *high])


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("frames", [*LENGTHS, 3, 7, 51, 147, 4410])
def test_the_length_is_that_of_the_signal_at_44100_hz(upsamplers, name, rate, frames):
    high, high_rate = upsamplers[name](noise(frames), rate)
    assert high_rate == 44100
    # halves are rounded up; in whole numbers
    assert high.shape == (floor((frames * 44100 * 2 + rate) / (2 * rate)), 2)


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(500,), (500, 1), (500, 2), (0,), (0, 1), (0, 2)])
@pytest.mark.parametrize("rate", [15000, 22050])
def test_type_and_channels_are_those_of_the_signal(upsamplers, dtype, shape, rate):
    samples = noise(500)[: shape[0], : (*shape, 1)[1]].reshape(shape)
    if dtype != np.int16:
        samples = (samples / FULL_SCALE).astype(dtype)
    high, _ = upsamplers["hifi"](samples, rate)
    assert high.dtype == dtype
    assert high.shape[1:] == shape[1:] and high.ndim == len(shape)


@pytest.mark.parametrize("rate", [15000, 22050])
def test_mono_is_the_same_in_both_shapes(upsamplers, rate):
    samples = noise(1000, 1)
    column, _ = upsamplers["hifi"](samples, rate)
    flat, _ = upsamplers["hifi"](samples[:, 0], rate)
    assert np.array_equal(column[:, 0], flat)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_the_16_bit_result_before_rounding(upsamplers, name, rate, dtype):
    samples = noise(1000)
    # noise is full: without a cut-off it would be left as it is at 44.1 kHz
    cutoff = 12000.0
    whole, _ = upsamplers[name](samples, rate, cutoff_hz=cutoff)
    floats, _ = upsamplers[name]((samples / FULL_SCALE).astype(dtype), rate, cutoff_hz=cutoff)
    assert np.array_equal(to_int16(floats * FULL_SCALE), whole)
    assert np.abs(floats * FULL_SCALE - whole)[np.abs(whole) < 32000].max() <= 0.5
    assert len(np.unique(floats * FULL_SCALE % 1)) > 100


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("frames", LENGTHS)
@pytest.mark.parametrize(("rate", "channels"), [(15000, 1), (15000, 2), (22050, 2)])
def test_blocks_give_the_whole_bit_for_bit(upsamplers, name, frames, rate, channels):
    upsampler, rng = upsamplers[name], np.random.default_rng(0)
    samples = (noise(frames, channels) / FULL_SCALE).astype(np.float32)
    whole, _ = upsampler(samples, rate)
    cuts = [np.arange(1, frames), *(np.sort(rng.integers(0, frames + 1, n)) for n in (1, 5, 40))]
    for cut in cuts:
        joined = streamed(upsampler, np.split(samples, cut), rate)
        assert joined.tobytes() == whole.tobytes()


def test_a_long_stream_gives_the_whole_bit_for_bit(upsamplers):
    # longer than the blocks and the batches inside
    samples, rng = noise(40_000), np.random.default_rng(0)
    whole, _ = upsamplers["hifi"](samples, 15000)
    blocks = np.split(samples, np.sort(rng.integers(0, len(samples), 60)))
    assert np.array_equal(streamed(upsamplers["hifi"], blocks), whole)


def test_a_stream_begins_before_its_input_has_ended(upsamplers):
    read = []

    def blocks():
        for i in range(100):
            read.append(i)
            yield noise(4000)

    high = upsamplers["hifi"].stream(blocks(), sample_rate=15000, channels=2)
    assert read == []
    assert len(next(high)) > 0
    assert len(read) < 20


def test_no_blocks_give_no_blocks(upsamplers):
    assert list(upsamplers["hifi"].stream([], sample_rate=15000, channels=2)) == []


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("gain_db", [-12.0, 3.0])
def test_a_gain_changes_only_the_added_band(upsamplers, channels, gain_db):
    samples = noise(3000, channels)
    base = resample(samples, orig_sr=15000, target_sr=44100) / FULL_SCALE
    floats = (samples / FULL_SCALE).astype(np.float32)
    plain, louder = (upsamplers["hifi"](floats, 15000, gain_db=g)[0] - base for g in (0, gain_db))
    assert np.abs(plain).max() > 1e-3
    assert np.allclose(louder, plain * 10 ** (gain_db / 20), atol=1e-6)


def test_a_gain_needs_a_model_that_adds_a_band(upsamplers):
    message = f"needs a model that adds one .such as {SHIPPED}.; small outputs the whole band"
    with pytest.raises(UsageError, match=message):
        upsamplers["faithful"](noise(10), 15000, gain_db=3.0)
    upsamplers["faithful"](noise(10), 15000, gain_db=0.0)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((10, 2), np.int32), "samples are int32, expected int16, or float"),
        (np.zeros((10, 2), np.uint8), "samples are uint8"),
        (np.zeros((10, 2), bool), "samples are bool"),
        (np.zeros((10, 2), complex), "samples are complex128"),
        (np.zeros((10, 2), ">i2"), "samples are >i2"),
        ([1, 2, 3], "samples are int64"),
        (np.zeros((10, 3), np.int16), "3 channels, expected 1 or 2"),
        (np.zeros((10, 0), np.int16), "0 channels, expected 1 or 2"),
        (np.zeros((2, 10), np.int16), "10 channels, expected 1 or 2"),
        (np.zeros((10, 2, 1), np.int16), "shape .10, 2, 1., expected .frames"),
        (np.int16(1), "shape .., expected .frames"),
        (np.array([0, np.nan]), "NaN or infinity"),
        (np.array([0, np.inf], np.float32), "NaN or infinity"),
    ],
    ids=lambda value: None if isinstance(value, str) else "samples",
)
def test_other_samples_are_refused(upsamplers, samples, message):
    with pytest.raises(ValueError, match=message):
        upsamplers["hifi"](samples, 15000)


@pytest.mark.parametrize("rate", [0, -15000, 15000.0, "15000", None])
def test_other_rates_are_refused(upsamplers, rate):
    with pytest.raises(ValueError, match="expected a whole number of Hz"):
        upsamplers["hifi"](noise(10), rate)


def test_a_rate_of_numpy_is_taken(upsamplers):
    high, _ = upsamplers["hifi"](noise(100), np.int32(22050))
    assert len(high) == 200


@pytest.mark.parametrize(
    "second",
    [np.zeros((5, 1), np.int16), np.zeros((5, 2), np.float32), np.zeros(5, np.int16)],
    ids=["channels", "type", "shape"],
)
def test_blocks_of_another_form_than_the_first_are_refused(upsamplers, second):
    with pytest.raises(ValueError, match=r"a block is .*expected int16 of shape .frames, 2"):
        streamed(upsamplers["hifi"], [noise(5), second])


def test_a_model_is_loaded_by_its_name(tmp_path):
    model = make_model(SMALL_HIFI)
    save_random(tmp_path / "mine", model)
    upsampler = Upsampler.from_pretrained("mine", models=str(tmp_path), engine="onnx", threads=1)
    assert (upsampler.folder, upsampler.model) == (tmp_path / "mine", model)
    samples = noise(500)
    high, _ = upsampler(samples, 15000)
    assert np.array_equal(high, _upsampler(model)(samples, 15000)[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "none"}, "no model in"),
        ({"name": "../none"}, "no name of a model"),
        ({"engine": "cuda"}, "engine is 'cuda'"),
        ({"precision": "f16"}, "precision is 'f16'"),
        ({"engine": "onnx", "precision": "bf16"}, "runs in f32 only"),
    ],
)
def test_what_there_is_not_is_refused(tmp_path, options, message):
    save_random(tmp_path / "mine", make_model(SMALL_HIFI))
    with pytest.raises(UsageError, match=message):
        Upsampler.from_pretrained(models=tmp_path, **{"name": "mine"} | options)


def test_the_package_gives_the_upsampler_and_nothing_unknown():
    assert set(super_resolution.__all__) == {"Upsampler", "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'upsample'"):
        _ = super_resolution.upsample
