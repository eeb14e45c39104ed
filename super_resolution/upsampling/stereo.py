"""Stereo through a network of one channel, without losing the stereo image.

    left, right -> mid, side -> network -> left, right -> balance

The network adds noise made of its input's lowest bits. For left and right that noise would
be uncorrelated, and a cymbal in the middle would spread over the whole width. Mid and side
keep it in the middle, but make both channels about equally loud: so the balance of the added
band follows that of the low version above `BALANCE_FROM`, and its total power is kept.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.envelope import MIN_POWER, short_time_power
from super_resolution.audio.filters import filter_blocks, high_pass_taps
from super_resolution.audio.pcm import ROUNDING_POWER, to_int16

BALANCE_FROM = 3000.0  # Hz: the balance above it is closest to that of the treble
BALANCE_TAPS = 63  # of the high-pass filter for it
DIGITAL_SILENCE = ROUNDING_POWER / 100  # LSB^2: less than any rounded signal has
MAX_GAIN = 2.0  # 6 dB: a nearly silent channel is not amplified into noise


def mid_side(block: np.ndarray) -> np.ndarray:
    """Give mid and side of left and right, int16, shape (frames, 2)."""
    left, right = block.astype(np.float32).T
    return to_int16(np.stack([left + right, left - right], axis=-1) / 2)


def left_right(block: np.ndarray) -> np.ndarray:
    """Give left and right of mid and side, float32, shape (frames, 2)."""
    mid, side = block.T
    return np.stack([mid + side, mid - side], axis=-1)


def power_shares(blocks: Iterable[np.ndarray], low_rate: int) -> Iterator[np.ndarray]:
    """Give each channel's share of the power above `BALANCE_FROM`.

    Parameters
    ----------
    blocks : iterable of ndarray, int16, shape (frames, 2)
        The low version.
    low_rate : int
        In Hz.

    Yields
    ------
    ndarray, float32, shape (frames, 2)
        The two sum to 1, or to 0 where both are digital silence. Joined as long as the input.
    """
    taps = high_pass_taps(min(BALANCE_FROM / (low_rate / 2), 0.9), BALANCE_TAPS)
    filtered = filter_blocks((block.astype(np.float32) for block in blocks), taps)
    for power in short_time_power(filtered, low_rate):
        # with nothing but rounding noise both have the same share, digital silence has none
        floored = (power + np.float32(ROUNDING_POWER)) * (power > DIGITAL_SILENCE)
        yield floored / np.maximum(floored.sum(axis=1, keepdims=True), MIN_POWER)


def balance_gains(share: np.ndarray, power: np.ndarray) -> np.ndarray:
    """Give the gains that bring two channels to their shares of their total power.

    Parameters
    ----------
    share, power : ndarray, float32, shape (frames, 2)
        As from `power_shares`, and the short-time power of the added band.

    Returns
    -------
    ndarray, float32, shape (frames, 2)
        `MAX_GAIN` at most.
    """
    target = share * power.sum(axis=1, keepdims=True)
    return np.sqrt(np.minimum(target / (power + MIN_POWER), MAX_GAIN**2))
