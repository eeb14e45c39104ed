"""16-bit samples: full scale, rounding, root mean square."""

import math

import numpy as np

INT16 = np.iinfo(np.int16)
FULL_SCALE = 32768  # LSB: a sample divided by this is in [-1, 1)
ROUNDING_POWER = 1 / 12  # LSB^2: the noise power of rounding to 16 bits


def to_int16(signal: np.ndarray) -> np.ndarray:
    """Round to 16 bits; samples over full scale are clipped.

    Parameters
    ----------
    signal : ndarray of float, any shape
        In 16-bit units (LSB).

    Returns
    -------
    ndarray, int16, same shape
    """
    return np.clip(np.rint(signal), INT16.min, INT16.max).astype(np.int16)


def rms(signal: np.ndarray) -> float:
    """Return the root mean square of all samples.

    Parameters
    ----------
    signal : ndarray, any type and shape

    Returns
    -------
    float
        In the unit of the samples; 0 if there are none.
    """
    return math.sqrt(np.mean(np.square(signal, dtype=np.float64))) if signal.size else 0.0
