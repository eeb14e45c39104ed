"""The files of one call of `--predict`: what is upsampled, where it goes, what is refused."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from tqdm import tqdm

from super_resolution.audio.blocks import scaled_frames
from super_resolution.audio.decoding import AudioFile, open_audio, open_stdin
from super_resolution.audio.pcm import FULL_SCALE, to_int16
from super_resolution.audio.wav import PIPE, stdout_writer, wav_writer
from super_resolution.errors import UsageError, command
from super_resolution.files import sha256, write_json
from super_resolution.network.saved_model import WEIGHTS, Model
from super_resolution.tracks.track import Track, find_tracks
from super_resolution.upsampling.bandwidth import measure_bandwidth
from super_resolution.upsampling.upsampler import Upsampler

NYQUIST_TOLERANCE = 1.03  # resampling filters have a transition band


@dataclass(frozen=True)
class Job:
    """One file to upsample.

    Parameters
    ----------
    audio : AudioFile
    destination : Path
    track : Track or None
        The track whose low version it is.
    """

    audio: AudioFile
    destination: Path
    track: Track | None = None

    @property
    def of_track(self) -> bool:
        """True if this makes a track's `upsampled.wav`."""
        return self.track is not None and self.destination == self.track.upsampled

    @property
    def to_stdout(self) -> bool:
        """True if the result goes to stdout."""
        return self.destination == PIPE


def find_jobs(
    files: Iterable[Path],
    *,
    data: Path,
    output: Path | None,
    rate: int,
    raw: tuple[int, int] | None = None,
) -> list[Job]:
    """Find what to upsample, and where it goes.

    Parameters
    ----------
    files : iterable of Path
        Audio files, or tracks by name or folder; none means all tracks of `data`,
        `PIPE` is stdin.
    data : Path
    output : Path or None
        Where the one file goes; otherwise `upsampled.wav` in a track's folder,
        NAME.44100.wav beside any other file, and stdout after stdin.
    rate : int
        In Hz, of what will be written.
    raw : tuple of int, optional
        Rate in Hz and channels of what comes from stdin without a header.

    Raises
    ------
    UsageError
        If `output` is given for several files, or `raw` and stdin do not fit.
    """
    files = list(files)
    if files.count(PIPE) > 1:
        raise UsageError("- is given twice, and there is one stdin")
    if raw and PIPE not in files:
        raise UsageError("--raw says what comes from stdin: give - as the file")
    folders = [path for path in files if is_track(path, data)]
    found = find_tracks(map(str, folders), data=data) if folders or not files else []
    jobs = [Job(open_audio(track.low), output or track.upsampled, track) for track in found]
    for path in files:
        if path == PIPE:
            jobs.append(Job(open_stdin(sys.stdin.buffer, raw), output or PIPE))
        elif path not in folders:
            beside = path.with_name(f"{path.stem}.{rate}.wav")
            jobs.append(Job(open_audio(path), output or beside))
    if output and output != PIPE and output.suffix.lower() != ".wav":
        raise UsageError(f"-o is {output}, and a WAV is written: give a name that ends in .wav")
    if output and len(jobs) > 1:
        raise UsageError(f"-o names one file, and there are {len(jobs)} to upsample")
    destinations = [job.destination.resolve() for job in jobs]
    twice = {str(path) for path in destinations if destinations.count(path) > 1}
    if twice:
        raise UsageError(f"{', '.join(twice)} would be written twice: upsample one with -o")
    return jobs


def is_track(path: Path, data: Path) -> bool:
    """Tell if a path on the command line names a scanned track."""
    return any((place / "track.json").is_file() for place in (path, data / path))


def check_job(job: Job, model: Model, *, resample: bool, force: bool) -> str | None:
    """Refuse what the model cannot do, and to overwrite a file that is not ours.

    Returns
    -------
    str or None
        A note for the user.

    Raises
    ------
    UsageError
        If the file would lose sound by being brought to the model's rate, or the
        output exists.
    """
    path = job.audio.path
    note = _check_rate(job, model, resample=resample)
    if job.to_stdout:
        if sys.stdout.isatty():
            raise UsageError("a WAV would go to the terminal: pipe it on, or name a file with -o")
        return note
    if job.destination.is_dir():
        raise UsageError(f"{job.destination} is a folder: give -o the name of a WAV")
    if not job.audio.once and job.destination.exists() and job.destination.samefile(path):
        raise UsageError(f"{path} would be written over itself: give another name with -o")
    if job.destination.exists() and not job.of_track and not force:
        raise UsageError(f"{job.destination} exists: --force replaces it, -o names another")
    return note


def _check_rate(job: Job, model: Model, *, resample: bool) -> str | None:
    # a file that was 15 kHz once may be brought there again; any other loses its treble
    path, rate, nyquist = job.audio.path, job.audio.sample_rate, model.low_rate / 2
    if rate == model.low_rate:
        return None
    brought = f"{path} is at {rate} Hz and is brought to {model.low_rate} Hz first"
    if resample:
        return f"{brought}; what it holds above {nyquist:g} Hz is replaced"
    named = job.track.folder if job.track and job.of_track else path
    remedy = f"--resample does it: {command('predict')} {named} --resample"
    if rate < model.low_rate or job.audio.once:
        raise UsageError(
            f"{path} is at {rate} Hz, and the model takes {model.low_rate} Hz: {remedy}"
        )
    reach = measure_bandwidth(job.audio.blocks(), rate)
    if reach > NYQUIST_TOLERANCE * nyquist:
        raise UsageError(
            f"{path} is at {rate} Hz and holds sound up to {reach / 1000:.1f} kHz, which would be "
            f"replaced above {nyquist / 1000:g} kHz by what the model makes up: {remedy}"
        )
    return f"{brought}; it reaches up to {reach / 1000:.1f} kHz, so nothing is lost"


def run_jobs(
    jobs: list[Job], upsampler: Upsampler, *, gain_db: float, log: Callable[[str], None]
) -> None:
    """Upsample the files, one after the other.

    Parameters
    ----------
    jobs : list of Job
        As `check_job` passed them.
    upsampler : Upsampler
    gain_db : float
        Gain of the added band.
    log : callable
        Takes each line for the user.
    """
    model, name = upsampler.model, upsampler.folder.name
    for job in jobs:
        if job.track and job.track.info.downsample != model.downsample:
            log(
                f"{job.track.name}: its low version was made by {job.track.info.downsample}, and "
                f"the model was trained on {model.downsample}: expect less of it"
            )
        frames = _run_job(job, upsampler, gain_db)
        if job.audio.warning:
            print(job.audio.warning, file=sys.stderr)
        if job.track and job.of_track:
            write_json(job.track.upsampled.with_suffix(".json"), _origin(upsampler, gain_db))
        length = f"{frames / model.sample_rate:.1f} s at {model.sample_rate} Hz"
        gain = f", treble {gain_db:+g} dB" if gain_db else ""
        log(f"{job.destination}: {length}, by {name}{gain}")


def _origin(upsampler: Upsampler, gain_db: float) -> dict:
    # what an upsampled track's JSON says of how it was made
    model = upsampler.model
    hop = model.grid.samples_of_steps(model.predict_steps - 2 * model.context)
    return {
        "model": upsampler.folder.name,
        "weights_sha256": sha256(upsampler.folder / WEIGHTS),
        "gain_db": gain_db,
        "window_frames": hop,
    }


def _run_job(job: Job, upsampler: Upsampler, gain_db: float) -> int:
    # returns the frames that were written
    source, rate = job.audio, upsampler.sample_rate
    channels, done = source.channels, 0
    blocks = (block / np.float32(FULL_SCALE) for block in source.blocks())
    high = upsampler.stream(
        blocks,
        sample_rate=source.sample_rate,
        channels=channels,
        gain_db=gain_db,
        known=job.track is not None and job.track.metadata in upsampler.model.tracks,
    )
    total = source.frames and scaled_frames(source.frames, Fraction(rate, source.sample_rate))
    with (
        stdout_writer(sample_rate=rate, channels=channels)
        if job.to_stdout
        else wav_writer(job.destination, sample_rate=rate, channels=channels) as out,
        tqdm(total=total, unit="frame", unit_scale=True, disable=None, leave=False) as bar,
    ):
        for block in high:
            out.write(to_int16(block * np.float32(FULL_SCALE)))
            bar.update(len(block))
            done += len(block)
    return done
