"""Envelope error and level: known gains, a slow oracle, limits."""

import numpy as np
import pytest
from scipy.signal import firwin, oaconvolve

from super_resolution.evaluation import level_metrics

RATE, LOW_RATE = 44100, 15000
FLOOR_DB = 10 * np.log10(512 * 3 / 8 / 12)  # rounding noise in one bin of the STFT


def noise(frames: int, channels: int = 1, seed: int = 0, level: float = 1000) -> np.ndarray:
    samples = np.random.default_rng(seed).normal(0, level, (frames, channels))
    return np.rint(samples).clip(-32768, 32767).astype(np.int16)


def envelope(x, y, *, low_rate=LOW_RATE, bandwidth=None):
    return level_metrics.envelope_error(
        x, y, sample_rate=RATE, low_rate=low_rate, bandwidth=bandwidth
    )


def level(x, y):
    return level_metrics.relative_level(x, y, sample_rate=RATE, low_rate=LOW_RATE)


def treble(x: np.ndarray, lowest: float = 7500) -> np.ndarray:
    """Give the band above a frequency."""
    taps = firwin(1023, lowest, pass_zero=False, fs=RATE)
    return oaconvolve(x.astype(float), taps[:, None], mode="same", axes=0)


@pytest.mark.parametrize("gain_db", [-6, 6])
def test_a_gain_of_the_treble_is_measured(gain_db):
    x = noise(RATE, 2)
    y = x + treble(x) * (10 ** (gain_db / 20) - 1)
    assert envelope(x, y) == pytest.approx(6, abs=0.1)
    assert level(x, y) == pytest.approx(gain_db, abs=0.1)


def test_a_gain_of_the_low_band_costs_nothing():
    x = noise(RATE)
    y = treble(x, 7000)  # no low band; the leakage of the STFT needs a margin
    assert envelope(x, y) < 0.2
    assert abs(level(x, y)) < 0.1


def test_the_signal_itself_has_no_error():
    x = noise(20000, 2)
    assert envelope(x, x) == level(x, x) == 0
    silence = np.zeros_like(x)
    assert envelope(silence, silence) == level(silence, silence) == 0


def test_errors_above_the_bandwidth_count_in_the_level_only():
    x = noise(RATE)
    y = x + treble(x, 16000)
    assert envelope(x, y, bandwidth=15500) < 0.1
    assert envelope(x, y) > 3
    assert level(x, y) > 2


def test_a_missing_band_counts_down_to_the_rounding_noise():
    x = noise(RATE)
    silence = np.zeros_like(x)
    expected = 10 * np.log10(12 * 1000**2)
    assert level(x, silence) == pytest.approx(-expected, abs=0.3)
    assert envelope(x, silence) == pytest.approx(expected, abs=0.5)
    assert level(silence, x) == -level(x, silence)
    assert envelope(silence, x) == envelope(x, silence)


def slow_envelope(x: np.ndarray, y: np.ndarray, bandwidth: float) -> float:
    """Compute the definition patch by patch."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    x, y = (np.append(s, np.zeros(max(0, 512 + 3 * 128 - len(s)))) for s in (x, y))

    def spectrum(s: np.ndarray, frame: int) -> np.ndarray:
        return abs(np.fft.rfft(s[frame * 128 : frame * 128 + 512] * window)) ** 2

    squares = []
    for first in range(0, (len(x) - 512) // 128 + 1 - 3, 4):
        frames = range(first, first + 4)
        power_x, power_y = (sum(spectrum(s, frame) for frame in frames) / 4 for s in (x, y))
        bins = [k for k in range(257) if LOW_RATE / 2 <= k * RATE / 512 < bandwidth]
        for lowest in bins[: max(1, len(bins) - 7) : 8]:
            levels = [
                max(10 * np.log10(power[lowest : lowest + 8].mean() + 1e-99), FLOOR_DB)
                for power in (power_x, power_y)
            ]
            squares.append((levels[0] - levels[1]) ** 2)
    return float(np.mean(squares) ** 0.5)


@pytest.mark.parametrize("frames", [1, 512, 895, 896, 1407, 1408, 9000])
@pytest.mark.parametrize("bandwidth", [22050.0, 16000.0, 7600.0])
def test_envelope_error_equals_a_loop(frames, bandwidth, monkeypatch):
    monkeypatch.setattr(level_metrics, "PATCH_BLOCK_FRAMES", 12)
    x, y = noise(frames), noise(frames, seed=1, level=0.7)
    expected = slow_envelope(x[:, 0], y[:, 0], bandwidth)
    assert envelope(x, y, bandwidth=bandwidth) == pytest.approx(expected)


def test_the_bandwidth_is_half_the_sample_rate_at_most():
    x, y = noise(9000), noise(9000, seed=1)
    assert envelope(x, y) == envelope(x, y, bandwidth=22050) == envelope(x, y, bandwidth=24000)


@pytest.mark.parametrize("bandwidth", [0.0, 3000.0, 7500.0])
def test_without_treble_the_lowest_patches_count(bandwidth):
    x = noise(9000)
    assert envelope(x, x // 2, bandwidth=bandwidth) == envelope(x, x // 2, bandwidth=8300)


def test_envelope_error_is_nan_if_the_low_nyquist_is_too_high():
    x = noise(9000)
    assert np.isnan(envelope(x, x, low_rate=44000))


def test_channels_have_equal_weight():
    x = noise(9000, 2)
    y = np.stack([x[:, 0], x[:, 1] // 4], axis=1)
    assert envelope(x, y) == pytest.approx(envelope(x[:, 1:], y[:, 1:]) / 2)
    assert level(x, y) == pytest.approx(level(x[:, 1:], y[:, 1:]) / 2)
