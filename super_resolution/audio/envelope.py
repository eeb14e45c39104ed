"""How loud a signal is around each moment, and silence where it is quieter than 16 bits.

What is quieter than the noise of rounding to 16 bits nobody hears. But there a network has
nothing to go by, and what it says is lines more than noise: a rest, the end of a fade or a
song that is empty above 7.5 kHz stays as it is instead.
"""

from collections.abc import Iterable, Iterator
from itertools import tee

import numpy as np

from super_resolution.audio.blocks import FrameReader
from super_resolution.audio.filters import filter_blocks

AROUND = 0.06  # seconds: long enough not to be heard as tremolo, short enough for a beat
SILENCE = 0.5  # LSB^2: six times the noise of rounding; nothing below it is added
TINY = np.float32(1e-9)


def short_time_power(blocks: Iterable[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    """Give the power around each moment.

    Parameters
    ----------
    blocks : iterable of ndarray, float32, shape (frames, channels)
    rate : int
        In Hz.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        The mean square under a Hann window of `AROUND`; joined as long as the input.
    """
    window = np.hanning(2 * round(AROUND * rate / 2) + 1).astype(np.float32)
    for power in filter_blocks(map(np.square, blocks), window / window.sum()):
        yield np.maximum(power, 0)


def with_short_time_power(
    blocks: Iterable[np.ndarray], rate: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give pieces of a signal and the power around each of their moments, alike in shape."""
    blocks, for_power = tee(blocks)
    reader = FrameReader(blocks)
    for power in short_time_power(for_power, rate):
        yield reader.read(len(power)), power


def noise_gate(blocks: Iterable[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    """Let what is quieter than `SILENCE` fade; float32 blocks, joined as long as they were."""
    for block, power in with_short_time_power(blocks, rate):
        yield block * np.maximum(0, 1 - np.float32(SILENCE) / (power + TINY))
