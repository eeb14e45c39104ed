"""Up to where a file holds sound: below this cut-off it is kept, above it something is missing.

The cut-off is where the mean spectrum falls off a steep edge, as encoders and resamplers leave
it, down to where the slope begins; or the end of the spectrum. Sound that sinks into the noise of
rounding to 16 bits without an edge ends by itself, as that of a cello does: it is not cut off. Nor
is, as far as can be told, what ends below 5 kHz, or falls by less than 20 dB. Where sound goes on
behind an edge, now louder and now softer, the edge is part of the music: synthesizers have such.
What stays as loud is noise, as a radio leaves it above 15 kHz.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from math import inf

import numpy as np

from super_resolution.audio.blocks import excerpt
from super_resolution.audio.pcm import ROUNDING_POWER

FRAME = 2048  # samples: bins 22 Hz wide at 44.1 kHz
SMOOTHED = 9  # bins: single ones of noise stick out
OVER_ROUNDING = 10  # times the noise of rounding to 16 bits: dither has 3 times
KAISER_BETA = 14  # sidelobes 105 dB down: a loud low note must not look like treble
AVERAGED = 256  # frames in one spectrum: 12 s at 44.1 kHz
EDGE_DB = 20.0  # music falls by less from one kHz to the next but one
EDGE_HZ = 1000.0  # on either side of an edge, of which the levels are compared
SLOPE_HZ = 800.0  # the widest edge: that of soxr at 22.05 kHz
KNEE_DB = 6.0  # below the level before the edge
VARIES_DB = 3.0  # standard deviation of the level of music over time
NOISE_DB = 5.6  # the same of a bin of steady noise: its power has an exponential distribution
NO_EDGE = 0.9  # of the Nyquist frequency: sound up to there may end at a resampler's edge
LOWEST_HZ = 5000.0  # below it a steep edge may be that of a single low sound
FIRST_SECONDS = 30.0  # of a pipe, which can be read once


def measure_cutoff(blocks: Iterable[np.ndarray], sample_rate: int) -> float:
    """Measure up to which frequency a signal holds sound.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (frames, channels)
        In 16-bit units.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        In Hz; infinity where the signal is not cut off.
    """
    bin_hz = sample_rate / FRAME
    power, music = _mean_power(blocks, bin_hz)
    smooth = np.convolve(power, np.full(SMOOTHED, 1 / SMOOTHED), mode="same")
    held = np.flatnonzero(smooth > OVER_ROUNDING)
    if not len(held):
        return inf
    edge = _edge(power, music, bin_hz)
    if edge is None and held[-1] < NO_EDGE * FRAME / 2:
        return inf
    edge = int(held[-1]) if edge is None else min(edge, int(held[-1]))
    return _knee(smooth, edge, bin_hz) * bin_hz


def measure_first(
    blocks: Iterable[np.ndarray], sample_rate: int
) -> tuple[float, Iterator[np.ndarray]]:
    """Measure the cut-off on the first `FIRST_SECONDS` of a signal that can be read once.

    Returns
    -------
    float
        As from `measure_cutoff`.
    iterator of ndarray
        The whole signal.
    """
    blocks, first, missing = iter(blocks), [], round(FIRST_SECONDS * sample_rate)
    frames = missing
    while missing > 0 and (block := next(blocks, None)) is not None:
        first.append(block)
        missing -= len(block)
    return measure_cutoff(excerpt(first, 0, frames), sample_rate), chain(first, blocks)


def _mean_power(blocks: Iterable[np.ndarray], bin_hz: float) -> tuple[np.ndarray, np.ndarray]:
    # (bins,) of the louder channel in each stretch; 1 is the noise of rounding to 16 bits.
    # And as `_means`, True where the level is mostly above that noise, and not steady
    window = np.kaiser(FRAME, KAISER_BETA).astype(np.float32)
    window /= np.sqrt(ROUNDING_POWER * np.sum(window**2))
    (total, levels, squares), count = np.zeros((3, FRAME // 2 + 1)), 0
    for frames in _frames(blocks):
        power = np.abs(np.fft.rfft(frames * window[:, np.newaxis], axis=1)) ** 2
        total += power.sum(axis=0).max(axis=1)
        level = 10 * np.log10(np.maximum(power.max(axis=2), 1))
        levels += level.sum(axis=0)
        squares += np.square(level).sum(axis=0)
        count += len(frames)
    count, width = max(1, count), round(EDGE_HZ / bin_hz)
    mean = _means(levels / count, width)
    variance = _means(squares / count - np.square(levels / count), width)
    music = (mean > 10 * np.log10(OVER_ROUNDING)) & (variance > VARIES_DB**2 + NOISE_DB**2)
    return total / count, music


def _means(values: np.ndarray, width: int) -> np.ndarray:
    # [i] of i to i + width
    sums = np.concatenate([[0], np.cumsum(values)])
    return (sums[width:] - sums[:-width]) / width


def _edge(power: np.ndarray, music: np.ndarray, bin_hz: float) -> int | None:
    # the bin in the middle of the steepest part of the lowest edge, if there is one
    width, slope, lowest = (round(hz / bin_hz) for hz in (EDGE_HZ, SLOPE_HZ, LOWEST_HZ))
    level = 10 * np.log10(_means(np.maximum(power, 1), width))
    # nothing higher up may be as loud again
    above = np.maximum.accumulate(level[::-1])[::-1]
    # [i]: below ends at i, above begins at i + slope
    drop = level[: len(level) - width - slope] - above[width + slope :]
    drop[music[width + slope :]] = 0
    first = max(0, lowest - width)
    steep = np.flatnonzero(drop[first:] > EDGE_DB) + first
    if not len(steep):
        return None
    # the first run of steep bins
    run = steep[: np.flatnonzero(np.diff(steep, append=len(power) * 2) > 1)[0] + 1]
    return int(run[np.argmax(drop[run])]) + width + slope // 2


def _knee(smooth: np.ndarray, edge: int, bin_hz: float) -> int:
    # the highest bin at most half a slope above the edge that is as loud as what lies before it
    width, slope = round(EDGE_HZ / bin_hz), round(SLOPE_HZ / bin_hz)
    before = smooth[max(0, edge - slope // 2 - width) : max(1, edge - slope // 2)]
    least = max(OVER_ROUNDING, np.mean(before) / 10 ** (KNEE_DB / 10))
    loud = np.flatnonzero(smooth[: edge + slope // 2 + 1] > least)
    return int(loud[-1]) if len(loud) else edge


def _frames(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    # (at most AVERAGED, FRAME, channels); the last one ends where the signal does
    held = None
    for block in blocks:
        held = block if held is None else np.concatenate([held, block])
        while len(held) >= (AVERAGED + 1) * FRAME:
            first, held = held[: AVERAGED * FRAME], held[AVERAGED * FRAME :]
            yield first.reshape(AVERAGED, FRAME, -1)
    if held is None or not len(held):
        return
    if len(held) < FRAME:
        # too short for the window: its edges count as treble, which errs on the safe side
        before = (FRAME - len(held)) // 2
        yield np.pad(held, ((before, FRAME - len(held) - before), (0, 0)))[np.newaxis]
        return
    whole = held[: len(held) // FRAME * FRAME]
    yield whole.reshape(-1, FRAME, held.shape[1])
    yield held[-FRAME:][np.newaxis]
