"""Signals in blocks: cut, re-block, resample, look up by position.

Arrays are (frames, channels); floats are in 16-bit units (full scale 32768).
Every function on blocks gives, joined, what it would give on the whole signal.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import floor

import numpy as np
import soxr

SOXR_QUALITY = "VHQ"  # at 15 kHz flat to 6975 Hz


def excerpt(blocks: Iterable[np.ndarray], start: int, frames: int | None) -> Iterator[np.ndarray]:
    """Keep `frames` samples a channel from `start` on; None keeps all that follow."""
    position = 0
    end = None if frames is None else start + frames
    for block in blocks:
        first = max(0, start - position)
        last = len(block) if end is None else min(len(block), end - position)
        position += len(block)
        if first < last:
            yield block[first:last]
        # stopping here keeps a damaged rest of the file from being read
        if end is not None and position >= end:
            return


class FrameReader:
    """Read a given number of frames at a time from blocks of any sizes.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (frames, channels)
    """

    def __init__(self, blocks: Iterable[np.ndarray]) -> None:
        self._blocks = iter(blocks)
        self._rest: list[np.ndarray] = []
        self._held = 0

    def read(self, frames: int) -> np.ndarray:
        """Give the next `frames` frames, fewer only where the signal ends."""
        while self._held < frames and (block := next(self._blocks, None)) is not None:
            self._rest.append(block)
            self._held += len(block)
        joined = np.concatenate(self._rest) if self._rest else np.zeros((0, 1), np.float32)
        self._rest = [joined[frames:]]
        self._held = len(self._rest[0])
        return joined[:frames]


class Resampler:
    """soxr VHQ in blocks, with an exact length.

    Parameters
    ----------
    orig_sr, target_sr : int
        Rates in Hz.
    channels : int
    """

    def __init__(self, *, orig_sr: int, target_sr: int, channels: int) -> None:
        self._ratio = Fraction(target_sr, orig_sr)
        self._stream = soxr.ResampleStream(
            orig_sr, target_sr, channels, dtype="float32", quality=SOXR_QUALITY
        )
        self._channels = channels
        self._taken = self._given = 0

    def push(self, block: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Resample one more block; `last` gives the rest.

        Parameters
        ----------
        block : ndarray, shape (frames, channels)
            May be empty.
        last : bool
            No block follows.

        Returns
        -------
        ndarray, float32, shape (any, channels)
            All calls together give `scaled_frames(frames pushed, target_sr / orig_sr)`.
        """
        self._taken += len(block)
        out = self._stream.resample_chunk(np.ascontiguousarray(block, np.float32), last=last)
        if last:
            # soxr counts in floating point and can be one off at exact halves
            missing = scaled_frames(self._taken, self._ratio) - self._given
            out = np.concatenate([out, np.zeros((1, self._channels), np.float32)])[:missing]
        self._given += len(out)
        return out


def resample_blocks(
    blocks: Iterable[np.ndarray], *, orig_sr: int, target_sr: int, channels: int
) -> Iterator[np.ndarray]:
    """Resample a signal that comes in blocks; float32 blocks in 16-bit units."""
    resampler = Resampler(orig_sr=orig_sr, target_sr=target_sr, channels=channels)
    for block in blocks:
        yield resampler.push(block)
    yield resampler.push(np.zeros((0, channels), np.float32), last=True)


def resample(signal: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Resample a whole signal with soxr VHQ.

    Parameters
    ----------
    signal : ndarray, shape (frames, channels)
        In 16-bit units.
    orig_sr, target_sr : int
        Rates in Hz.

    Returns
    -------
    ndarray, float32, shape (scaled_frames(frames, target_sr / orig_sr), channels)
    """
    resampler = Resampler(orig_sr=orig_sr, target_sr=target_sr, channels=signal.shape[1])
    return resampler.push(signal, last=True)


def scaled_frames(frames: int, ratio: Fraction) -> int:
    """Give the length of a resampled signal: `frames * ratio`, halves rounded up.

    This is soxr's rule, so lengths agree with it at every rate the scripts use.

    Parameters
    ----------
    frames : int
        Samples a channel before resampling.
    ratio : Fraction
        Rate after resampling / rate before.

    Returns
    -------
    int
        Samples a channel after resampling.

    Examples
    --------
    >>> [scaled_frames(n, Fraction(147, 50)) for n in (0, 1, 49, 50, 51, 75)]
    [0, 3, 144, 147, 150, 221]
    """
    return floor(frames * ratio + Fraction(1, 2))


class Lookup:
    """Samples by their position, from blocks that pass by; zeros outside the signal."""

    def __init__(self, blocks: Iterable[np.ndarray], channels: int, dtype: type = np.int16) -> None:
        self._blocks = iter(blocks)
        self._held = np.zeros((0, channels), dtype)
        self._start = 0
        self.end: int | None = None  # known once the last block has come

    def read(self, index: np.ndarray) -> np.ndarray:
        """Give the samples at `index` (any shape); later calls look no further back."""
        self._fetch(int(index.max()) + 1)
        first = max(0, int(index.min()))
        # what lies before this call's first sample will not be asked for again
        self._held = self._held[max(0, first - self._start) :]
        self._start = max(self._start, first)
        place = index - self._start
        inside = (place >= 0) & (place < len(self._held))
        samples = np.zeros((*index.shape, self._held.shape[1]), self._held.dtype)
        samples[inside] = self._held[place[inside]]
        return samples

    def _fetch(self, end: int) -> None:
        parts, held = [self._held], self._start + len(self._held)
        while held < end and self.end is None:
            block = next(self._blocks, None)
            if block is None:
                self.end = held
            else:
                parts.append(block)
                held += len(block)
        self._held = np.concatenate(parts)
