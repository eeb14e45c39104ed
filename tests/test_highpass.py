"""The high-pass: what it keeps, what it takes, and blocks equal the whole."""

import numpy as np
import pytest

from super_resolution import highpass

RATES = {"sample_rate": 44100, "low_rate": 15000}
TAPS = highpass.design(**RATES)


def gain_db(hertz: float) -> float:
    phase = np.exp(-2j * np.pi * hertz / 44100 * np.arange(len(TAPS)))
    return 20 * np.log10(abs(np.dot(TAPS, phase)))


@pytest.mark.parametrize("hertz", [20, 1000, 5000, 6900])
def test_the_known_band_is_kept_out(hertz):
    assert gain_db(hertz) < -50


@pytest.mark.parametrize("hertz", [7500, 10000, 16000, 22000])
def test_the_high_band_passes(hertz):
    assert abs(gain_db(hertz)) < 0.1


def test_half_amplitude_at_the_cutoff():
    assert gain_db(highpass.CUTOFF * 7500) == pytest.approx(-6.02, abs=0.05)


@pytest.mark.parametrize("frames", [0, 1, 10, 127, 128, 254, 255, 256, 2000])
@pytest.mark.parametrize("size", [1, 100, 5000])
def test_blocks_equal_the_whole_convolution(frames, size):
    signal = np.random.default_rng(frames).normal(0, 1000, (frames, 2)).astype(np.float32)
    blocks = [signal[i : i + size] for i in range(0, frames, size)]
    joined = np.concatenate([np.zeros((0, 2)), *highpass.stream(blocks, TAPS)])
    slow = (
        [np.convolve(signal[:, c], TAPS)[highpass.DELAY :][:frames] for c in (0, 1)]
        if frames
        else []
    )
    expected = np.array(slow).T.reshape(frames, 2)
    assert joined.shape == expected.shape
    assert np.abs(joined - expected).max(initial=0) < 0.01


def test_an_impulse_stays_where_it_was():
    signal = np.zeros((1000, 1), np.float32)
    signal[500] = 1
    filtered = np.concatenate(list(highpass.stream([signal], TAPS)))
    assert np.argmax(np.abs(filtered)) == 500
