"""Band replication: tones, levels, lengths, silence."""

import numpy as np
import pytest
from scipy.signal import firwin, oaconvolve, periodogram

from super_resolution.audio.blocks import resample, scaled_frames
from super_resolution.evaluation.methods import low_around, methods_of_part
from super_resolution.evaluation.replication import BAND_REPLICATION, replicate_band
from super_resolution.tracks.track import RATIO, load_track

LOW_RATE, RATE = 15000, 44100
SHIFT = 176 * RATE / 2048  # Hz: half the low band, 3750 Hz, in whole hops of the STFT


def replicate(low: np.ndarray) -> np.ndarray:
    return replicate_band(low, orig_sr=LOW_RATE, target_sr=RATE)


def soxr(low: np.ndarray) -> np.ndarray:
    return resample(low, orig_sr=LOW_RATE, target_sr=RATE)


def noise(frames: int, channels: int = 1) -> np.ndarray:
    samples = np.random.default_rng(0).normal(0, 2000, (frames, channels))
    return np.rint(samples).astype(np.int16)


def level(signal: np.ndarray, lowest: float, end: float) -> float:
    """Give the level of a band in dB."""
    frequencies, power = periodogram(signal[:, 0], RATE, window="hann")
    return 10 * np.log10(power[(frequencies >= lowest) & (frequencies < end)].sum() + 1e-30)


def test_a_harmonic_tone_gets_partials():
    time = np.arange(4 * LOW_RATE)[:, None] / LOW_RATE
    partials = 500 * np.arange(1, 14)
    low = np.sin(2 * np.pi * partials * time).sum(axis=1, keepdims=True) * 1000
    high = replicate(low)[RATE : 3 * RATE]
    copied = [partial for partial in partials if 3750 < partial < 7000]
    for shift in (SHIFT, 2 * SHIFT, 3 * SHIFT):
        for partial in copied:
            line = level(high, partial + shift - 30, partial + shift + 30)
            beside = level(high, partial + shift + 100, partial + shift + 160)
            assert line > beside + 30


@pytest.mark.parametrize("slope", [0, -1, -2])
def test_noise_keeps_its_slope(slope):
    """Noise whose power is proportional to frequency ** slope, and its low version."""
    frames = 10 * RATE
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(0, 1, frames))
    frequencies = np.fft.rfftfreq(frames, 1 / RATE)
    spectrum[1:] *= (frequencies[1:] / 1000) ** (slope / 2)
    spectrum[frequencies < 30] = 0
    original = (np.fft.irfft(spectrum) * 1000)[:, None]
    high = replicate(resample(original, orig_sr=RATE, target_sr=LOW_RATE))
    for lowest in range(7500, 22000, 3625):
        band = (lowest, lowest + 3625)
        assert level(high, *band) == pytest.approx(level(original, *band), abs=3)


def test_a_rising_spectrum_is_not_continued_upwards():
    rising = oaconvolve(noise(60000), firwin(101, 5000, pass_zero=False, fs=LOW_RATE)[:, None])
    high = replicate(rising)
    assert level(high, 11300, 15000) < level(high, 3750, 7500) + 1


def test_the_low_band_is_that_of_soxr():
    low = noise(30000, 2)
    added = replicate(low) - soxr(low)
    assert level(added, 0, 7400) < level(added, 7600, 22050) - 40


@pytest.mark.parametrize("frames", [0, 1, 2, 695, 697, 2047, 2049])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("gain", [0, 1])
def test_length_and_silence(frames, channels, gain):
    high = replicate(noise(frames, channels) * gain)
    assert high.shape == (scaled_frames(frames, RATIO), channels)
    assert high.dtype == np.float32
    assert np.isfinite(high).all()
    assert high.any() == (gain * frames > 0)


def test_a_click_keeps_its_position():
    low = np.zeros((9000, 1), np.int16)
    low[5000] = 20000
    added = replicate(low) - soxr(low)
    assert abs(int(np.argmax(np.abs(added))) - 5000 * 147 / 50) <= 2


def test_channels_are_independent():
    low = noise(9000, 2)
    low[:, 1] = 0
    high = replicate(low)
    np.testing.assert_array_equal(high[:, :1], replicate(low[:, :1]))
    assert not high[:, 1].any()


@pytest.mark.parametrize("low_rate", [44100, 48000])
def test_nothing_is_added_without_a_band_above(low_rate):
    low = noise(9000)
    high = replicate_band(low, orig_sr=low_rate, target_sr=RATE)
    expected = resample(low, orig_sr=low_rate, target_sr=RATE)
    np.testing.assert_allclose(high, expected, atol=1)


def test_a_part_of_a_track_is_that_of_its_surroundings(data):
    track = load_track(data / "song")
    low, first = low_around(track, 70_001, 90_123)
    expected = replicate(low)[70_001 - first : 90_123 - first]
    estimate = methods_of_part(track, 70_001, 90_123)[BAND_REPLICATION]()
    assert np.abs(estimate - expected).max() <= 0.501
