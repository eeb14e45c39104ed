"""The level match: half of a known difference in dB is corrected, and no more than its bound."""

import numpy as np
import pytest

from super_resolution.upsampling.keeping.level_match import MAX_GAIN_DB, match_levels

RATE = 44100
BAND = (7700.0, 12000.0)
INSIDE = slice(3000, -3000)


def noise(frames: int = 44100, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 500, (frames, 1)).astype(np.float32)


def gain_db(signal: np.ndarray, estimate: np.ndarray, band=BAND) -> np.ndarray:
    pairs = np.concatenate([signal, estimate], axis=1)
    out = np.concatenate(list(match_levels([pairs], band=band, sample_rate=RATE)))
    assert np.array_equal(out[:, :1], signal)
    return 20 * np.log10(out[INSIDE, 1] / estimate[INSIDE, 0])


@pytest.mark.parametrize("off", [-10.0, -4.0, 0.0, 4.0, 10.0])
def test_half_of_the_difference_is_corrected(off):
    signal = noise()
    gains = gain_db(signal, signal * np.float32(10 ** (off / 20)))
    assert gains == pytest.approx(-off / 2, abs=0.05)


def test_the_gain_is_bounded():
    assert gain_db(noise() * 1000, noise()).max() == pytest.approx(MAX_GAIN_DB, abs=1e-3)
    assert gain_db(noise(), noise() * 1000).min() == pytest.approx(-MAX_GAIN_DB, abs=1e-3)


def test_the_gain_follows_the_music_within_tens_of_milliseconds():
    signal, step = noise(), np.ones((44100, 1), np.float32)
    step[22050:] = 10 ** (-12 / 20)
    gains = gain_db(signal * step, signal)
    middle = 22050 - INSIDE.start
    assert gains[: middle - 1200] == pytest.approx(0, abs=0.1)
    assert gains[middle + 1200 :] == pytest.approx(-6, abs=0.1)


def test_the_lower_of_two_bands_counts():
    signal, time = noise(), np.arange(44100) / RATE
    low = np.fft.rfft(signal, axis=0)
    low[10500:] = 0  # 1 Hz a bin: the signal is silent in the upper band
    assert gain_db(np.fft.irfft(low, axis=0).astype(np.float32), signal).max() < -8
    # a loud tone in the lower band alone raises nothing
    tone = (5000 * np.sin(2 * np.pi * 8500 * time)).astype(np.float32)[:, np.newaxis]
    assert gain_db(signal + tone, signal) == pytest.approx(0, abs=0.5)


def test_silence_needs_no_gain():
    silence = np.zeros((20000, 2), np.float32)
    assert np.array_equal(
        np.concatenate(list(match_levels([silence], band=BAND, sample_rate=RATE))), silence
    )


def test_in_a_narrow_band_nothing_is_measured():
    signal = noise()
    assert np.array_equal(gain_db(signal, signal * 8, (7700.0, 8100.0)), np.zeros(44100 - 6000))


def test_each_channel_has_its_own_gain():
    one = noise()
    pairs = np.concatenate([one, one, one * 2, one / 2], axis=1)
    out = np.concatenate(list(match_levels([pairs], band=BAND, sample_rate=RATE)))[INSIDE]
    root = np.sqrt(2)
    assert np.allclose(out[:, 2], one[INSIDE, 0] * root, rtol=0.01)
    assert np.allclose(out[:, 3], one[INSIDE, 0] / root, rtol=0.01)
