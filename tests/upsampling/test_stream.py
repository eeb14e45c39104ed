"""Streaming: exact lengths, alignment, and no trace of blocks or windows.

A small engine with known answers takes the place of a network: silence, or the mean of the
samples around each one.
"""

import tracemalloc
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_model

from super_resolution.audio.blocks import resample, scaled_frames
from super_resolution.evaluation import baselines
from super_resolution.network import bits
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.stream import equal_blocks, network_blocks, upsample_blocks

LENGTHS = [1, 2, 10, 49, 50, 51, 75, 99, 100, 101, 146, 147, 148, 1001]
RATES = {"orig_sr": 15000, "target_sr": 44100}
HOLD = make_model(SMALL_FAITHFUL, scale=1)
LONG_WINDOWS = make_model(changed(SMALL_FAITHFUL, prediction={"window": 1000}), scale=1)
HIFI = make_model(SMALL_HIFI, scale=1)
HOLD_WAVEFORM = make_model(changed(SMALL_FAITHFUL, network={"target": "waveform"}), scale=1)
BOTH = pytest.mark.parametrize("model", [HOLD, HIFI], ids=["hold", "polyphase"])


class Echo:
    """An engine that gives each high sample the mean of low samples around the one it sees.

    Parameters
    ----------
    model : Model
    batch_size : int
    reach : int
        Low samples on either side that the mean is taken over.
    gain : float
        Of the output.
    """

    def __init__(
        self, model: Model, *, batch_size: int = 4, reach: int = 0, gain: float = 1.0
    ) -> None:
        self.grid, self.reach, self.gain = model.grid, reach, gain
        self.steps, self.batch_size = model.predict_steps, batch_size

    def run(self, encoded: np.ndarray) -> np.ndarray:
        assert len(encoded) <= self.batch_size and encoded.shape[1:] == (self.steps, 16)
        assert encoded.dtype == np.float32
        samples = bits.decode(encoded > 0).astype(np.float32)
        width = 2 * self.reach + 1
        means = [np.convolve(row, np.ones(width) / width, mode="same") for row in samples]
        index = np.arange(self.grid.samples_of_steps(self.steps))
        if self.grid.name == "polyphase":
            index = index * self.grid.ratio.denominator // self.grid.ratio.numerator
        return self.gain * np.array(means, np.float32)[:, index]


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(frames).integers(-9000, 9000, (frames, channels)).astype(np.int16)


def upsampled(low, engine, model, size: int = 10**6, **options) -> np.ndarray:
    blocks = [low[i : i + size] for i in range(0, len(low), size)]
    high = upsample_blocks(blocks, engine, model, channels=low.shape[1], **options)
    return np.concatenate(list(high))


def output(low, engine, model) -> np.ndarray:
    # the network's own, without base and high-pass
    return np.concatenate(list(network_blocks([low], engine, model, channels=low.shape[1])))


@BOTH
@pytest.mark.parametrize("frames", LENGTHS)
def test_with_a_silent_network_the_base_is_left_at_every_length(model, frames):
    low = noise(frames)
    high = upsampled(low, Echo(model, gain=0), model)
    assert high.dtype == np.float32
    assert high.shape == (scaled_frames(frames, Fraction(147, 50)), 2)
    assert np.array_equal(high, resample(low, **RATES))


@BOTH
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frames", [*LENGTHS, 9001])
def test_every_output_comes_from_the_low_sample_it_falls_on(model, channels, frames):
    low = noise(frames, channels)
    assert np.array_equal(output(low, Echo(model), model), baselines.hold(low, **RATES))


@pytest.mark.parametrize("low_rate", [8000, 14700, 16000, 22050])
def test_so_it_is_at_other_rates(low_rate):
    model, low = replace(HOLD_WAVEFORM, low_rate=low_rate), noise(1001)
    expected = baselines.hold(low, orig_sr=low_rate, target_sr=44100)
    assert np.array_equal(upsampled(low, Echo(model), model), expected)


@BOTH
@pytest.mark.parametrize("size", [1, 7, 333, 8192])
def test_the_sizes_of_blocks_do_not_matter(model, size):
    low = noise(4001 if size < 8192 else 20_000)
    engine = Echo(model, reach=8)
    assert np.array_equal(upsampled(low, engine, model, size), upsampled(low, engine, model))


@BOTH
@pytest.mark.parametrize("batch_size", [1, 2, 16])
def test_the_size_of_batches_does_not_matter(model, batch_size):
    low = noise(7001)
    one, other = (upsampled(low, Echo(model, batch_size=b), model) for b in (64, batch_size))
    # the high-pass is done by Fourier transforms, which round in other places
    assert np.abs(one - other).max() <= (0.05 if model.preset.network.restores_treble else 0)


@pytest.mark.parametrize("sizes", [[], [0], [3], [4], [5], [1, 0, 2, 9, 4], [12, 1, 1, 1, 1, 8]])
def test_blocks_are_cut_and_joined_to_equal_ones(sizes):
    signal = noise(sum(sizes))
    equal = list(equal_blocks(np.split(signal, np.cumsum(sizes)[:-1]), 4))
    assert all(len(block) == 4 for block in equal[:-1]) and all(map(len, equal))
    assert np.array_equal(np.concatenate([signal[:0], *equal]), signal)


@BOTH
def test_the_context_hides_the_windows(model):
    # an engine that takes the mean over 10 steps around cannot tell where its windows begin
    low = noise(2000, 1)
    seen = low[model.grid.low_index(np.arange(-100, 6200)).clip(0, 1999)][:, 0].astype(float)
    seen[:100] = 0
    if model.grid.name == "polyphase":
        seen = np.concatenate([np.zeros(10), low[:, 0], np.zeros(10)])
        means = np.convolve(seen, np.ones(21) / 21, mode="valid")
        expected = baselines.hold(means[:, np.newaxis], **RATES)[:, 0]
    else:
        expected = np.convolve(seen, np.ones(21) / 21, mode="same")[100:][:5880]
    high = output(low, Echo(model, reach=10), model)[:, 0]
    assert np.abs(high - expected)[:5800].max() < 0.01


def test_the_high_pass_keeps_the_known_band():
    time = np.arange(15000) / 15000
    low = (10000 * np.sin(2 * np.pi * 1000 * time)).astype(np.int16)[:, np.newaxis]
    high = upsampled(low, Echo(HIFI), HIFI)
    added = (high - resample(low, **RATES))[2000:-2000, 0]
    spectrum = np.abs(np.fft.rfft(added * np.hanning(len(added))))
    hertz = np.fft.rfftfreq(len(added), 1 / 44100)
    assert spectrum[hertz < 6000].max() < 3e-3 * spectrum[hertz > 7000].max()


@pytest.mark.slow
@pytest.mark.parametrize("model", [LONG_WINDOWS, HIFI], ids=["hold", "hifi"])
def test_memory_does_not_grow_with_the_length(model):
    def peak(count: int) -> int:
        engine = Echo(model, batch_size=16, gain=0)
        blocks = (noise(4096) for _ in range(count))
        tracemalloc.start()
        for _ in upsample_blocks(blocks, engine, model, channels=2):
            pass
        largest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return largest

    # 100 more blocks are 1.6 MB at 16 bits, and six times that upsampled; the peak also
    # depends a little on how blocks and windows meet
    assert peak(200) - peak(100) < 1.2e6


def test_output_beyond_full_scale_is_left_to_the_caller():
    low = np.full((500, 1), 30000, np.int16)
    high = upsampled(low, Echo(HOLD), HOLD)
    # at the ends the resampler's filter rings
    assert np.abs(high[200:-200] - 60000).max() < 20


@pytest.mark.parametrize("frames", [1, 500])
def test_the_scale_is_applied(frames):
    low, model = noise(frames, 1), replace(HOLD_WAVEFORM, scale=0.5)
    expected = baselines.hold(low, **RATES) / 2
    assert np.array_equal(upsampled(low, Echo(model), model), expected)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("gain_db", [-6.0, 6.0])
def test_the_gain_is_that_of_the_added_band(channels, gain_db):
    low = noise(1000, channels)
    base = resample(low, **RATES)
    plain = upsampled(low, Echo(HIFI), HIFI) - base
    louder = upsampled(low, Echo(HIFI), HIFI, gain_db=gain_db) - base
    assert np.allclose(louder, plain * 10 ** (gain_db / 20), atol=0.05)
