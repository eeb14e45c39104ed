"""A crossover: one signal below a frequency, another above it.

    below ----------------------------- sum
      |                                  |
      - + -- above - below -- high-pass -+

This is the pair of complementary linear-phase filters h and delta - h: their sum is exactly 1,
so a signal that stands on both sides comes out as it is, without a dip or a double.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.blocks import FrameReader, branches
from super_resolution.audio.filters import filter_blocks

TAPS = 1023
KAISER_BETA = 10.0  # 100 dB: the other signal is left at less than 1 LSB
# width from pass to stop by Kaiser's formula, as a share of the sample rate: 275 Hz at 44.1 kHz
WIDTH = (KAISER_BETA / 0.1102 + 0.7) / (2.285 * 2 * np.pi * (TAPS - 1))


def high_pass(hertz: float, sample_rate: int) -> np.ndarray:
    """Design a high-pass filter: a sinc under a Kaiser window, subtracted from a unit impulse.

    Parameters
    ----------
    hertz : float
        Frequency of half amplitude; `WIDTH` x `sample_rate` is from pass to stop around it.
    sample_rate : int
        In Hz.

    Returns
    -------
    ndarray, float32, shape (TAPS,)
        Symmetric.

    References
    ----------
    Oppenheim and Schafer, "Discrete-Time Signal Processing", section 7.6.
    """
    return _impulse() - _low_pass(hertz, sample_rate)


def band_pass(low: float, high: float, sample_rate: int) -> np.ndarray:
    """Design a band-pass filter between two frequencies in Hz, as `high_pass` does."""
    return _low_pass(high, sample_rate) - _low_pass(low, sample_rate)


def _impulse() -> np.ndarray:
    impulse = np.zeros(TAPS, np.float32)
    impulse[TAPS // 2] = 1
    return impulse


def _low_pass(hertz: float, sample_rate: int) -> np.ndarray:
    time = np.arange(TAPS) - TAPS // 2
    taps = np.sinc(2 * hertz / sample_rate * time) * np.kaiser(TAPS, KAISER_BETA)
    return (taps / taps.sum()).astype(np.float32)


def cross_over(
    pairs: Iterable[np.ndarray], *, hertz: float, sample_rate: int, gain: float = 1.0
) -> Iterator[np.ndarray]:
    """Join two signals at a frequency.

    Parameters
    ----------
    pairs : iterable of ndarray, float32, shape (frames, 2 * channels)
        The channels of the signal below, then those of the one above.
    hertz : float
        Where each has half amplitude.
    sample_rate : int
        In Hz.
    gain : float
        Factor of the signal above.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        In total as long as the input.
    """
    for_difference, pairs = branches(pairs, 2)
    below = FrameReader(map(_below, pairs))
    difference = (_above(pair) * np.float32(gain) - _below(pair) for pair in for_difference)
    for change in filter_blocks(difference, high_pass(hertz, sample_rate)):
        yield below.read(len(change)) + change


def _below(pair: np.ndarray) -> np.ndarray:
    return pair[:, : pair.shape[1] // 2]


def _above(pair: np.ndarray) -> np.ndarray:
    return pair[:, pair.shape[1] // 2 :]
