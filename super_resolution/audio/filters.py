"""Linear-phase FIR filters on a signal that comes in blocks.

With numpy alone: scipy would add a half to what `--predict` installs.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

FFT = 2048  # samples in a block of the filter, at least
BLOCKS = 32  # transformed at once: few enough for the CPU's cache
RESIDUAL_TAPS = 255
# of the low Nyquist frequency, 7.2 kHz at 15 kHz: soxr VHQ falls from 1 at 6.95 kHz to 0.1
# there, so what it passes stays as it is, and what it removes can be restored
RESIDUAL_CUTOFF = 0.96


def high_pass_taps(turns: float, taps: int) -> np.ndarray:
    """Design a windowed sinc.

    Parameters
    ----------
    turns : float
        Cut-off, where the amplitude is half, as a share of the Nyquist frequency.
    taps : int
        Odd: a whole number of samples of delay.

    Returns
    -------
    ndarray, float32, shape (taps,)
        Symmetric; the gain at the Nyquist frequency is 1.
    """
    place = np.arange(taps) - taps // 2
    ideal = np.sinc(place) - turns * np.sinc(turns * place)
    windowed = ideal * np.hamming(taps)
    return (windowed / np.sum(windowed * (-1.0) ** place)).astype(np.float32)


def filter_blocks(blocks: Iterable[np.ndarray], taps: np.ndarray) -> Iterator[np.ndarray]:
    """Filter a signal in blocks, aligned to the sample: the delay is taken out.

    Parameters
    ----------
    blocks : iterable of ndarray, float32, shape (frames, channels)
    taps : ndarray, float32, shape (odd,)
        Symmetric.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        Joined as long as the input; before and after it lies silence.
    """
    delay, held = len(taps) // 2, None
    for block in blocks:
        before = np.zeros((delay, block.shape[1]), np.float32) if held is None else held
        held = np.concatenate([before, block])
        if len(held) >= len(taps):
            yield _valid(held, taps)
            held = held[len(held) - len(taps) + 1 :]
    if held is not None:
        tail = np.concatenate([held, np.zeros((delay, held.shape[1]), np.float32)])
        if len(tail) >= len(taps):
            yield _valid(tail, taps)


def _valid(signal: np.ndarray, taps: np.ndarray) -> np.ndarray:
    # the part of the convolution that needs nothing beyond the signal, float32; by blocks
    # of the Fourier transform, which overlap by the taps
    size = max(FFT, 1 << (2 * len(taps)).bit_length())
    frames, block = len(signal) - len(taps) + 1, size - len(taps) + 1
    count = -(-frames // block)
    channels = np.zeros((signal.shape[1], count * block + len(taps) - 1), np.float32)
    channels[:, : len(signal)] = signal.T
    blocks = np.lib.stride_tricks.sliding_window_view(channels, size, axis=1)[:, ::block]
    filtered = np.empty((signal.shape[1], count, block), np.float32)
    response = np.fft.rfft(taps, size)
    for first in range(0, count, BLOCKS):
        some = slice(first, first + BLOCKS)
        spectra = np.fft.rfft(blocks[:, some]) * response  # (channels, some, size // 2 + 1)
        filtered[:, some] = np.fft.irfft(spectra, size)[..., len(taps) - 1 :]
    return filtered.reshape(signal.shape[1], -1).T[:frames]


@cache
def residual_high_pass(*, sample_rate: int, low_rate: int) -> np.ndarray:
    """Design the high-pass that keeps the known band out of the residual.

    The band below the low Nyquist frequency is known, and soxr passes it on unharmed. The same
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
