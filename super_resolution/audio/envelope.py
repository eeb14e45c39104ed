"""Short-time power of a signal in blocks, and a noise gate.

Below the 16-bit rounding noise the network outputs tones rather than noise, so its output
is faded out there: rests, fades and songs that are empty above 7.5 kHz stay as they are.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.blocks import FrameReader, branches
from super_resolution.audio.filters import filter_blocks, mean_taps

WINDOW_SECONDS = 0.06  # long enough for no audible tremolo, short enough for a drum stroke
GATE_POWER = 0.5  # LSB^2: six times the rounding noise
MIN_POWER = np.float32(1e-9)  # LSB^2, added to a divisor that may be 0


def short_time_power(
    blocks: Iterable[np.ndarray], rate: int, *, seconds: float = WINDOW_SECONDS
) -> Iterator[np.ndarray]:
    """Measure the power around each sample.

    Parameters
    ----------
    blocks : iterable of ndarray, float32, shape (frames, channels)
    rate : int
        In Hz.
    seconds : float
        Length of the window.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        Mean square under a Hann window, in the square of the input's
        unit; in total as long as the input.
    """
    # in float32 the errors of the FFT would be louder than the silence beside a loud stroke, and a
    # gain that follows them would be noise
    squares = (np.square(block, dtype=np.float64) for block in blocks)
    for power in filter_blocks(squares, mean_taps(round(seconds * rate / 2))):
        yield np.maximum(power, 0).astype(np.float32)


def with_short_time_power(
    blocks: Iterable[np.ndarray], rate: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pair the blocks of a signal with the power around each of their samples.

    Parameters
    ----------
    blocks : iterable of ndarray, float32, shape (frames, channels)
    rate : int
        In Hz.

    Yields
    ------
    signal, power : ndarray, float32, shape (frames, channels)
        As from `short_time_power`; blocks of another size than those of the input.
    """
    blocks, blocks_for_power = branches(blocks, 2)
    reader = FrameReader(blocks)
    for power in short_time_power(blocks_for_power, rate):
        yield reader.read(len(power)), power


def noise_gate(blocks: Iterable[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    """Fade out a signal where its short-time power is below `GATE_POWER`.

    Parameters
    ----------
    blocks : iterable of ndarray, float32, shape (frames, channels)
        In 16-bit units.
    rate : int
        In Hz.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        In total as long as the input.
    """
    for block, power in with_short_time_power(blocks, rate):
        yield block * np.maximum(0, 1 - np.float32(GATE_POWER) / (power + MIN_POWER))
