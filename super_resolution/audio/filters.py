"""Linear-phase FIR filters on a signal that comes in blocks.

With numpy alone: scipy would add half to the size of what `--predict` needs installed.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

MIN_FFT_SIZE = 2048  # samples
FFTS_AT_ONCE = 32  # few enough for the CPU's cache
RESIDUAL_TAPS = 255
# of the low Nyquist frequency, 7.2 kHz at 15 kHz: soxr VHQ falls from 1 at 6.95 kHz to 0.1
# there, so what it passes stays as it is, and what it removes can be restored
RESIDUAL_CUTOFF = 0.96


def high_pass_taps(cutoff: float, taps: int) -> np.ndarray:
    """Design a high-pass filter: a sinc under a Hamming window.

    Parameters
    ----------
    cutoff : float
        Frequency of half amplitude, as a share of the Nyquist frequency.
    taps : int
        Odd, so that the delay is a whole number of samples.

    Returns
    -------
    ndarray, float32, shape (taps,)
        Symmetric; the gain at the Nyquist frequency is 1.
    """
    time = np.arange(taps) - taps // 2
    ideal = np.sinc(time) - cutoff * np.sinc(cutoff * time)
    windowed = ideal * np.hamming(taps)
    return (windowed / np.sum(windowed * (-1.0) ** time)).astype(np.float32)


def mean_taps(half: int) -> np.ndarray:
    """Design a moving average: a Hann window of sum 1.

    Parameters
    ----------
    half : int
        Samples on either side of the middle.

    Returns
    -------
    ndarray, float32, shape (2 * half + 1,)
    """
    window = np.hanning(2 * half + 1).astype(np.float32)
    return window / window.sum()


def filter_blocks(blocks: Iterable[np.ndarray], taps: np.ndarray) -> Iterator[np.ndarray]:
    """Filter a signal in blocks, and compensate for the filter's delay.

    Parameters
    ----------
    blocks : iterable of ndarray, float32 or float64, shape (frames, channels)
    taps : ndarray, float32, shape (odd,)
        Symmetric.

    Yields
    ------
    ndarray, shape (frames, channels)
        Of the type of the input; in total as long as the input, which is taken as zero before its
        start and after its end.
    """
    delay, pending = len(taps) // 2, None
    for block in blocks:
        before = np.zeros((delay, block.shape[1]), block.dtype) if pending is None else pending
        pending = np.concatenate([before, block])
        if len(pending) >= len(taps):
            yield _convolve(pending, taps)
            pending = pending[len(pending) - len(taps) + 1 :]
    if pending is not None:
        tail = np.concatenate([pending, np.zeros((delay, pending.shape[1]), pending.dtype)])
        if len(tail) >= len(taps):
            yield _convolve(tail, taps)


def _convolve(signal: np.ndarray, taps: np.ndarray) -> np.ndarray:
    # (frames - taps + 1, channels): where the filter lies wholly within the signal;
    # overlap-save, with FFTs that overlap by the length of the filter
    size = min(MIN_FFT_SIZE, 1 << len(signal).bit_length())  # a short signal needs no long one
    size = max(size, 1 << (2 * len(taps)).bit_length())
    frames, block = len(signal) - len(taps) + 1, size - len(taps) + 1
    count = -(-frames // block)
    channels = np.zeros((signal.shape[1], count * block + len(taps) - 1), signal.dtype)
    channels[:, : len(signal)] = signal.T
    blocks = np.lib.stride_tricks.sliding_window_view(channels, size, axis=1)[:, ::block]
    filtered = np.empty((signal.shape[1], count, block), signal.dtype)
    response = np.fft.rfft(taps.astype(signal.dtype), size)
    for first in range(0, count, FFTS_AT_ONCE):
        batch = slice(first, first + FFTS_AT_ONCE)
        spectra = np.fft.rfft(blocks[:, batch]) * response  # (channels, batch, size // 2 + 1)
        filtered[:, batch] = np.fft.irfft(spectra, size)[..., len(taps) - 1 :]
    return filtered.reshape(signal.shape[1], -1).T[:frames]


@cache
def residual_high_pass(*, sample_rate: int, low_rate: int) -> np.ndarray:
    """Design the high-pass filter of the network's output.

    The residual is the original minus the interpolated low version. Below the low Nyquist
    frequency the low version is complete, so the residual is kept out of that band. The same
    taps filter the network's output in training and in prediction.

    Parameters
    ----------
    sample_rate, low_rate : int
        In Hz.

    Returns
    -------
    ndarray, float32, shape (RESIDUAL_TAPS,)
        Symmetric; half amplitude at `RESIDUAL_CUTOFF` of the low Nyquist frequency.
    """
    return high_pass_taps(RESIDUAL_CUTOFF * low_rate / sample_rate, RESIDUAL_TAPS)
