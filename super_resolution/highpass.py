"""The filter that keeps the known band: a linear-phase high-pass on the residual.

What lies below the low version's Nyquist frequency is known from it, and soxr
passes it on unharmed; a residual that reached down there could only do harm.
The same taps are a fixed convolution in the network's training and a streaming
filter in prediction.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

TAPS = 255  # odd: a whole number of samples of delay
# of the low Nyquist frequency, 7.2 kHz at 15 kHz: soxr VHQ falls from 1 at 6.95 kHz to
# 0.1 there, so what it passes stays as it is and what it takes away can be given back
CUTOFF = 0.96
DELAY = TAPS // 2  # samples
FFT = 2048  # samples in a block of the filter
BLOCKS = 32  # transformed at once: they stay in the CPU's cache


@cache
def design(*, sample_rate: int, low_rate: int) -> np.ndarray:
    """Design the filter.

    Parameters
    ----------
    sample_rate, low_rate : int
        In Hz.

    Returns
    -------
    ndarray, float32, shape (TAPS,)
        Symmetric; half amplitude at `CUTOFF` of the low Nyquist frequency.
    """
    # a windowed sinc; with numpy alone, since scipy would be a third of what --predict loads
    turns = CUTOFF * low_rate / sample_rate
    place = np.arange(TAPS) - DELAY
    taps = (np.sinc(place) - turns * np.sinc(turns * place)) * np.hamming(TAPS)
    # the gain at half the sample rate is 1
    return (taps / np.sum(taps * (-1.0) ** place)).astype(np.float32)


def stream(blocks: Iterable[np.ndarray], taps: np.ndarray) -> Iterator[np.ndarray]:
    """Filter a signal in blocks, aligned to the sample: the delay is taken out.

    Parameters
    ----------
    blocks : iterable of ndarray, float32, shape (frames, channels)
    taps : ndarray, float32, shape (TAPS,)

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        Joined as long as the input; before and after it lies silence.
    """
    held = None
    for block in blocks:
        before = np.zeros((DELAY, block.shape[1]), np.float32) if held is None else held
        held = np.concatenate([before, block])
        if len(held) >= TAPS:
            yield _valid(held, taps)
            held = held[len(held) - TAPS + 1 :]
    if held is not None:
        tail = np.concatenate([held, np.zeros((DELAY, held.shape[1]), np.float32)])
        if len(tail) >= TAPS:
            yield _valid(tail, taps)


def _valid(signal: np.ndarray, taps: np.ndarray) -> np.ndarray:
    # the part of the convolution that needs nothing beyond the signal, float32; by blocks
    # of the Fourier transform, which overlap by the taps
    frames, block = len(signal) - TAPS + 1, FFT - TAPS + 1
    count = -(-frames // block)
    channels = np.zeros((signal.shape[1], count * block + TAPS - 1), np.float32)
    channels[:, : len(signal)] = signal.T
    blocks = np.lib.stride_tricks.sliding_window_view(channels, FFT, axis=1)[:, ::block]
    filtered = np.empty((signal.shape[1], count, block), np.float32)
    response = np.fft.rfft(taps, FFT)
    for first in range(0, count, BLOCKS):
        some = slice(first, first + BLOCKS)
        spectra = np.fft.rfft(blocks[:, some]) * response  # (channels, some, FFT // 2 + 1)
        filtered[:, some] = np.fft.irfft(spectra, FFT)[..., TAPS - 1 :]
    return filtered.reshape(signal.shape[1], -1).T[:frames]
