"""A long file in parts: its low version and its segments on disk, until they are joined.

    .segments-<output>/     beside the output, in a folder that all workers see
      low.wav               what the network takes of the file: int16 at the model's low rate
      plan.json             what it is of; written when low.wav is complete
      0.npy                 float32 (frames, channels): each segment

The file goes the way of any other file twice, with something else in place of the network's
engine: the first time the low version is written down, the last time the segments are read.
Whoever finds a part there goes on after it: a task that is repeated because its worker died,
and the same command run again.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from super_resolution.audio.wav import WavWriter, read_wav16, wav16_form, wav_writer
from super_resolution.files import read_json, replacing, write_json
from super_resolution.locks import beside
from super_resolution.upsampling.jobs import Job
from super_resolution.upsampling.segments import Elsewhere, Segments, upsample_segment
from super_resolution.upsampling.upsampler import Upsampler

if TYPE_CHECKING:
    from super_resolution.engines.base import Engine

Run = Callable[[Job, Upsampler], None]  # upsamples one file

PLAN, LOW, NOTHING = "plan.json", "low.wav", "nothing.wav"
DAMAGED = "remove the folder, and run the command again"


@dataclass(frozen=True)
class LongFile:
    """A long file whose low version is written.

    Parameters
    ----------
    folder : Path
    segments : int
    gain_db : float
        Of the added band.
    """

    folder: Path
    segments: int
    gain_db: float

    def part(self, number: int) -> Path:
        """Give the file of a segment."""
        return self.folder / f"{number}.npy"


def prepare(job: Job, upsampler: Upsampler, run: Run, origin: dict) -> LongFile:
    """Write the low version, unless it is there.

    Parameters
    ----------
    job : Job
    upsampler : Upsampler
    run : callable
    origin : dict
        All that the samples depend on: parts of another origin are removed.
    """
    folder = beside(job.destination, "segments")
    plan = _plan(folder)
    if plan.get("origin") != origin:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with wav_writer(
            folder / LOW, sample_rate=upsampler.low_rate, channels=job.audio.channels
        ) as out:
            writing = _Writing(out, Segments.of(upsampler.model))
            # no samples come out of it
            nothing = replace(job, destination=folder / NOTHING)
            run(nothing, _with(upsampler, writing))
        plan = {"origin": origin, "gain_db": writing.gain_db}
        write_json(folder / PLAN, plan)
    _, _, frames = wav16_form(folder / LOW)
    return LongFile(folder, Segments.of(upsampler.model).count(frames), plan["gain_db"])


def upsample_part(long: LongFile, number: int, upsampler: Upsampler) -> None:
    """Upsample one segment, unless it is there."""
    path, (first, end) = long.part(number), Segments.of(upsampler.model).bounds(number)
    if path.is_file():
        return
    low = read_wav16(long.folder / LOW, first, end - first)
    channels = low.shape[1]
    high = upsample_segment(
        [low], upsampler.engine, upsampler.model, number, channels=channels, gain_db=long.gain_db
    )
    samples = np.concatenate([np.zeros((0, channels), np.float32), *high])
    with replacing(path) as part:
        np.save(part, samples, allow_pickle=False)


def join(job: Job, upsampler: Upsampler, run: Run, long: LongFile) -> None:
    """Write the output from the segments, and remove them."""
    run(job, _with(upsampler, _Reading(long)))
    shutil.rmtree(long.folder, ignore_errors=True)


def _with(upsampler: Upsampler, elsewhere: Elsewhere) -> Upsampler:
    # `upsample_segments` is the only one that the engine is given to
    return Upsampler(upsampler.folder, upsampler.model, cast("Engine", elsewhere))


class _Writing:
    """Writes the low version down, each sample once."""

    def __init__(self, out: WavWriter, segments: Segments) -> None:
        self._out, self._segments, self._done, self.gain_db = out, segments, 0, 0.0

    def segment(
        self, blocks: Iterable[np.ndarray], number: int, *, channels: int, gain_db: float
    ) -> Iterator[np.ndarray]:
        self.gain_db = gain_db
        position = self._segments.bounds(number)[0]
        for block in blocks:
            fresh = block[max(0, self._done - position) :]
            self._out.write(fresh)
            position += len(block)
            self._done += len(fresh)
        yield np.zeros((0, channels), np.float32)


class _Reading:
    """Gives the segments that are there."""

    def __init__(self, long: LongFile) -> None:
        self._long = long

    def segment(
        self, blocks: Iterable[np.ndarray], number: int, *, channels: int, gain_db: float
    ) -> Iterator[np.ndarray]:
        for _ in blocks:
            pass
        yield np.load(self._long.part(number), allow_pickle=False)


def _plan(folder: Path) -> dict:
    return read_json(folder / PLAN, remedy=DAMAGED) if (folder / PLAN).is_file() else {}
