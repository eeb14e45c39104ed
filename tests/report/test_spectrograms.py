"""Spectrograms and long-term spectra: levels, frequencies, sizes."""

import io

import numpy as np
import pytest
from PIL import Image

from super_resolution.report import spectrograms

RATE = 44100


def sine(frequency, seconds=2.0, level=32768.0, channels=2):
    time = np.arange(round(seconds * RATE)) / RATE
    return np.repeat(level * np.sin(2 * np.pi * frequency * time)[:, None], channels, axis=1)


def noise(seconds=2.0, level=1000, seed=0):
    samples = np.random.default_rng(seed).normal(0, level, (round(seconds * RATE), 2))
    return np.rint(samples).clip(-32768, 32767).astype(np.int16)


def row_of(frequency):
    return round(spectrograms.ROWS * (1 - frequency / (RATE / 2)) - 0.5)


@pytest.mark.parametrize("frequency", [1000, 7500, 15000, 20000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_is_a_line_at_its_frequency(frequency, channels):
    levels = spectrograms.spectrogram(sine(frequency, channels=channels))
    assert levels.shape == (spectrograms.ROWS, spectrograms.COLUMNS)
    middle = levels[:, 100:-100]
    assert abs(np.argmax(middle[:, 400]) - row_of(frequency)) <= 1
    # the Hann window spreads a line over two to four bins, and a row averages two
    assert -3.5 < middle.max() <= 0.1
    assert middle[row_of(12500)].max() < -70


def test_time_is_the_horizontal_axis():
    signal = np.concatenate([np.zeros((RATE, 2)), sine(5000, 1), np.zeros((2 * RATE, 2))])
    loud = np.flatnonzero(spectrograms.spectrogram(signal)[row_of(5000)] > -20)
    assert loud[0] == pytest.approx(250, abs=5)
    assert loud[-1] == pytest.approx(500, abs=5)


@pytest.mark.parametrize("frames", [1, 100, 5000])
def test_short_and_silent_signals(frames):
    levels = spectrograms.spectrogram(np.zeros((frames, 1), np.int16))
    assert levels.shape == (spectrograms.ROWS, spectrograms.COLUMNS)
    assert np.isfinite(levels).all()


def test_the_png_is_small_and_has_a_palette():
    content = spectrograms.spectrogram_png(noise(6.0))
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.mode, image.size) == ("PNG", "P", (1000, 300))
    assert len(content) < 150_000


def test_all_pngs_have_one_scale():
    def brightness(level):
        image = Image.open(io.BytesIO(spectrograms.spectrogram_png(noise(1.0, level))))
        return np.asarray(image).mean()

    lowest, highest = spectrograms.LEVEL_RANGE_DB
    step = (highest - lowest) / (spectrograms.PALETTE_SIZE - 1)
    assert brightness(1000) - brightness(100) == pytest.approx(20 / step, rel=0.05)
    assert brightness(0) == 0


def test_long_term_spectrum_of_a_sine():
    frequencies, levels = spectrograms.long_term_spectrum(sine(1000 * RATE / 4096), RATE)
    assert frequencies[np.argmax(levels)] == pytest.approx(1000 * RATE / 4096)
    assert levels.max() == pytest.approx(0, abs=0.01)


def test_long_term_spectrum_shows_a_comb():
    comb = noise(10.0, level=100).astype(float)
    comb[::150] += 4000
    _, plain_levels = spectrograms.long_term_spectrum(noise(10.0, level=100), RATE)
    frequencies, levels = spectrograms.long_term_spectrum(comb, RATE)
    lines = frequencies[levels - plain_levels > 5]
    assert len(lines) >= 70
    distance = np.abs(lines / 294 - np.rint(lines / 294)) * 294  # Hz to the nearest harmonic
    assert distance.max() < 2 * RATE / 4096
