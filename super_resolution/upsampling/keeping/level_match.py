"""Correct the level of an estimate by a signal that stands beside it in a part of its band.

    gain = (slow ratio x fast ratio) ^ (1 / 4)

of the powers of the signal and of the estimate. How far a song is off is much the same above the
end of the band as just below it: the slow ratio is that of 0.4 s in the upper kHz. How far a single
stroke is off is less alike: so of the fast ratio, that of 30 ms, half counts in dB. It is measured
in two bands, of which the lower one counts: what is too loud is heard, what is too quiet is hardly
missed.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.blocks import FrameReader, branches
from super_resolution.audio.envelope import short_time_power
from super_resolution.audio.filters import filter_blocks
from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.upsampling.keeping.crossover import band_pass

FAST_SECONDS, SLOW_SECONDS = 0.03, 0.4
FAST_HZ, SLOW_HZ = 1500.0, 1000.0  # the bands below the upper end
LEAST_DB, MOST_DB = -24.0, 12.0  # gains
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
    wide, near, slow, pairs = branches(pairs, 4)
    ratios = [
        FrameReader(_ratios(blocks, max(low, high - width), high, sample_rate, seconds))
        for blocks, width, seconds in (
            (wide, high, FAST_SECONDS),
            (near, FAST_HZ, FAST_SECONDS),
            (slow, SLOW_HZ, SLOW_SECONDS),
        )
    ]
    bounds = 10 ** (np.array([LEAST_DB, MOST_DB], np.float32) / 20)
    for pair in pairs:
        one, other, whole = (reader.read(len(pair)) for reader in ratios)
        gain = np.clip((np.minimum(one, other) * whole) ** np.float32(0.25), *bounds)
        yield pair * np.concatenate([np.ones_like(gain), gain], axis=1)


def _ratios(
    pairs: Iterable[np.ndarray], low: float, high: float, rate: int, seconds: float
) -> Iterator[np.ndarray]:
    # (frames, channels): power of the signal over that of the estimate, between two frequencies
    # as much as rounding to 16 bits leaves in the band: silence beside silence needs no gain
    floor = np.float32(ROUNDING_POWER * (high - low) / (rate / 2))
    filtered = filter_blocks(pairs, band_pass(low, high, rate))
    for power in short_time_power(filtered, rate, seconds=seconds):
        signal, estimate = np.split(power + floor, 2, axis=1)
        yield signal / estimate
