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
    from scipy.signal import firwin

    cutoff = CUTOFF * low_rate / 2
    return firwin(TAPS, cutoff, fs=sample_rate, pass_zero=False).astype(np.float32)


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
    from scipy.signal import oaconvolve

    held = None
    for block in blocks:
        before = np.zeros((DELAY, block.shape[1]), np.float32) if held is None else held
        held = np.concatenate([before, block])
        if len(held) >= TAPS:
            yield oaconvolve(held, taps[:, np.newaxis], mode="valid", axes=0)
            held = held[len(held) - TAPS + 1 :]
    if held is not None:
        tail = np.concatenate([held, np.zeros((DELAY, held.shape[1]), np.float32)])
        if len(tail) >= TAPS:
            yield oaconvolve(tail, taps[:, np.newaxis], mode="valid", axes=0)
