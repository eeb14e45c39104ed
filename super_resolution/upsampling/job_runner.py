"""Upsample the files of one call of `--predict`, one after the other."""

import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from super_resolution.audio.blocks import scaled_frames
from super_resolution.audio.pcm import FULL_SCALE, Clipping
from super_resolution.audio.wav import stdout_writer, wav_writer
from super_resolution.console import print_line
from super_resolution.errors import Failures
from super_resolution.files import sha256, write_json
from super_resolution.network.saved_model import WEIGHTS
from super_resolution.progress import file_of, with_progress
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
    jobs: Iterable[Job],
    upsampler: Upsampler,
    gains: Gains,
    *,
    log: Callable[[str], None],
    failures: Failures | None = None,
    total: int = 1,
    after: Callable[[Job], None] | None = None,
) -> None:
    """Upsample the files, one after the other.

    Parameters
    ----------
    jobs : iterable of Job
        As `check_job` passed them.
    upsampler : Upsampler
    gains : Gains
    log : callable
        Takes each line for the user.
    failures : Failures, optional
        Keeps the errors of single files; without it the first one is raised.
    total : int
        The number of jobs, for the progress.
    after : callable, optional
        Is called with each job when its result is written.
    """
    failures = failures or Failures(1)
    for number, job in enumerate(jobs, start=1):
        with failures.kept(job.path):
            _run_job(job, upsampler, gains, log, bar=file_of(number, total))
            if after:
                after(job)


def _run_job(
    job: Job,
    upsampler: Upsampler,
    gains: Gains,
    log: Callable[[str], None],
    bar: AbstractContextManager,
) -> None:
    track, model = job.track, upsampler.model
    if track and track.info.downsample != model.downsample:
        log(
            f"{track.name}: its low version was made by {track.info.downsample}, and the model "
            f"was trained on {model.downsample}: expect less of it"
        )
    clipping = Clipping()
    with bar:
        frames = _upsample(job, upsampler, gains, clipping)
    if job.audio.warning:
        print_line(job.audio.warning, sys.stderr)
    if job.of_track:
        write_json(job.destination.with_suffix(".json"), _origin(upsampler, gains))
    length = f"{frames / model.sample_rate:.1f} s at {model.sample_rate} Hz"
    named = (("treble", gains.treble), ("gain", gains.output))
    told = "".join(f", {name} {gain:+g} dB" for name, gain in named if gain)
    log(f"{job.destination}: {length}, by {upsampler.folder.name}{told}")
    if clipping.clipped:
        log(f"{job.destination}: {_clipped(clipping, gains)}")


def _clipped(clipping: Clipping, gains: Gains) -> str:
    less = "a lower --treble or " if gains.treble > 0 else ""
    return f"{clipping.text}: {less}--gain {gains.output + clipping.gain_db:g} prevents it"


def _origin(upsampler: Upsampler, gains: Gains) -> dict:
    # how the track was upsampled, for the JSON file beside the result
    model = upsampler.model
    hop = model.grid.samples_of_steps(model.predict_steps - 2 * model.context)
    return {
        "model": upsampler.folder.name,
        "trained": model.trained,
        "weights_sha256": sha256(upsampler.folder / WEIGHTS),
        "gain_db": gains.treble if model.preset.network.restores_treble else None,
        "window_frames": hop,
    } | ({"output_gain_db": gains.output} if gains.output else {})


def _upsample(job: Job, upsampler: Upsampler, gains: Gains, clipping: Clipping) -> int:
    # returns the frames that were written
    source, rate = job.audio, upsampler.sample_rate
    channels, done = source.channels, 0
    # before the rounding to 16 bits: after it, what was over full scale is lost
    factor = np.float32(10 ** (gains.output / 20) / FULL_SCALE)
    high = upsampler.stream(
        (block * factor for block in source.blocks()),
        sample_rate=source.sample_rate,
        channels=channels,
        gain_db=gains.treble,
        clipping=clipping,
    )
    total = source.frames and scaled_frames(source.frames, Fraction(rate, source.sample_rate))
    shown = with_progress(high, job.name, sample_rate=rate, frames=total)
    with (
        stdout_writer(sample_rate=rate, channels=channels)
        if job.to_stdout
        else wav_writer(job.destination, sample_rate=rate, channels=channels) as out
    ):
        for block in shown:
            out.write(clipping.to_int16(block * np.float32(FULL_SCALE)))
            done += len(block)
    return done
