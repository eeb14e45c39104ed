"""Upsample the files of one call of `--predict`, one after the other."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from super_resolution.audio.blocks import scaled_frames
from super_resolution.audio.decoding import AudioFile
from super_resolution.audio.pcm import FULL_SCALE, Clipping
from super_resolution.audio.wav import stdout_writer, wav_writer
from super_resolution.console import print_line
from super_resolution.errors import Failures
from super_resolution.files import sha256, write_json
from super_resolution.network.saved_model import WEIGHTS
from super_resolution.progress import file_of, with_progress
from super_resolution.upsampling.jobs import Job
from super_resolution.upsampling.keeping.any_rate import describe, is_full, within
from super_resolution.upsampling.keeping.bandwidth import measure_cutoff, measure_first
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
    keep: bool = True,
    cutoff_hz: float | None = None,
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
    keep, cutoff_hz
        As for `Upsampler.stream`; the cut-off of a file is measured on all of it.
    total : int
        The number of jobs, for the progress.
    after : callable, optional
        Is called with each job when its result is written.
    """
    failures = failures or Failures(1)
    for number, job in enumerate(jobs, start=1):
        with failures.kept(job.path):
            source = _measured(job.audio, upsampler.low_rate, keep, cutoff_hz)
            _run_job(job, source, upsampler, gains, log, bar=file_of(number, total))
            if after:
                after(job)


@dataclass(frozen=True)
class _Source:
    # the samples of a file, and what is kept of them
    blocks: Iterator[np.ndarray]
    keep: bool
    cutoff_hz: float | None
    given: bool  # or measured

    @property
    def is_whole(self) -> bool:
        # nothing is missing
        return self.keep and self.cutoff_hz is not None and is_full(self.cutoff_hz)


def _measured(audio: AudioFile, low_rate: int, keep: bool, cutoff_hz: float | None) -> _Source:
    rate, blocks, given = audio.sample_rate, audio.blocks(), cutoff_hz is not None
    if cutoff_hz is not None:
        cutoff_hz = within(cutoff_hz, rate)
    elif keep and rate > low_rate and audio.once:
        cutoff_hz, blocks = measure_first(blocks, rate)
    elif keep and rate > low_rate:
        cutoff_hz = measure_cutoff(audio.blocks(), rate)
    return _Source(blocks, keep, cutoff_hz, given)


def _run_job(
    job: Job,
    source: _Source,
    upsampler: Upsampler,
    gains: Gains,
    log: Callable[[str], None],
    bar: AbstractContextManager,
) -> None:
    rate, low_rate = job.audio.sample_rate, upsampler.low_rate
    if rate != low_rate:
        found = describe(
            rate, low_rate, keep=source.keep, cutoff_hz=source.cutoff_hz, given=source.given
        )
        log(f"{job.audio.path}: {found}")
    track, model = job.track, upsampler.model
    if track and track.info.downsample != model.downsample:
        log(
            f"{track.name}: its low version was made by {track.info.downsample}, and the model "
            f"was trained on {model.downsample}: expect less of it"
        )
    clipping = Clipping()
    with bar:
        frames = _upsample(job, source, upsampler, gains, clipping)
    if job.audio.warning:
        print_line(job.audio.warning, sys.stderr)
    if job.of_track:
        write_json(job.destination.with_suffix(".json"), _origin(upsampler, gains))
    length = f"{frames / model.sample_rate:.1f} s at {model.sample_rate} Hz"
    named = (("treble", 0 if source.is_whole else gains.treble), ("gain", gains.output))
    told = "".join(f", {name} {gain:+g} dB" for name, gain in named if gain)
    if source.is_whole:
        by = "unchanged" if job.audio.sample_rate == model.sample_rate else "resampled"
    else:
        by = f"by {upsampler.folder.name}"
    log(f"{job.destination}: {length}, {by}{told}")
    if clipping.clipped:
        log(f"{job.destination}: {_clipped(clipping, gains)}")


def _clipped(clipping: Clipping, gains: Gains) -> str:
    less = "a lower --treble or " if gains.treble > 0 else ""
    return f"{clipping.text}: {less}--gain {gains.output + clipping.gain_db:g} prevents it"


def _origin(upsampler: Upsampler, gains: Gains) -> dict:
    # how the track was upsampled, for the JSON file beside the result
    model = upsampler.model
    # of hifi, a step of its LSTM: its windows of 10 s are too few to show anything
    steps = model.predict_steps - 2 * model.context
    if model.preset.network.restores_treble:
        steps = model.grid.step_multiple
    hop = model.grid.samples_of_steps(steps)
    return {
        "model": upsampler.folder.name,
        "trained": model.trained,
        "weights_sha256": sha256(upsampler.folder / WEIGHTS),
        "gain_db": gains.treble if model.preset.network.restores_treble else None,
        "window_frames": hop,
    } | ({"output_gain_db": gains.output} if gains.output else {})


def _upsample(
    job: Job, source: _Source, upsampler: Upsampler, gains: Gains, clipping: Clipping
) -> int:
    # returns the frames that were written
    audio, rate = job.audio, upsampler.sample_rate
    channels, done = audio.channels, 0
    # before the rounding to 16 bits: after it, what was over full scale is lost
    factor = np.float32(10 ** (gains.output / 20) / FULL_SCALE)
    high = upsampler.stream(
        (block * factor for block in source.blocks),
        sample_rate=audio.sample_rate,
        channels=channels,
        gain_db=gains.treble,
        keep=source.keep,
        cutoff_hz=source.cutoff_hz,
        clipping=clipping,
    )
    total = audio.frames and scaled_frames(audio.frames, Fraction(rate, audio.sample_rate))
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
