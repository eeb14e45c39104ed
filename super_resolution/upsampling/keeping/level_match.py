"""Correct the level of an estimate by a signal that stands beside it in a part of its band.

    gain = (slow ratio x fast ratio) ^ (1 / 4)

of the powers of the signal and of the estimate. How far a song is off is much the same above the
end of the band as just below it: the slow ratio is that of 0.4 s in the upper kHz, of squared mean
amplitudes, as single peaks are higher in music than in estimates, and of the signal before its
holes were filled with the estimate. How far a single stroke is off is less alike: so of the fast
ratio, that of 30 ms, half counts in dB. It is measured in the whole band and in its upper kHz, and
the lower fast ratio counts: what is too loud is heard, what is too quiet is hardly missed.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.blocks import FrameReader, branches
from super_resolution.audio.envelope import short_time_power
from super_resolution.audio.filters import filter_blocks, mean_taps
from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.upsampling.keeping.crossover import band_pass
from super_resolution.upsampling.stream import BLOCK_FRAMES, equal_blocks

FAST_SECONDS, SLOW_SECONDS = 0.03, 0.4
NEAR_HZ = 1000.0  # the upper end of the band
LEAST_DB, MOST_DB = -40.0, 12.0  # gains
MIN_BAND_HZ = 500.0  # in a narrower band there is too little to measure
SLOW_HOP = 256  # samples: the slow power is computed as seldom, which saves most of its time


def match_levels(
    pairs: Iterable[np.ndarray],
    unfilled: Iterable[np.ndarray],
    *,
    band: tuple[float, float],
    sample_rate: int,
) -> Iterator[np.ndarray]:
    """Multiply an estimate by the gain that brings it nearer to the signal beside it.

    Parameters
    ----------
    pairs : iterable of ndarray, float32, shape (frames, 2 * channels)
        The channels of the signal, then those of the estimate, in 16-bit units.
    unfilled : iterable of ndarray, float32, shape (frames, 2 * channels)
        The same before the signal's holes were filled, for the slow ratio.
    band : tuple of float
        From and to which frequency both hold the same, in Hz; `MIN_BAND_HZ` wide or more.
    sample_rate : int
        In Hz.

    Yields
    ------
    ndarray, float32, shape (frames, 2 * channels)
        The same signal, and the corrected estimate; in total as long as the input.
    """
    low, high = band
    wide, near, pairs = branches(pairs, 3)
    near_low = max(low, high - NEAR_HZ)
    lasting = _slow(_power(unfilled, near_low, high, sample_rate), sample_rate)
    wide = _power(wide, low, high, sample_rate)
    near = _power(near, near_low, high, sample_rate)
    readers = [FrameReader(powers) for powers in (wide, near, lasting)]
    # of the band between 0 Hz and the Nyquist frequency
    shares = [2 * (high - start) / sample_rate for start in (low, near_low, near_low)]
    bounds = 10 ** (np.array([LEAST_DB, MOST_DB], np.float32) / 20)
    for pair in pairs:
        if not len(pair):
            continue
        fast, other, slow = (
            _ratio(reader.read(len(pair)), share)
            for reader, share in zip(readers, shares, strict=True)
        )
        gain = np.clip((np.minimum(fast, other) * slow) ** np.float32(0.25), *bounds)
        yield pair * np.concatenate([np.ones_like(gain), gain], axis=1)


def _power(pairs: Iterable[np.ndarray], low: float, high: float, rate: int) -> Iterator[np.ndarray]:
    # the short-time power between two frequencies
    filtered = filter_blocks(pairs, band_pass(low, high, rate))
    return short_time_power(filtered, rate, seconds=FAST_SECONDS)


def _slow(power: Iterable[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    # the square of the mean amplitude over `SLOW_SECONDS`; at the end up to a hop longer
    seldom = (np.sqrt(block[::SLOW_HOP]) for block in equal_blocks(power, BLOCK_FRAMES))
    averaged = filter_blocks(seldom, mean_taps(round(SLOW_SECONDS * rate / SLOW_HOP / 2)))
    steps = (block.repeat(SLOW_HOP, axis=0) for block in averaged)
    # a step of the gain would be a click of whatever is loud below the band
    for block in filter_blocks(steps, mean_taps(SLOW_HOP)):
        yield np.square(np.maximum(block, 0))


def _ratio(power: np.ndarray, share: float) -> np.ndarray:
    # of signal over estimate, (frames, channels), in so much of the whole band
    # as much as rounding to 16 bits leaves in the band: silence beside silence needs no gain
    signal, estimate = np.split(power + np.float32(ROUNDING_POWER * share), 2, axis=1)
    return signal / estimate
