"""Upsample a signal at any rate: keep what it has, add only what is missing.

    signal -+-> 15 kHz, 16 bits -> network -> level match -> above the cut-off -+-> 44.1 kHz
            +-> soxr ---> holes filled -------------------> below the cut-off --+

Between 7.7 kHz and the cut-off the network's guess stands beside the truth: that tells how far
off its level is above, and where an encoder left holes. A signal that ends where the network begins
goes through it alone, and one that is full up to `FULL_HZ` is only resampled.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf

import numpy as np

from super_resolution.audio.blocks import FrameReader, branches, resample_blocks, scaled_frames
from super_resolution.audio.pcm import Clipping
from super_resolution.engines.base import Engine
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.keeping import crossover
from super_resolution.upsampling.keeping.bandwidth import LOWEST_HZ, measure_first
from super_resolution.upsampling.keeping.holes import fill_holes
from super_resolution.upsampling.keeping.level_match import MIN_BAND_HZ, match_levels
from super_resolution.upsampling.samples import CheckedBlocks
from super_resolution.upsampling.segments import Elsewhere, upsample_segments
from super_resolution.upsampling.stream import BLOCK_FRAMES, equal_blocks

NYQUIST_TOLERANCE = 1.03  # resampling filters have a transition band
# With sound up to there nothing audible is missing. A limit of 17 kHz would not change ViSQOL, but
# would make the LSD of an orchestra as mp3 at 96 kb/s worse by 0.7.
FULL_HZ = 19500.0
RESAMPLED_SHARE = 0.95  # of a signal's Nyquist frequency: resampling damps it by 3 dB there


@dataclass(frozen=True)
class Band:
    """What is kept of a signal, and how loud the added band is.

    Parameters
    ----------
    keep : bool
        Keep the signal up to its cut-off, but for holes in it; otherwise the network's output
        replaces it.
    cutoff_hz : float, optional
        Up to which frequency the signal holds sound, infinity where it is not cut off; measured
        unless given.
    gain_db : float
        Of the added band.
    match : bool
        Correct its level by the band in which the signal and the network overlap.
    """

    keep: bool = True
    cutoff_hz: float | None = None
    gain_db: float = 0.0
    match: bool = True


def within(cutoff_hz: float, sample_rate: int) -> float:
    """Limit a cut-off to the band of a signal; infinity, which is none, stays."""
    return cutoff_hz if cutoff_hz == inf else min(cutoff_hz, sample_rate / 2)


def is_full(cutoff_hz: float) -> bool:
    """Tell if a signal with sound up to there lacks nothing."""
    return cutoff_hz >= FULL_HZ


def kept_up_to(cutoff_hz: float, sample_rate: int) -> float:
    """Give the frequency up to which a signal is kept: resampling it damps what is higher."""
    return min(cutoff_hz, RESAMPLED_SHARE * sample_rate / 2)


def overlap_from(low_rate: int) -> float:
    """Give the frequency from which on all that the network gives is added, in Hz."""
    return NYQUIST_TOLERANCE * low_rate / 2


def describe(
    rate: int, low_rate: int, *, keep: bool, cutoff_hz: float | None, given: bool = False
) -> str:
    """Say what is found in a signal at a rate in Hz, and what is done with it."""
    nyquist = f"{low_rate / 2000:g} kHz"
    if rate < low_rate:
        return f"{rate} Hz; empty from {rate / 2000:g} to {nyquist}, added above"
    if not keep or cutoff_hz is None:
        return f"{rate} Hz; replaced above {nyquist}"
    if cutoff_hz == inf:
        lowest = f"{LOWEST_HZ / 1000:g} kHz"
        return f"{rate} Hz, not cut off anywhere above {lowest}, so nothing is added"
    # rounded down: no more than half of the rate
    held = f"{rate} Hz, holds sound up to {cutoff_hz // 100 / 10:.1f} kHz{', as given' * given}"
    if is_full(cutoff_hz):
        return f"{held}; nothing is missing, so nothing is added"
    if kept_up_to(cutoff_hz, rate) <= overlap_from(low_rate):
        return f"{held}; added above {nyquist}"
    return f"{held}; kept below, added above"


def upsample_any_rate(
    signal: CheckedBlocks,
    engine: Engine | Elsewhere,
    model: Model,
    band: Band,
    *,
    sample_rate: int,
    clipping: Clipping,
) -> Iterator[np.ndarray]:
    """Upsample a signal at any rate.

    Parameters
    ----------
    signal : CheckedBlocks
        In 16-bit units.
    engine : Engine or Elsewhere
    model : Model
    band : Band
    sample_rate : int
        Of the signal, in Hz.
    clipping : Clipping
        Counts what is clipped where the signal is rounded to 16 bits for the network.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        In 16-bit units, neither rounded nor clipped; joined,
        `scaled_frames(frames, model.sample_rate / sample_rate)` long.
    """
    blocks, cutoff = iter(signal), 0.0
    if band.keep and sample_rate > model.low_rate:
        if band.cutoff_hz is None:
            cutoff, blocks = measure_first(blocks, sample_rate)
        else:
            cutoff = within(band.cutoff_hz, sample_rate)
    rates = {"orig_sr": sample_rate, "target_sr": model.sample_rate}
    kept = kept_up_to(cutoff, sample_rate)
    if is_full(cutoff):
        yield from resample_blocks(blocks, **rates, channels=signal.channels)
    elif kept <= overlap_from(model.low_rate):
        low = _low(blocks, signal, sample_rate, model, clipping)
        high = upsample_segments(low, engine, model, channels=signal.channels, gain_db=band.gain_db)
        yield from _cut(high, signal, Fraction(model.sample_rate, sample_rate))
    else:
        for_low, for_own = branches(blocks, 2)
        low = _low(for_low, signal, sample_rate, model, clipping)
        high = upsample_segments(low, engine, model, channels=signal.channels)
        own = resample_blocks(for_own, **rates, channels=signal.channels)
        yield from add_above(own, high, model, replace(band, cutoff_hz=kept))


def _cut(
    high: Iterable[np.ndarray], signal: CheckedBlocks, ratio: Fraction
) -> Iterator[np.ndarray]:
    # the way over the low rate rounds the length twice; it is rounded once here
    done = 0
    for block in high:
        if signal.ended:
            block = block[: max(0, scaled_frames(signal.frames, ratio) - done)]
        done += len(block)
        yield block


def add_above(
    own: Iterable[np.ndarray], high: Iterable[np.ndarray], model: Model, band: Band
) -> Iterator[np.ndarray]:
    """Join a signal and the network's output at the signal's cut-off.

    Parameters
    ----------
    own, high : iterable of ndarray, float32, shape (frames, channels)
        The signal and the network's output at the model's high rate; `high` is not shorter.
    model : Model
    band : Band
        With a cut-off.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        In total as long as `own`.
    """
    rate, reader = model.sample_rate, FrameReader(own)
    cutoff = min(band.cutoff_hz or 0.0, rate / 2)
    pairs = equal_blocks(_paired(reader, high), BLOCK_FRAMES)
    # the crossover ends at the cut-off: beyond it the signal is missing
    middle = cutoff - crossover.WIDTH * rate / 2
    overlap = (overlap_from(model.low_rate), middle)
    if band.match and middle - overlap[0] >= MIN_BAND_HZ:
        unfilled, pairs = branches(pairs, 2)
        pairs = fill_holes(pairs, band=overlap, sample_rate=rate)
        pairs = match_levels(pairs, unfilled, band=overlap, sample_rate=rate)
    else:
        pairs = fill_holes(pairs, band=overlap, sample_rate=rate)
    gain = 10 ** (band.gain_db / 20)
    return crossover.cross_over(pairs, hertz=middle, sample_rate=rate, gain=gain)


def _paired(own: FrameReader, high: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    for block in high:
        below = own.read(len(block))
        yield np.concatenate([below, block[: len(below)]], axis=1)


def _low(
    blocks: Iterable[np.ndarray],
    signal: CheckedBlocks,
    rate: int,
    model: Model,
    clipping: Clipping,
) -> Iterator[np.ndarray]:
    # int16 (frames, channels) at the low rate; upsampled it is not shorter than the signal
    if rate == model.low_rate:
        yield from map(clipping.to_int16, blocks)
        return
    frames = 0
    for block in resample_blocks(
        blocks, orig_sr=rate, target_sr=model.low_rate, channels=signal.channels
    ):
        frames += len(block)
        yield clipping.to_int16(block)
    wanted = scaled_frames(signal.frames, Fraction(model.sample_rate, rate))
    if scaled_frames(frames, Fraction(model.sample_rate, model.low_rate)) < wanted:
        yield np.zeros((1, signal.channels), np.int16)
