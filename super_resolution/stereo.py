"""Two channels through a network that hears one: the stereo image is kept.

    left, right -> middle, side -> network -> left, right -> balance

What the network adds is noise, made of the lowest bits of the channel it hears. Made of
left and right alone, a cymbal in the middle would come back as two that have nothing to do
with each other, as wide as a hall. Of middle and side, what was in the middle stays there.
But then both channels would be equally loud, so their balance is taken from the low version,
above `FROM` and around each moment: an instrument far left keeps its treble there.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution import audio, fir
from super_resolution.bits import ROUNDING_POWER

FROM = 3000.0  # Hz: what lies above it moves as the treble does
TAPS = 63  # of the filter that leaves that
AROUND = 0.06  # seconds: long enough not to be heard as tremolo, short enough for a beat


def middle_side(block: np.ndarray) -> np.ndarray:
    """Give middle and side of a block, int16, shape (frames, 2)."""
    left, right = block.astype(np.float32).T
    return audio.to_int16(np.stack([left + right, left - right], axis=-1) / 2)


def left_right(block: np.ndarray) -> np.ndarray:
    """Give left and right of middle and side, float32, shape (frames, 2)."""
    middle, side = block.T
    return np.stack([middle + side, middle - side], axis=-1)


def balance(blocks: Iterable[np.ndarray], low_rate: int) -> Iterator[np.ndarray]:
    """Give how much of what is added belongs to each channel.

    Parameters
    ----------
    blocks : iterable of ndarray, int16, shape (frames, 2)
        The low version.
    low_rate : int
        In Hz.

    Yields
    ------
    ndarray, float32, shape (frames, 2)
        Gains; the sum of their squares is 2. Joined as long as the input.
    """
    treble = fir.stream(
        (block.astype(np.float32) for block in blocks),
        fir.high_pass(min(FROM / (low_rate / 2), 0.9), TAPS),
    )
    window = np.hanning(2 * round(AROUND * low_rate / 2) + 1).astype(np.float32)
    for power in fir.stream(map(np.square, treble), window / window.sum()):
        # where nothing but rounding is heard, both are as loud
        power = np.maximum(power, 0) + np.float32(ROUNDING_POWER)
        yield np.sqrt(2 * power / power.sum(axis=1, keepdims=True))
