"""16-bit samples: full scale, rounding, root mean square."""

import math
from dataclasses import dataclass

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


@dataclass
class Clipping:
    """Round to 16 bits, and count the samples that are clipped there.

    Attributes
    ----------
    clipped : int
        How many samples were over full scale.
    peak : float
        The largest magnitude, in LSB.
    """

    clipped: int = 0
    peak: float = 0.0

    def to_int16(self, signal: np.ndarray) -> np.ndarray:
        """Round as the function `to_int16` does."""
        rounded = to_int16(signal)
        # half an LSB over full scale is rounded, not clipped
        self.clipped += int(np.count_nonzero(np.abs(signal - rounded) > 0.5))
        self.peak = max(self.peak, float(np.abs(signal).max(initial=0)))
        return rounded

    @property
    def text(self) -> str:
        """Say how many samples are clipped."""
        return f"{self.clipped:,} {'sample is' if self.clipped == 1 else 'samples are'} clipped"

    @property
    def gain_db(self) -> int:
        """The gain in whole dB, 0 or less, with which nothing is clipped."""
        over = self.peak / INT16.max
        return -math.ceil(20 * math.log10(over)) if self.clipped and over > 1 else 0


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
