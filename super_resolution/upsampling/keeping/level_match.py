"""Correct the level of an estimate by a signal that stands beside it in a part of its band.

    gain = (short-time power of the signal / that of the estimate) ^ (STRENGTH / 2)

measured in two bands, of which the lower gain counts: what is too loud is heard, what is too
quiet is hardly missed. Half of the difference in dB is corrected, because the levels of
neighbouring bands are alike, but not the same.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.blocks import FrameReader, branches
from super_resolution.audio.envelope import short_time_power
from super_resolution.audio.filters import filter_blocks
from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.upsampling.keeping.crossover import band_pass

WINDOW_SECONDS = 0.03
MAX_GAIN_DB = 12.0
STRENGTH = 0.5  # of the difference in dB
NEAR_HZ = 1500.0  # the second band: so much below the upper end
MIN_BAND_HZ = 500.0  # in a narrower band there is too little to measure


def match_levels(
    pairs: Iterable[np.ndarray], *, band: tuple[float, float], sample_rate: int
) -> Iterator[np.ndarray]:
    """Multiply an estimate by the gain that brings it nearer to the signal beside it.

    Parameters
    ----------
    pairs : iterable of ndarray, float32, shape (frames, 2 * channels)
        The channels of the signal, then those of the estimate, in 16-bit units.
    band : tuple of float
        From and to which frequency both hold the same, in Hz.
    sample_rate : int
        In Hz.

    Yields
    ------
    ndarray, float32, shape (frames, 2 * channels)
        The same signal, and the corrected estimate; in total as long as the input. A band
        below `MIN_BAND_HZ` changes nothing.
    """
    low, high = band
    if high - low < MIN_BAND_HZ:
        yield from pairs
        return
    wide, near, pairs = branches(pairs, 3)
    reader = FrameReader(pairs)
    gains = zip(
        _gains(wide, low, high, sample_rate),
        _gains(near, max(low, high - NEAR_HZ), high, sample_rate),
        strict=True,
    )
    for one, other in gains:
        pair, gain = reader.read(len(one)), np.minimum(one, other)
        yield pair * np.concatenate([np.ones_like(gain), gain], axis=1)


def _gains(pairs: Iterable[np.ndarray], low: float, high: float, rate: int) -> Iterator[np.ndarray]:
    # (frames, channels), by the power between two frequencies
    bounds = 10 ** (np.array([-MAX_GAIN_DB, MAX_GAIN_DB], np.float32) / 20)
    # as much as rounding to 16 bits leaves in the band: silence beside silence needs no gain
    floor = np.float32(ROUNDING_POWER * (high - low) / (rate / 2))
    filtered = filter_blocks(pairs, band_pass(low, high, rate))
    for power in short_time_power(filtered, rate, seconds=WINDOW_SECONDS):
        signal, estimate = np.split(power + floor, 2, axis=1)
        yield np.clip((signal / estimate) ** np.float32(STRENGTH / 2), *bounds)
