"""Filters: blocks equal the direct convolution, and the gains of the residual's high-pass."""

import numpy as np
import pytest

from super_resolution.audio.filters import (
    RESIDUAL_CUTOFF,
    filter_blocks,
    high_pass_taps,
    residual_high_pass,
)


@pytest.mark.parametrize("frames", [0, 1, 10, 127, 128, 254, 255, 256, 2000])
@pytest.mark.parametrize("size", [1, 100, 5000])
@pytest.mark.parametrize("count", [3, 255, 901, 3001])
def test_blocks_equal_the_convolution_of_the_whole(frames, size, count):
    taps = np.hanning(count + 2)[1:-1].astype(np.float32)
    taps /= taps.sum()
    signal = np.random.default_rng(frames).normal(0, 1000, (frames, 2)).astype(np.float32)
    blocks = [signal[i : i + size] for i in range(0, frames, size)]
    joined = np.concatenate([np.zeros((0, 2)), *filter_blocks(blocks, taps)])
    expected = np.zeros((frames, 2))
    for channel in range(2 if frames else 0):
        convolved = np.convolve(signal[:, channel], taps)
        expected[:, channel] = convolved[len(taps) // 2 :][:frames]
    assert joined.shape == expected.shape
    assert np.abs(joined - expected).max(initial=0) < 0.01


def test_filter_does_not_delay_an_impulse():
    signal = np.zeros((1000, 1), np.float32)
    signal[500] = 1
    filtered = np.concatenate(list(filter_blocks([signal], high_pass_taps(0.5, 63))))
    assert np.argmax(np.abs(filtered)) == 500


def residual_gain_db(hertz: float) -> float:
    taps = residual_high_pass(sample_rate=44100, low_rate=15000)
    phases = np.exp(-2j * np.pi * hertz / 44100 * np.arange(len(taps)))
    return 20 * np.log10(abs(np.dot(taps, phases)))


@pytest.mark.parametrize("hertz", [20, 1000, 5000, 6900])
def test_residual_high_pass_removes_the_low_band(hertz):
    assert residual_gain_db(hertz) < -50


@pytest.mark.parametrize("hertz", [7500, 10000, 16000, 22000])
def test_residual_high_pass_keeps_the_high_band(hertz):
    assert abs(residual_gain_db(hertz)) < 0.1


def test_residual_high_pass_has_half_amplitude_at_its_cutoff():
    assert residual_gain_db(RESIDUAL_CUTOFF * 7500) == pytest.approx(-6.02, abs=0.05)
