"""The fixed matrices of `hifi`: against loops, and on tones and noise of known power."""

from itertools import pairwise

import numpy as np
import pytest
from helpers import frames_of, overlap_added

from super_resolution.audio.filters import RESIDUAL_CUTOFF, RESIDUAL_TAPS
from super_resolution.network import architecture, bits, filterbank, presets
from super_resolution.network.filterbank import BAND_BINS, BANDS, BINS, HIGH_HOP, LOW_HOP

TREBLE = np.arange(filterbank.FIRST_BIN, filterbank.FIRST_BIN + BINS)


def tone(hertz: float, rate: int, frames: int) -> np.ndarray:
    return np.sin(2 * np.pi * hertz / rate * np.arange(frames) + 1)


def decibels(error: np.ndarray, signal: np.ndarray) -> float:
    return 10 * np.log10(np.mean(error**2) / np.mean(signal**2))


@pytest.mark.parametrize("size", [100, 294, 512])
def test_windows_overlap_to_one(size):
    half = size // 2
    hann, sine = filterbank.hann(size), filterbank.sine(size)
    assert np.allclose(hann[:half] + hann[half:], 1)
    assert np.allclose(sine[:half] ** 2 + sine[half:] ** 2, 1)
    assert (hann[0], hann[half]) == (0, 1)


def test_the_fourier_matrix_is_that_of_a_fourier_transform():
    window, signal = filterbank.sine(294), np.random.default_rng(0).normal(size=294)
    expected = np.fft.rfft(window * signal)[TREBLE]
    given = signal @ filterbank.fourier(window, TREBLE)
    assert np.allclose(given, np.concatenate([expected.real, expected.imag]), atol=1e-5)


@pytest.mark.parametrize(("size", "bands"), [(512, 48), (128, 16)])
def test_bands_of_equal_width_cover_the_low_band_without_its_mean(size, bands):
    edges = filterbank.band_edges(size, bands)
    assert (len(edges), edges[0], edges[-1]) == (bands + 1, 1, size // 2)
    assert np.ptp(np.diff(edges)) == 1


def test_band_means_equal_a_loop():
    edges = filterbank.band_edges(128, 16)
    power = np.random.default_rng(0).uniform(0, 1, 128 // 2 + 1)
    expected = [
        sum(power[bin_] for bin_ in range(first, last)) / (last - first)
        for first, last in pairwise(edges)
    ]
    matrix = filterbank.band_means(edges)
    assert np.allclose(power[edges[0] : edges[-1]] @ matrix, expected, rtol=1e-5)


@pytest.mark.parametrize("hertz", [100, 1000, 3000, 5000])
def test_an_interpolated_tone_is_exact_within_80_db(hertz):
    low = tone(hertz, 15_000, 20 * LOW_HOP)
    high = frames_of(low, filterbank.interpolation(), LOW_HOP, before=filterbank.REACH).ravel()
    expected = tone(hertz, 88_200, len(high))
    # silence before and after the tone is a step
    inner = slice(2 * HIGH_HOP, -2 * HIGH_HOP)
    assert len(high) == 20 * 2 * HIGH_HOP
    assert decibels((high - expected)[inner], expected[inner]) < -80


def test_the_interpolation_keeps_the_samples():
    # frame k holds what lies from low sample 50 k on; 150 in 882 samples meet
    low = np.random.default_rng(0).normal(size=10 * LOW_HOP)
    high = frames_of(low, filterbank.interpolation(), LOW_HOP, before=filterbank.REACH).ravel()
    for number in range(0, len(low), LOW_HOP):
        assert high[number * 2 * HIGH_HOP // LOW_HOP] == pytest.approx(low[number], abs=1e-5)


@pytest.mark.parametrize("hertz", [8500, 10_000, 14_321, 18_000, 21_000, 21_900])
def test_analysis_and_synthesis_of_a_tone_in_the_treble_give_the_tone(hertz):
    signal = tone(hertz, 44_100, 40 * HIGH_HOP)
    kernel = filterbank.fourier(filterbank.sine(2 * HIGH_HOP), TREBLE)
    z = frames_of(signal, kernel, HIGH_HOP, before=HIGH_HOP)
    again = overlap_added(z @ filterbank.synthesis())
    inner = slice(2 * HIGH_HOP, -2 * HIGH_HOP)
    assert decibels((again - signal)[inner], signal[inner]) < -60


@pytest.mark.parametrize("hertz", [300, 3000, 6000])
def test_analysis_and_synthesis_leave_out_the_low_band(hertz):
    signal = tone(hertz, 44_100, 40 * HIGH_HOP)
    kernel = filterbank.fourier(filterbank.sine(2 * HIGH_HOP), TREBLE)
    z = frames_of(signal, kernel, HIGH_HOP, before=HIGH_HOP)
    again = overlap_added(z @ filterbank.synthesis())
    inner = slice(2 * HIGH_HOP, -2 * HIGH_HOP)
    assert decibels(again[inner], signal[inner]) < -40


def test_bands_of_bins_gives_the_power_of_noise():
    noise = np.random.default_rng(0).normal(0, 0.1, 2000 * HIGH_HOP)
    kernel = filterbank.fourier(filterbank.sine(2 * HIGH_HOP), TREBLE)
    z = frames_of(noise, kernel, HIGH_HOP, before=HIGH_HOP)
    power = (np.square(z) @ filterbank.bands_of_bins()).mean(axis=0)
    # the Nyquist bin is real, so its power varies more
    assert power == pytest.approx(np.full(BANDS, 0.01), rel=0.1)


def test_bands_of_bins_equal_a_loop():
    power = np.random.default_rng(0).uniform(0, 1, 2 * BINS)
    bins = power[:BINS] + power[BINS:]
    expected = [bins[first : first + 5].mean() / HIGH_HOP for first in range(0, BINS, BAND_BINS)]
    assert np.allclose(power @ filterbank.bands_of_bins(), expected, rtol=1e-5)
    assert np.allclose(filterbank.bands_of_bins().sum(axis=1), 1 / (BAND_BINS * HIGH_HOP))


def test_bins_of_bands_are_linear_between_the_middles_of_bands():
    levels = np.random.default_rng(0).normal(size=BANDS)
    middles = 2 + BAND_BINS * np.arange(BANDS)
    expected = np.interp(np.arange(BINS), middles, levels)
    given = levels @ filterbank.bins_of_bands()
    assert np.allclose(given, np.concatenate([expected, expected]), atol=1e-6)
    assert np.allclose(filterbank.bins_of_bands().sum(axis=0), 1)


def test_sample_weights_decode_every_sample():
    samples = np.arange(-32768, 32768).astype(np.int16)
    decoded = bits.encode_input(samples) @ filterbank.sample_weights() - 1
    assert np.array_equal(decoded, samples / 32768)


def test_the_noise_mix_has_independent_columns_of_unit_power():
    mix = filterbank.noise_mix()
    correlation = np.corrcoef(mix.T) - np.eye(2 * BINS)
    assert np.abs(mix.std(axis=0) - 1).max() < 0.15
    assert np.abs(correlation).max() < 0.3


def test_constants_that_trained_weights_depend_on_stay_as_they_are():
    # no description of a model holds them: with others, every trained model is useless
    assert (LOW_HOP, HIGH_HOP, filterbank.STEP, filterbank.FRAMES) == (50, 147, 150, 3)
    assert presets.HIFI_WINDOW == filterbank.STEP
    assert (filterbank.FIRST_BIN, BINS, BAND_BINS, filterbank.COPIED_BINS) == (48, 100, 5, 12)
    assert (filterbank.LONG, filterbank.LONG_BANDS) == (512, 48)
    assert (filterbank.SHORT, filterbank.SHORT_BANDS) == (128, 16)
    assert (filterbank.FLATNESS_BANDS, architecture.FEATURES) == (12, 108)
    assert (filterbank.REACH, filterbank.KAISER_BETA, filterbank.NOISE_BITS) == (16, 8.0, 6)
    assert (architecture.LOUDNESS.start, architecture.LOUDNESS.stop) == (32, 48)
    assert (architecture.FEATURE_SCALE, architecture.FLATNESS_SCALE) == (0.5, 2.0)
    assert (architecture.LEVEL_SCALE, architecture.LEVEL_OFFSET) == (0.4, 3.0)
    assert architecture.CARRIER_SCALE == 0.5
    assert (RESIDUAL_TAPS, RESIDUAL_CUTOFF) == (255, 0.96)
