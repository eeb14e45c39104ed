"""A long signal in segments, each upsampled on its own with context at both ends.

    low      |----- segment 0 -----|----- segment 1 -----|-- segment 2 --|
    read     |---------------------+ctx|
                               |ctx+---------------------+ctx|

What is made of the context is thrown away. The context is longer than the reach of all
filters and the context of the network together, and every segment starts at a whole number
of samples of both rates, where soxr gives the same bits from any start: there is no seam.
One process makes the segments one after the other, many may share them out: each segment is
the same computation, so the samples are the same ones.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import ceil
from typing import Protocol

import numpy as np

from super_resolution.audio.blocks import excerpt
from super_resolution.engines.base import Engine
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.stream import upsample_blocks

SECONDS = 120.0  # long enough that the contexts cost under one per cent
FILTER_SECONDS = 0.25  # the high-pass and two windows of short-time power reach 0.06 s


@dataclass(frozen=True)
class Segments:
    """Where the segments of a signal lie.

    Parameters
    ----------
    length, context : int
        In low samples: of a segment, and of what is read on either side of it.
    ratio : Fraction
        High rate / low rate.
    """

    length: int
    context: int
    ratio: Fraction

    @classmethod
    def of(
        cls, model: Model, *, seconds: float = SECONDS, filters: float = FILTER_SECONDS
    ) -> "Segments":
        """Give the segments for a model.

        Parameters
        ----------
        model : Model
        seconds, filters : float
            About how long a segment is, and how far the filters reach.
        """
        unit = model.grid.ratio.denominator  # low samples that are a whole number of high ones
        network = model.grid.samples_of_steps(model.context) / model.sample_rate
        length = round(seconds * model.low_rate / unit)
        context = ceil((filters + network) * model.low_rate / unit)
        return cls(max(1, length) * unit, context * unit, model.grid.ratio)

    def count(self, frames: int) -> int:
        """Count the segments of a signal of so many low samples, 1 at least."""
        return max(1, -(-frames // self.length))

    def bounds(self, number: int) -> tuple[int, int]:
        """Give the low samples that a segment needs: the first, and that after the last."""
        first = number * self.length
        return max(0, first - self.context), first + self.length + self.context

    def kept(self, number: int) -> tuple[int, int]:
        """Give the high samples to keep of what its low ones give: how many after which."""
        before = number * self.length - self.bounds(number)[0]
        return int(before * self.ratio), int(self.length * self.ratio)


def upsample_segment(
    blocks: Iterable[np.ndarray],
    engine: Engine,
    model: Model,
    number: int,
    *,
    channels: int,
    gain_db: float = 0.0,
) -> Iterator[np.ndarray]:
    """Upsample one segment.

    Parameters
    ----------
    blocks : iterable of ndarray, int16, shape (frames, channels)
        The low samples of its `Segments.bounds`.
    number : int
        From 0.
    engine, model, channels, gain_db
        As for `upsample_blocks`.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        As from `upsample_blocks`; the segments joined are the signal.
    """
    high = upsample_blocks(blocks, engine, model, channels=channels, gain_db=gain_db)
    return excerpt(high, *Segments.of(model).kept(number))


class Elsewhere(Protocol):
    """In place of an engine: whatever gives segments that are made elsewhere."""

    def segment(
        self, blocks: Iterable[np.ndarray], number: int, *, channels: int, gain_db: float
    ) -> Iterator[np.ndarray]:
        """Give a segment, as `upsample_segment` does, and read all of `blocks`."""


def upsample_segments(
    blocks: Iterable[np.ndarray],
    engine: Engine | Elsewhere,
    model: Model,
    *,
    channels: int,
    gain_db: float = 0.0,
) -> Iterator[np.ndarray]:
    """Upsample a signal of any length, segment by segment; see `upsample_blocks`."""
    low, segments = _Overlapping(blocks), Segments.of(model)
    for number in count():
        part = low.read(*segments.bounds(number))
        if hasattr(engine, "segment"):
            yield from engine.segment(part, number, channels=channels, gain_db=gain_db)
        else:
            yield from upsample_segment(
                part, engine, model, number, channels=channels, gain_db=gain_db
            )
        if not low.reaches((number + 1) * segments.length):
            return


class _Overlapping:
    """Parts of a signal in blocks, each of which begins within the one before."""

    def __init__(self, blocks: Iterable[np.ndarray]) -> None:
        self._blocks = iter(blocks)
        self._held: deque[np.ndarray] = deque()
        self._first = self._end = 0  # positions of the samples held

    def read(self, first: int, end: int) -> Iterator[np.ndarray]:
        """Give the blocks from sample `first` to `end`; `first` never decreases."""
        while self._held and self._first + len(self._held[0]) <= first:
            self._first += len(self._held.popleft())
        position, held = self._first, list(self._held)
        while position < end and (held or self.reaches(position)):
            block = held.pop(0) if held else self._held[-1]
            yield block[max(0, first - position) : end - position]
            position += len(block)

    def reaches(self, position: int) -> bool:
        """Tell if the signal has a sample at this position; reads up to it."""
        while self._end <= position and (block := next(self._blocks, None)) is not None:
            if len(block):
                self._held.append(block)
                self._end += len(block)
        return position < self._end
