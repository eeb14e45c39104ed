"""The filter that keeps the known band: a linear-phase high-pass on the residual.

What lies below the low version's Nyquist frequency is known from it, and soxr
passes it on unharmed; a residual that reached down there could only do harm.
The same taps are a filter in the network's training and, by `fir.stream`, in prediction.
"""

from functools import cache

import numpy as np

from super_resolution import fir

TAPS = 255
# of the low Nyquist frequency, 7.2 kHz at 15 kHz: soxr VHQ falls from 1 at 6.95 kHz to
# 0.1 there, so what it passes stays as it is and what it takes away can be given back
CUTOFF = 0.96


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
    return fir.high_pass(CUTOFF * low_rate / sample_rate, TAPS)
