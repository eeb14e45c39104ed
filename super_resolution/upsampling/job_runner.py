"""Upsample the files of one call of `--predict`, one after the other."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from tqdm import tqdm

from super_resolution.audio.blocks import scaled_frames
from super_resolution.audio.pcm import FULL_SCALE, Clipping
from super_resolution.audio.wav import stdout_writer, wav_writer
from super_resolution.console import print_line
from super_resolution.errors import Failures
from super_resolution.files import sha256, write_json
from super_resolution.network.saved_model import WEIGHTS
from super_resolution.upsampling.jobs import Job
from super_resolution.upsampling.upsampler import Upsampler


@dataclass(frozen=True)
class Gains:
    """Gains in dB.

    Parameters
    ----------
    treble : float
        Of the added band.
    output : float
        Of the whole output; applied to the file before it is rounded to 16 bits.
    """

    treble: float = 0.0
    output: float = 0.0


def run_jobs(
    jobs: list[Job],
    upsampler: Upsampler,
    gains: Gains,
    *,
    log: Callable[[str], None],
    failures: Failures | None = None,
) -> None:
    """Upsample the files, one after the other.

    Parameters
    ----------
    jobs : list of Job
        As `check_job` passed them.
    upsampler : Upsampler
    gains : Gains
    log : callable
        Takes each line for the user.
    failures : Failures, optional
        Keeps the errors of single files; without it the first one is raised.
    """
    failures = failures or Failures(1)
    for job in jobs:
        with failures.kept(job.path):
            warning = run_job(job, upsampler, gains, log=log)
            if warning:
                print_line(warning, sys.stderr)


def run_job(
    job: Job,
    upsampler: Upsampler,
    gains: Gains,
    *,
    log: Callable[[str], None],
    progress: bool = True,
) -> str | None:
    """Upsample one file; gives what the user should know of it, such as that it is cut off.

    Parameters
    ----------
    progress : bool
        Show a progress bar on a terminal.
    job, upsampler, gains, log
        As for `run_jobs`.
    """
    note_downsampling(job, upsampler, log)
    clipping = Clipping()
    frames = _upsample(job, upsampler, gains, clipping, progress)
    describe_result(job, upsampler, gains, frames, clipping, log)
    return job.audio.warning


def note_downsampling(job: Job, upsampler: Upsampler, log: Callable[[str], None]) -> None:
    """Tell where a track's low version is not of the kind that the model was trained on."""
    track, model = job.track, upsampler.model
    if track and track.info.downsample != model.downsample:
        log(
            f"{track.name}: its low version was made by {track.info.downsample}, and the model "
            f"was trained on {model.downsample}: expect less of it"
        )


def describe_result(
    job: Job,
    upsampler: Upsampler,
    gains: Gains,
    frames: int,
    clipping: Clipping,
    log: Callable[[str], None],
) -> None:
    """Tell what was written, and write a track's `upsampled.json`."""
    if job.of_track:
        write_json(job.destination.with_suffix(".json"), _origin(upsampler, gains))
    rate = upsampler.sample_rate
    length = f"{frames / rate:.1f} s at {rate} Hz"
    named = (("treble", gains.treble), ("gain", gains.output))
    told = "".join(f", {name} {gain:+g} dB" for name, gain in named if gain)
    log(f"{job.destination}: {length}, by {upsampler.folder.name}{told}")
    if clipping.clipped:
        log(f"{job.destination}: {_clipped(clipping, gains)}")


def is_known(job: Job, upsampler: Upsampler) -> bool:
    """Tell if the model was trained on this song."""
    return job.track is not None and job.track.metadata in upsampler.model.tracks


def blocks_of(job: Job, gains: Gains) -> Iterator[np.ndarray]:
    """Give a job's audio as float32 in [-1, 1], with the gain of the output."""
    # before the rounding to 16 bits: after it, what was over full scale is lost
    factor = np.float32(10 ** (gains.output / 20) / FULL_SCALE)
    return (block * factor for block in job.audio.blocks())


def _clipped(clipping: Clipping, gains: Gains) -> str:
    less = "a lower --treble or " if gains.treble > 0 else ""
    return f"{clipping.text}: {less}--gain {gains.output + clipping.gain_db:g} prevents it"


def _origin(upsampler: Upsampler, gains: Gains) -> dict:
    # how the track was upsampled, for its upsampled.json
    model = upsampler.model
    hop = model.grid.samples_of_steps(model.predict_steps - 2 * model.context)
    return {
        "model": upsampler.folder.name,
        "weights_sha256": sha256(upsampler.folder / WEIGHTS),
        "gain_db": gains.treble,
        "window_frames": hop,
    } | ({"output_gain_db": gains.output} if gains.output else {})


def _upsample(
    job: Job, upsampler: Upsampler, gains: Gains, clipping: Clipping, progress: bool
) -> int:
    # returns the frames that were written
    source, rate = job.audio, upsampler.sample_rate
    channels, done = source.channels, 0
    high = upsampler.stream(
        blocks_of(job, gains),
        sample_rate=source.sample_rate,
        channels=channels,
        gain_db=gains.treble,
        known=is_known(job, upsampler),
        clipping=clipping,
    )
    total = source.frames and scaled_frames(source.frames, Fraction(rate, source.sample_rate))
    with (
        stdout_writer(sample_rate=rate, channels=channels)
        if job.to_stdout
        else wav_writer(job.destination, sample_rate=rate, channels=channels) as out,
        tqdm(
            total=total,
            unit="frame",
            unit_scale=True,
            disable=None if progress else True,
            leave=False,
        ) as bar,
    ):
        for block in high:
            out.write(clipping.to_int16(block * np.float32(FULL_SCALE)))
            bar.update(len(block))
            done += len(block)
    return done
