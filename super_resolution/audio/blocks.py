"""Signals in blocks: cut, rejoin, resample, look up samples by their position.

Blocks are arrays of shape (frames, channels); frames are samples a channel. Floats are in
16-bit units (full scale 32768). Every function on blocks returns, joined, what it would
return for the whole signal at once.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import floor

import numpy as np
import soxr

SOXR_QUALITY = "VHQ"  # at 15 kHz flat to 6975 Hz


def excerpt(blocks: Iterable[np.ndarray], start: int, frames: int | None) -> Iterator[np.ndarray]:
    """Cut the part from sample `start` on, `frames` long; None takes all that follows."""
    position = 0
    end = None if frames is None else start + frames
    for block in blocks:
        first = max(0, start - position)
        last = len(block) if end is None else min(len(block), end - position)
        position += len(block)
        if first < last:
            yield block[first:last]
        # read no further: the rest of the file may be damaged
        if end is not None and position >= end:
            return


def branches(blocks: Iterable[np.ndarray], count: int) -> list[Iterator[np.ndarray]]:
    """Read blocks several times, each time at another pace.

    As `itertools.tee`, which keeps the last 57 blocks: here a block is freed once all have read
    it.
    """
    source = iter(blocks)
    queues: list[deque[np.ndarray]] = [deque() for _ in range(count)]

    def branch(own: deque[np.ndarray]) -> Iterator[np.ndarray]:
        while True:
            if not own:
                block = next(source, None)
                if block is None:
                    return
                for queue in queues:
                    queue.append(block)
            yield own.popleft()

    return [branch(queue) for queue in queues]


class FrameReader:
    """Read any number of frames at a time from blocks of any sizes.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (frames, channels)
    """

    def __init__(self, blocks: Iterable[np.ndarray]) -> None:
        self._blocks = iter(blocks)
        self._buffer: list[np.ndarray] = []
        self._buffered_frames = 0

    def read(self, frames: int) -> np.ndarray:
        """Return the next `frames` frames; fewer only where the signal ends."""
        while self._buffered_frames < frames and (block := next(self._blocks, None)) is not None:
            self._buffer.append(block)
            self._buffered_frames += len(block)
        joined = np.concatenate(self._buffer) if self._buffer else np.zeros((0, 1), np.float32)
        self._buffer = [joined[frames:]]
        self._buffered_frames = len(self._buffer[0])
        return joined[:frames]


class Resampler:
    """Resample in blocks with soxr VHQ, to an exact length.

    Parameters
    ----------
    orig_sr, target_sr : int
        Sample rates in Hz.
    channels : int
    """

    def __init__(self, *, orig_sr: int, target_sr: int, channels: int) -> None:
        self._ratio = Fraction(target_sr, orig_sr)
        self._stream = soxr.ResampleStream(
            orig_sr, target_sr, channels, dtype="float32", quality=SOXR_QUALITY
        )
        self._channels = channels
        self._input_frames = self._output_frames = 0

    def push(self, block: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Resample one more block.

        Parameters
        ----------
        block : ndarray, shape (frames, channels)
            May be empty.
        last : bool
            No block follows: also return the samples that soxr still buffers.

        Returns
        -------
        ndarray, float32, shape (any, channels)
            All calls together return `scaled_frames(input frames, target_sr / orig_sr)`.
        """
        self._input_frames += len(block)
        out = self._stream.resample_chunk(np.ascontiguousarray(block, np.float32), last=last)
        if last:
            # soxr counts in floating point and can be one off at exact halves
            missing = scaled_frames(self._input_frames, self._ratio) - self._output_frames
            out = np.concatenate([out, np.zeros((1, self._channels), np.float32)])[:missing]
        self._output_frames += len(out)
        return out


def resample_blocks(
    blocks: Iterable[np.ndarray], *, orig_sr: int, target_sr: int, channels: int
) -> Iterator[np.ndarray]:
    """Resample a signal that comes in blocks, with soxr VHQ.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (frames, channels)
    orig_sr, target_sr : int
        Sample rates in Hz.
    channels : int

    Yields
    ------
    ndarray, float32, shape (any, channels)
        In the unit of the input; `scaled_frames(input frames, target_sr / orig_sr)` in total.
    """
    resampler = Resampler(orig_sr=orig_sr, target_sr=target_sr, channels=channels)
    for block in blocks:
        yield resampler.push(block)
    yield resampler.push(np.zeros((0, channels), np.float32), last=True)


def resample(signal: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Resample a whole signal with soxr VHQ.

    Parameters
    ----------
    signal : ndarray, shape (frames, channels)
    orig_sr, target_sr : int
        Sample rates in Hz.

    Returns
    -------
    ndarray, float32, shape (scaled_frames(frames, target_sr / orig_sr), channels)
        In the unit of the input.
    """
    resampler = Resampler(orig_sr=orig_sr, target_sr=target_sr, channels=signal.shape[1])
    return resampler.push(signal, last=True)


def scaled_frames(frames: int, ratio: Fraction) -> int:
    """Return the length of a resampled signal: `frames * ratio`, halves rounded up.

    This is soxr's rule, so that the length agrees with soxr's output at every sample rate.

    Parameters
    ----------
    frames : int
        Samples a channel before resampling.
    ratio : Fraction
        Sample rate after resampling / sample rate before.

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
    """Samples by their position, from blocks (frames, channels) that are read once, in order."""

    def __init__(self, blocks: Iterable[np.ndarray], channels: int, dtype: type = np.int16) -> None:
        self._blocks = iter(blocks)
        self._buffer: np.ndarray = np.zeros((0, channels), dtype)
        self._start = 0  # position of the buffer's first sample
        self.end: int | None = None  # length of the signal, once its last block was read

    def read(self, index: np.ndarray) -> np.ndarray:
        """Look up samples.

        Parameters
        ----------
        index : ndarray of int, any shape
            Positions; none may lie before the smallest position of an earlier call.

        Returns
        -------
        ndarray, dtype of the blocks, shape (*index.shape, channels)
            Zeros outside the signal.
        """
        self._fetch(int(index.max()) + 1)
        first = max(0, int(index.min()))
        # later calls need no samples before this call's first one
        self._buffer = self._buffer[max(0, first - self._start) :]
        self._start = max(self._start, first)
        offset = index - self._start
        inside = (offset >= 0) & (offset < len(self._buffer))
        samples = np.zeros((*index.shape, self._buffer.shape[1]), self._buffer.dtype)
        samples[inside] = self._buffer[offset[inside]]
        return samples

    def _fetch(self, end: int) -> None:
        # read blocks until the buffer reaches `end`, or the signal ends
        parts, buffer_end = [self._buffer], self._start + len(self._buffer)
        while buffer_end < end and self.end is None:
            block = next(self._blocks, None)
            if block is None:
                self.end = buffer_end
            else:
                parts.append(block)
                buffer_end += len(block)
        if len(parts) > 1:
            self._buffer = np.concatenate(parts)
