"""The demo song: its length, level, spectrum, and that a seed repeats it."""

import numpy as np
import pytest
import soxr
from scipy import signal

from super_resolution.errors import UsageError
from super_resolution.tracks import demo_song

LOW_NYQUIST = 7500  # Hz, of the 15 kHz version
LEVEL_FRAMES = 2205  # 50 ms


@pytest.fixture(scope="module")
def song():
    return demo_song.synthesise()


def decibels(power):
    """Convert a power that is 1 at full scale to dB."""
    return 10 * np.log10(np.maximum(power, 1e-12))


def band_levels(sound, low, high):
    """Measure the level in dB of each 50 ms, between two frequencies in Hz."""
    sos = signal.butter(8, (low, high), "bandpass", fs=demo_song.SAMPLE_RATE, output="sos")
    band = signal.sosfilt(sos, sound / 32768, axis=0)
    count = len(band) // LEVEL_FRAMES
    blocks = band[: count * LEVEL_FRAMES].reshape(count, -1)
    return decibels(np.mean(blocks**2, axis=1))


def split(sound):
    """Split a song into the parts for training and for evaluation."""
    end = round(0.8 * len(sound))
    return sound[:end], sound[end:]


def test_song_is_16_bit_stereo_of_the_default_length(song):
    assert 20 <= demo_song.SECONDS <= 30
    assert song.dtype == np.int16
    assert song.shape == (round(demo_song.SECONDS * demo_song.SAMPLE_RATE), 2)


@pytest.mark.parametrize("frames", [1, 2, 147, 440, 442, 44101])
def test_length_is_exact_to_the_sample(frames):
    assert demo_song.synthesise(frames / demo_song.SAMPLE_RATE).shape == (frames, 2)


def test_length_is_rounded_to_the_nearest_sample():
    assert len(demo_song.synthesise(0.123456)) == round(0.123456 * 44100)


def test_same_seed_gives_the_same_samples():
    np.testing.assert_array_equal(
        demo_song.synthesise(0.7, seed=5), demo_song.synthesise(0.7, seed=5)
    )


def test_another_seed_gives_another_song():
    one, other = demo_song.synthesise(1.0, seed=1), demo_song.synthesise(1.0, seed=2)
    assert np.mean(one == other) < 0.01


def test_shorter_song_is_the_start_of_a_longer_one(song):
    short = demo_song.synthesise(2.0).astype(float)[: round(1.8 * demo_song.SAMPLE_RATE)]
    start = song[: len(short)].astype(float)
    # only the gain differs, as each is normalised to the same peak
    assert np.corrcoef(short.ravel(), start.ravel())[0, 1] > 0.99999


def test_bars_do_not_repeat(song):
    first = song[: round(2 * demo_song.SAMPLE_RATE)].astype(float)
    seventh = song[round(12 * demo_song.SAMPLE_RATE) :][: len(first)].astype(float)
    assert abs(np.corrcoef(first.ravel(), seventh.ravel())[0, 1]) < 0.6


@pytest.mark.parametrize("seed", [2018, 0])
def test_peak_is_just_under_full_scale(song, seed):
    sound = song if seed == 2018 else demo_song.synthesise(1.5, seed=seed)
    peak = 20 * np.log10(np.abs(sound.astype(float)).max() / 32768)
    assert peak == pytest.approx(-1.5, abs=0.05)


def test_song_is_as_loud_as_pop_and_has_no_offset(song):
    sound = song / 32768
    assert -20 < decibels(np.mean(sound**2)) < -16
    assert abs(sound.mean()) < 2e-3


def test_consecutive_samples_differ(song):
    assert np.mean(np.any(np.diff(song, axis=0) != 0, axis=1)) > 0.99


def test_channels_differ_and_are_correlated(song):
    assert 0.3 < np.corrcoef(song.T.astype(float))[0, 1] < 0.95


@pytest.mark.parametrize("band", [(LOW_NYQUIST, 12000), (12000, 16000)])
def test_both_splits_have_a_high_band_of_varying_level(song, band):
    levels = [band_levels(part, *band) for part in split(song)]
    for level in levels:
        assert np.percentile(level, 90) > -50
        assert np.percentile(level, 95) - np.percentile(level, 5) > 20
    # alike in both splits
    assert np.median(levels[0]) == pytest.approx(np.median(levels[1]), abs=4)


def test_first_two_seconds_have_a_high_band_too():
    levels = band_levels(demo_song.synthesise(2.0), LOW_NYQUIST, 16000)
    assert levels.max() > -40
    assert levels.max() - levels.min() > 10


def test_interpolation_errors_are_those_of_real_music(song):
    low = soxr.resample(song, 44100, 15000, quality="VHQ")
    base = soxr.resample(low, 15000, 44100, quality="VHQ").astype(float)
    hold = low[np.minimum(np.arange(len(song)) * 50 // 147, len(low) - 1)].astype(float)
    base_error, hold_error = (np.abs(split(up - song)[1]).mean() for up in (base, hold))
    assert 150 < base_error < 450
    assert hold_error > 1.4 * base_error


@pytest.mark.parametrize("note", [36, 57, 74, 96])
def test_pitched_sounds_do_not_alias(note):
    frequency = demo_song.NOTE_HZ[note]
    tone = demo_song._sawtooth(np.full(demo_song.SAMPLE_RATE, frequency))[4410:]
    hertz, power = signal.periodogram(tone, demo_song.SAMPLE_RATE, window="blackmanharris")
    # more than 8 Hz from the nearest partial, where an alias would be
    between = np.abs((hertz / frequency + 0.5) % 1 - 0.5) * frequency > 8
    assert decibels(power[between].max() / power.max()) < -80
    assert decibels(power[hertz > demo_song.MAX_PARTIAL_HZ + 20].max() / power.max()) < -80


def test_sawtooth_runs_from_minus_one_to_one():
    frequency = 441.0  # 100 samples a period
    tone = demo_song._sawtooth(np.full(44100, frequency))[22050:22150]
    phase = (np.arange(22051, 22151) / 100 + 0.5) % 1
    inside = (phase > 0.1) & (phase < 0.9)
    # the tolerance is for the Gibbs phenomenon and the leaky integral
    np.testing.assert_allclose(tone[inside], (1 - 2 * phase)[inside], atol=0.1)


@pytest.mark.parametrize("seconds", [0, 0.0, -1, 1e-9, float("nan"), float("inf")])
def test_invalid_length_is_refused(seconds):
    with pytest.raises(UsageError, match=r"cannot last .* seconds: give a length above 0"):
        demo_song.synthesise(seconds)
