"""Two channels through a network that hears one: the stereo image is kept.

    left, right -> middle, side -> network -> left, right -> balance

What the network adds is noise, made of the lowest bits of the channel it hears. Made of
left and right alone, a cymbal in the middle would come back as two that have nothing to do
with each other, as wide as a hall. Of middle and side, what was in the middle stays there.
But then both channels would be about equally loud, so how loud they are together stays, and
their balance is taken from the low version, above `FROM` and around each moment: an
instrument far left keeps its treble there.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.envelope import TINY, short_time_power
from super_resolution.audio.filters import filter_blocks, high_pass_taps
from super_resolution.audio.pcm import ROUNDING_POWER, to_int16

FROM = 3000.0  # Hz: what lies above it moves as the treble does
TAPS = 63  # of the filter that leaves that
MOST_GAIN = 2.0  # a channel in which nothing sounds cannot be made to


def middle_side(block: np.ndarray) -> np.ndarray:
    """Give middle and side of a block, int16, shape (frames, 2)."""
    left, right = block.astype(np.float32).T
    return to_int16(np.stack([left + right, left - right], axis=-1) / 2)


def left_right(block: np.ndarray) -> np.ndarray:
    """Give left and right of middle and side, float32, shape (frames, 2)."""
    middle, side = block.T
    return np.stack([middle + side, middle - side], axis=-1)


def shares(blocks: Iterable[np.ndarray], low_rate: int) -> Iterator[np.ndarray]:
    """Give which share of the treble's power each channel has, by the low version.

    Parameters
    ----------
    blocks : iterable of ndarray, int16, shape (frames, 2)
        The low version.
    low_rate : int
        In Hz.

    Yields
    ------
    ndarray, float32, shape (frames, 2)
        Their sum is 1. Joined as long as the input.
    """
    taps = high_pass_taps(min(FROM / (low_rate / 2), 0.9), TAPS)
    for power in short_time_power(
        filter_blocks((block.astype(np.float32) for block in blocks), taps), low_rate
    ):
        # where nothing but rounding is heard, both have the same
        floored = power + np.float32(ROUNDING_POWER)
        yield floored / floored.sum(axis=1, keepdims=True)


def gains(share: np.ndarray, power: np.ndarray) -> np.ndarray:
    """Give what brings two channels to their shares of the power that they have together.

    Parameters
    ----------
    share, power : ndarray, float32, shape (frames, 2)
        As from `shares`, and `short_time_power` of what is added.

    Returns
    -------
    ndarray, float32, shape (frames, 2)
        `MOST_GAIN` at most.
    """
    wanted = share * power.sum(axis=1, keepdims=True)
    return np.sqrt(np.minimum(wanted / (power + TINY), MOST_GAIN**2))
