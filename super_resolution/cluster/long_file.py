"""A long file in parts: its low version and its segments on disk, until they are joined.

    .segments-<output>/     beside the output, in a folder that all workers see
      plan.json             what it is of, and how long; written when low.wav is complete
      low.wav               the file at the model's low rate
      0.wav  0.json         each segment, and what was clipped in it

Whoever finds a part there goes on after it: a task that is repeated because its worker died,
and the same command run again.
"""

import shutil
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from super_resolution.audio.blocks import scaled_frames
from super_resolution.audio.pcm import Clipping
from super_resolution.audio.wav import read_wav16, wav_writer
from super_resolution.errors import UserError
from super_resolution.files import read_json, write_json
from super_resolution.locks import beside
from super_resolution.upsampling.job_runner import Gains, blocks_of, is_known
from super_resolution.upsampling.jobs import Job
from super_resolution.upsampling.samples import CheckedBlocks
from super_resolution.upsampling.segments import Segments, upsample_segment
from super_resolution.upsampling.upsampler import Upsampler

PLAN = "plan.json"
LOW = "low.wav"


@dataclass(frozen=True)
class LongFile:
    """One long file, and the folder of its parts.

    Parameters
    ----------
    folder : Path
    channels : int
    low_frames, frames : int
        Samples a channel of the low version, and of the result.
    segments : int
    """

    folder: Path
    channels: int
    low_frames: int
    frames: int
    segments: int

    def part(self, number: int) -> Path:
        """Give the WAV of a segment; its JSON beside it says that it is complete."""
        return self.folder / f"{number}.wav"


def prepare(job: Job, upsampler: Upsampler, gains: Gains, origin: dict) -> LongFile:
    """Write the low version, unless it is there.

    Parameters
    ----------
    job : Job
    upsampler : Upsampler
    gains : Gains
    origin : dict
        All that the samples depend on: parts of another origin are removed.
    """
    folder, cut = beside(job.destination, "segments"), Segments.of(upsampler.model)
    plan = _plan(folder)
    if plan.get("origin") != origin:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        plan = {"origin": origin} | _write_low(folder / LOW, job, upsampler, gains)
        write_json(folder / PLAN, plan)
    low, frames = plan["low_frames"], plan["frames"]
    return LongFile(folder, job.audio.channels, low, frames, cut.count(low))


def upsample_part(
    long: LongFile, number: int, job: Job, upsampler: Upsampler, gains: Gains
) -> None:
    """Upsample one segment, unless it is there."""
    path = long.part(number)
    if path.with_suffix(".json").is_file():
        return
    first, end = Segments.of(upsampler.model).bounds(number)
    high = upsample_segment(
        [read_wav16(long.folder / LOW, first, end - first)],
        upsampler.engine,
        upsampler.model,
        number,
        channels=long.channels,
        gain_db=upsampler.treble_gain(gains.treble, known=is_known(job, upsampler)),
    )
    clipping = Clipping()
    with wav_writer(path, sample_rate=upsampler.sample_rate, channels=long.channels) as out:
        for block in high:
            out.write(clipping.to_int16(block))
    write_json(path.with_suffix(".json"), asdict(clipping))


def join(long: LongFile, job: Job, upsampler: Upsampler) -> tuple[Clipping, str | None]:
    """Join the segments to the output, and remove them.

    Returns
    -------
    Clipping
        Of the whole file.
    str or None
        The warning about the file, if there is one.
    """
    plan = _plan(long.folder)
    clipping, left = Clipping(**plan["clipping"]), long.frames
    rate, channels = upsampler.sample_rate, long.channels
    with wav_writer(job.destination, sample_rate=rate, channels=channels) as out:
        for number in range(long.segments):
            samples = read_wav16(long.part(number))[:left]
            out.write(samples)
            left -= len(samples)
            clipping.add(Clipping(**_read(long.part(number).with_suffix(".json"))))
        if left:
            raise UserError(f"{long.folder} is damaged: remove it, and run the command again")
    shutil.rmtree(long.folder, ignore_errors=True)
    return clipping, plan["warning"]


def _write_low(path: Path, job: Job, upsampler: Upsampler, gains: Gains) -> dict:
    source, clipping, low_frames = job.audio, Clipping(), 0
    rate, channels = source.sample_rate, source.channels
    counter = CheckedBlocks(blocks_of(job, gains), np.dtype(np.float32), channels)
    with wav_writer(path, sample_rate=upsampler.low_rate, channels=channels) as out:
        for block in upsampler.low_blocks(counter, rate, channels, clipping):
            out.write(block)
            low_frames += len(block)
    return {
        "low_frames": low_frames,
        "frames": scaled_frames(counter.frames, Fraction(upsampler.sample_rate, rate)),
        "clipping": asdict(clipping),
        "warning": source.warning,
    }


def _plan(folder: Path) -> dict:
    return _read(folder / PLAN) if (folder / PLAN).is_file() else {}


def _read(path: Path) -> dict:
    return read_json(path, remedy=f"remove {path.parent}")
