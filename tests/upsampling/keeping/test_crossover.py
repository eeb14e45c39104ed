"""The crossover: what stands on both sides comes out unchanged, each side keeps its own band."""

import numpy as np
import pytest

from super_resolution.upsampling.keeping.crossover import (
    TAPS,
    WIDTH,
    band_pass,
    cross_over,
    high_pass,
)

RATE = 44100
EDGE = WIDTH * RATE / 2  # Hz on either side of the crossover


def tone(hertz: float, frames: int = 30000) -> np.ndarray:
    wave = 10000 * np.sin(2 * np.pi * hertz / RATE * np.arange(frames))
    return wave.astype(np.float32)[:, np.newaxis]


def joined(below: np.ndarray, above: np.ndarray, hertz: float, size: int = 10**6, **options):
    pairs = np.concatenate([below, above], axis=1)
    blocks = [pairs[i : i + size] for i in range(0, len(pairs), size)]
    return np.concatenate(list(cross_over(blocks, hertz=hertz, sample_rate=RATE, **options)))


def noise(frames: int, channels: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 5000, (frames, channels)).astype(np.float32)


@pytest.mark.parametrize("frames", [1, 2, 511, 512, 1023, 1024, 5000])
def test_the_same_on_both_sides_comes_out_exactly(frames):
    signal = noise(frames)
    assert np.array_equal(joined(signal, signal, 12000), signal)


@pytest.mark.parametrize("hertz", [100, 5000, 12000 - EDGE, 12000 + EDGE, 15000, 21000])
def test_each_side_keeps_its_band_within_half_a_step(hertz):
    signal, silence = tone(hertz), np.zeros((30000, 1), np.float32)
    below, above = joined(signal, silence, 12000), joined(silence, signal, 12000)
    kept, left = (below, above) if hertz < 12000 else (above, below)
    inside = slice(TAPS, -TAPS)
    assert np.abs(kept - signal)[inside].max() < 0.5 and np.abs(left)[inside].max() < 0.5


def test_each_has_half_amplitude_at_the_crossover():
    signal, silence = tone(12000), np.zeros((30000, 1), np.float32)
    half = joined(signal, silence, 12000)[TAPS:-TAPS]
    assert np.abs(half - signal[TAPS:-TAPS] / 2).max() < 10


def test_the_gain_is_that_of_the_signal_above():
    below, above = noise(5000), noise(5000, seed=1)
    assert np.allclose(
        joined(below, above, 9000, gain=0.5), joined(below, above / 2, 9000), atol=0.05
    )


def test_blocks_give_the_whole():
    below, above = noise(9000), noise(9000, seed=1)
    whole = joined(below, above, 11000)
    for size in (1000, 4096):
        assert np.allclose(joined(below, above, 11000, size), whole, atol=0.05)


def test_a_band_pass_is_the_rest_of_two_high_passes():
    assert np.allclose(
        band_pass(8000, 11000, RATE), high_pass(8000, RATE) - high_pass(11000, RATE), atol=1e-7
    )
    response = np.abs(np.fft.rfft(band_pass(8000, 11000, RATE), 44100))
    assert response[9500] == pytest.approx(1, abs=1e-4)
    assert max(response[:7500].max(), response[11500:].max()) < 1e-4
