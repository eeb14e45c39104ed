"""Fixed matrices of the network `hifi`: windows, Fourier transforms, bands, interpolation.

One clock for all: 50 low samples are 147 high samples, a frame of 1/300 s. Three frames are one
step of the LSTM, 10 ms. Bins are multiples of 150 Hz, bands of the treble 5 bins wide.
"""

from itertools import pairwise

import numpy as np

LOW_HOP, HIGH_HOP = 50, 147  # samples of a frame at 15 kHz and at 44.1 kHz
LOW_RATE, HIGH_RATE, BIN_HZ = 15_000, 44_100, 150  # Hz
FRAMES = 3  # of a step
STEP = FRAMES * LOW_HOP  # low samples
FIRST_BIN, BINS = 48, 100  # of the treble: 7200 to 22,050 Hz
BAND_BINS = 5
BANDS = BINS // BAND_BINS
COPIED_BINS = 12  # of the low band, 5400 to 7050 Hz, that are copied upwards
LONG, SHORT = 512, 128  # low samples in the analysis windows: 34 ms and 8.5 ms
LONG_BANDS, SHORT_BANDS, FLATNESS_BANDS = 48, 16, 12
REACH = 16  # low samples on either side of a frame that its interpolation sees
KAISER_BETA = 8.0  # of the interpolation: its images are 80 dB down
NOISE_BITS = 6  # lowest bits that are taken for noise


def hann(size: int) -> np.ndarray:
    """Give a periodic Hann window."""
    return np.hanning(size + 1)[:-1]


def sine(size: int) -> np.ndarray:
    """Give a sine window: its square overlaps to 1 at half its size."""
    return np.sin(np.pi * (np.arange(size) + 0.5) / size)


def fourier(window: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """Give a windowed Fourier transform as a matrix.

    Parameters
    ----------
    window : ndarray, shape (size,)
    bins : ndarray of int, shape (count,)

    Returns
    -------
    ndarray, float32, shape (size, 2 * count)
        The real parts, then the imaginary parts.
    """
    angle = 2 * np.pi * bins * np.arange(len(window))[:, np.newaxis] / len(window)
    parts = np.concatenate([np.cos(angle), -np.sin(angle)], axis=1)
    return (window[:, np.newaxis] * parts).astype(np.float32)


def band_edges(size: int, bands: int) -> np.ndarray:
    """Give the edges of about `bands` bands of equal width up to the low Nyquist frequency."""
    return np.unique(np.round(np.linspace(1, size // 2, bands + 1)).astype(int))


def band_means(edges: np.ndarray) -> np.ndarray:
    """Give the matrix from bins to their means in bands.

    Parameters
    ----------
    edges : ndarray of int, shape (bands + 1,)
        From the first bin on.

    Returns
    -------
    ndarray, float32, shape (edges[-1] - edges[0], bands)
    """
    matrix = np.zeros((edges[-1] - edges[0], len(edges) - 1), np.float32)
    for band, (first, last) in enumerate(pairwise(edges)):
        matrix[first - edges[0] : last - edges[0], band] = 1 / (last - first)
    return matrix


def interpolation() -> np.ndarray:
    """Give the matrix from the low samples around a frame to its samples at 88.2 kHz.

    Returns
    -------
    ndarray, float32, shape (LOW_HOP + 2 * REACH + 1, 2 * HIGH_HOP)
        A Kaiser-windowed sinc.
    """
    rows = LOW_HOP + 2 * REACH + 1
    time = np.arange(2 * HIGH_HOP) * LOW_HOP / (2 * HIGH_HOP)
    distance = time - (np.arange(rows)[:, np.newaxis] - REACH)
    inside = np.clip(1 - (distance / REACH) ** 2, 0, None)
    window = np.i0(KAISER_BETA * np.sqrt(inside)) / np.i0(KAISER_BETA) * (inside > 0)
    return (np.sinc(distance) * window).astype(np.float32)


def noise_mix() -> np.ndarray:
    """Give fixed random weights from a frame's lowest bits to the bins of a noise carrier.

    Returns
    -------
    ndarray, float32, shape (LOW_HOP * NOISE_BITS, 2 * BINS)
    """
    shape = (LOW_HOP * NOISE_BITS, 2 * BINS)
    return np.random.default_rng(7).standard_normal(shape).astype(np.float32)


def bands_of_bins() -> np.ndarray:
    """Give the matrix from the powers of the treble's bins to the mean power of its bands."""
    means = np.repeat(np.eye(BANDS), BAND_BINS, axis=0) / (BAND_BINS * HIGH_HOP)
    return np.concatenate([means, means]).astype(np.float32)  # of real and imaginary squares


def bins_of_bands() -> np.ndarray:
    """Give the matrix from bands to bins: linear between the centres of the bands.

    Returns
    -------
    ndarray, float32, shape (BANDS, 2 * BINS)
        For real and imaginary parts alike.
    """
    place = np.clip((np.arange(BINS) - (BAND_BINS - 1) / 2) / BAND_BINS, 0, BANDS - 1)
    below = np.minimum(place.astype(int), BANDS - 2)
    matrix = np.zeros((BANDS, BINS), np.float32)
    matrix[below, np.arange(BINS)] = 1 - (place - below)
    matrix[below + 1, np.arange(BINS)] += place - below
    return np.concatenate([matrix, matrix], axis=1)


def synthesis() -> np.ndarray:
    """Give the matrix from a frame's treble spectrum to its windowed samples.

    Returns
    -------
    ndarray, float32, shape (2 * BINS, 2 * HIGH_HOP)
        Overlapped by half and added, the frames give the signal.
    """
    size = 2 * HIGH_HOP
    inverse = fourier(sine(size), np.arange(FIRST_BIN, FIRST_BIN + BINS)).T * np.float32(2 / size)
    inverse[BINS - 1 :: BINS] *= 0.5  # the Nyquist bin is its own mirror
    return inverse


def sample_weights() -> np.ndarray:
    """Give the weights that decode a sample in [-1, 1) from its 16 bits of 0 and 1.

    The sum is 1 over the sample.
    """
    return 0.5 ** np.arange(16, dtype=np.float32)
