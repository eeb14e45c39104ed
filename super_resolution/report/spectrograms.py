"""Spectrograms and long-term spectra, in dB of a full-scale sine.

All signals are shown on one scale, so that colours can be compared between pictures.
"""

import io
from collections.abc import Iterable

import numpy as np

from super_resolution.audio.blocks import Lookup
from super_resolution.audio.pcm import FULL_SCALE

LEVEL_RANGE_DB = (-120.0, -30.0)  # darkest and brightest colour
POWER_FLOOR = 1e-16  # -160 dB, for silence
COLOR_MAP = "magma"  # readable in greyscale and by the colour-blind
COLUMNS, ROWS = 1000, 300  # pixels
COLUMNS_AT_ONCE = 10  # of a song: what lies between them is held in memory
BINS_PER_ROW = 2  # averaged: less noise, and a smaller file
PALETTE_SIZE = 64  # colours of the PNG: 1.4 dB apart
WELCH_FRAME = 4096  # samples: bins of 10.8 Hz at 44.1 kHz


def spectrogram(samples: np.ndarray) -> np.ndarray:
    """Compute the level of every pixel of a spectrogram; as for `spectrogram_of_blocks`.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        In LSB.
    """
    return spectrogram_of_blocks([samples], len(samples), samples.shape[1])


def spectrogram_of_blocks(blocks: Iterable[np.ndarray], frames: int, channels: int) -> np.ndarray:
    """Compute the level of every pixel of a spectrogram, in bounded memory.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (any, channels)
        In LSB; the power of the channels is averaged.
    frames, channels : int
        Of the whole.

    Returns
    -------
    ndarray, float32, shape (ROWS, COLUMNS)
        In dB; a full-scale sine has 0. Time from the first to the last sample,
        frequency from half the sample rate (first row) to zero.
    """
    from scipy.fft import rfft
    from scipy.signal import get_window

    frame = 2 * ROWS * BINS_PER_ROW
    window = get_window("hann", frame).astype(np.float32)
    lookup = Lookup((block.astype(np.float32) for block in blocks), channels, np.float32)
    starts = np.round((np.arange(COLUMNS) + 0.5) * frames / COLUMNS).astype(int) - frame // 2
    power = np.zeros((COLUMNS, ROWS * BINS_PER_ROW))
    for first in range(0, COLUMNS, COLUMNS_AT_ONCE):
        some = slice(first, first + COLUMNS_AT_ONCE)
        cut = lookup.read(starts[some, np.newaxis] + np.arange(frame)) / np.float32(FULL_SCALE)
        # without the bin at half the sample rate, the number of bins is a multiple of the rows
        spectra = rfft(cut * window[:, np.newaxis], axis=1)[:, :-1]
        power[some] = (np.abs(spectra) ** 2).mean(axis=2)
    rows = power.reshape(COLUMNS, ROWS, BINS_PER_ROW).mean(axis=2) / (window.sum() / 2) ** 2
    return (10 * np.log10(np.maximum(rows, POWER_FLOOR))).T[::-1].astype(np.float32)


def spectrogram_png(signal: np.ndarray) -> bytes:
    """Draw a spectrogram without axes or margins.

    Parameters
    ----------
    signal : ndarray, int16, shape (frames, channels)

    Returns
    -------
    bytes
        A PNG of `COLUMNS` x `ROWS` pixels: time from left to right over the whole
        signal, 0 Hz at the bottom to half the sample rate at the top, linear.
    """
    from matplotlib import colormaps
    from PIL import Image

    lowest, highest = LEVEL_RANGE_DB
    brightness = (spectrogram(signal) - lowest) / (highest - lowest)
    indices = np.clip(np.rint(brightness * (PALETTE_SIZE - 1)), 0, PALETTE_SIZE - 1)
    image = Image.fromarray(indices.astype(np.uint8))
    palette = colormaps[COLOR_MAP](np.linspace(0, 1, PALETTE_SIZE), bytes=True)[:, :3]
    image.putpalette(palette.tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def long_term_spectrum(samples: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute the long-term spectrum by Welch's method; the power of the channels is averaged.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        In LSB.
    sample_rate : int
        In Hz.

    Returns
    -------
    frequencies, levels : ndarray, shape (WELCH_FRAME // 2 + 1,)
        In Hz, and in dB of a full-scale sine.
    """
    from scipy.signal import welch

    padded = np.pad(samples, ((0, max(0, WELCH_FRAME - len(samples))), (0, 0)))
    spectra = [
        welch(
            channel / np.float32(FULL_SCALE), sample_rate, "hann", WELCH_FRAME, scaling="spectrum"
        )
        for channel in padded.T
    ]
    # times 2: a full-scale sine, whose power is 1/2, is 0 dB
    power = 2 * np.mean([power for _, power in spectra], axis=0)
    return spectra[0][0], 10 * np.log10(np.maximum(power, POWER_FLOOR))
