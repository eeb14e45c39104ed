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
from super_resolution.audio.pcm import FULL_SCALE, Clipping
from super_resolution.audio.wav import PIPE, stdout_writer, wav_writer
from super_resolution.console import print_line
from super_resolution.errors import UsageError, command
from super_resolution.files import sha256, write_json
from super_resolution.network.saved_model import WEIGHTS, Model
from super_resolution.tracks.track import Track, check_wav, find_folders, load_track
from super_resolution.upsampling.bandwidth import measure_bandwidth
from super_resolution.upsampling.upsampler import Upsampler

NYQUIST_TOLERANCE = 1.03  # resampling filters have a transition band
UPSAMPLED = "upsampled.wav"  # in a track's folder


@dataclass(frozen=True)
class Job:
    """One file or track to upsample.

    Parameters
    ----------
    path : Path
        A file, a track's folder, or `PIPE`.
    destination : Path
    is_track : bool
    raw : tuple of int, optional
        Rate in Hz and channels of what comes from stdin without a header.
    """

    path: Path
    destination: Path
    is_track: bool = False
    raw: tuple[int, int] | None = None

    @property
    def of_track(self) -> bool:
        """True if this makes a track's `upsampled.wav`."""
        return self.is_track and self.destination == self.path / UPSAMPLED

    @property
    def to_stdout(self) -> bool:
        """True if the result goes to stdout."""
        return self.destination == PIPE


@dataclass(frozen=True)
class OpenJob:
    """A job whose file is open and was found fit for the model.

    Parameters
    ----------
    job : Job
    audio : AudioFile
    track : Track or None
        The track whose low version it is.
    note : str or None
        What the user should know before.
    """

    job: Job
    audio: AudioFile
    track: Track | None = None
    note: str | None = None


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


def find_jobs(
    files: Iterable[Path],
    *,
    data: Path,
    output: Path | None,
    rate: int,
    raw: tuple[int, int] | None = None,
) -> list[Job]:
    """Find what to upsample, and where it goes; no file is opened.

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
    UserError
        If there are no tracks and no files.
    """
    files = list(files)
    if files.count(PIPE) > 1:
        raise UsageError("- is given twice, and there is one stdin")
    if raw and PIPE not in files:
        raise UsageError("--raw says what comes from stdin: give - as the file")
    named = [path for path in files if is_track(path, data)]
    folders = find_folders(map(str, named), data=data) if named or not files else []
    jobs = [Job(folder, output or folder / UPSAMPLED, is_track=True) for folder in folders]
    for path in files:
        if path == PIPE:
            jobs.append(Job(path, output or PIPE, raw=raw))
        elif path not in named:
            jobs.append(Job(path, output or path.with_name(f"{path.stem}.{rate}.wav")))
    _check_destinations(jobs, output)
    return jobs


def _check_destinations(jobs: list[Job], output: Path | None) -> None:
    if output and output != PIPE and output.suffix.lower() != ".wav":
        raise UsageError(f"-o is {output}, and a WAV is written: give a name that ends in .wav")
    if output and len(jobs) > 1:
        raise UsageError(f"-o names one file, and there are {len(jobs)} to upsample")
    destinations = [job.destination.resolve() for job in jobs]
    twice = {str(path) for path in destinations if destinations.count(path) > 1}
    if twice:
        raise UsageError(f"{', '.join(twice)} would be written twice: upsample one with -o")


def is_track(path: Path, data: Path) -> bool:
    """Tell if a path on the command line names a scanned track."""
    return any((place / "track.json").is_file() for place in (path, data / path))


def open_job(job: Job, model: Model, *, resample: bool, force: bool) -> OpenJob:
    """Open a job's file, and refuse what the model cannot do, or to overwrite what is not ours.

    Parameters
    ----------
    job : Job
    model : Model
    resample : bool
        Take files at any rate.
    force : bool
        Overwrite.

    Raises
    ------
    UsageError
        If the file would lose sound by being brought to the model's rate, or the
        output exists.
    UserError
        If it cannot be read.
    """
    if job.is_track:
        track = load_track(job.path)
        check_wav(track, track.low)
        audio = open_audio(track.low)
    else:
        track = None
        audio = open_stdin(sys.stdin.buffer, job.raw) if job.path == PIPE else open_audio(job.path)
    note = _check_rate(job, audio, model, resample=resample)
    _check_destination(job, audio, force=force)
    return OpenJob(job, audio, track, note)


def _check_destination(job: Job, audio: AudioFile, *, force: bool) -> None:
    path = job.destination
    if job.to_stdout:
        if sys.__stdout__ is None:
            raise UsageError("stdout is closed: name a file with -o")
        if sys.stdout.isatty():
            raise UsageError("a WAV would go to the terminal: pipe it on, or name a file with -o")
        return
    if path.is_dir():
        raise UsageError(f"{path} is a folder: give -o the name of a WAV")
    if not audio.once and path.exists() and path.samefile(audio.path):
        raise UsageError(f"{audio.path} would be written over itself: give another name with -o")
    if path.exists() and not job.of_track and not force:
        raise UsageError(f"{path} exists: --force replaces it, -o names another")


def _check_rate(job: Job, audio: AudioFile, model: Model, *, resample: bool) -> str | None:
    # a file that was 15 kHz once may be brought there again; any other loses its treble
    path, rate, nyquist = audio.path, audio.sample_rate, model.low_rate / 2
    if rate == model.low_rate:
        return None
    brought = f"{path} is at {rate} Hz and is brought to {model.low_rate} Hz first"
    if resample:
        return f"{brought}; what it holds above {nyquist:g} Hz is replaced"
    remedy = f"--resample does it: {command('predict')} {job.path} --resample"
    if rate < model.low_rate or audio.once:
        raise UsageError(
            f"{path} is at {rate} Hz, and the model takes {model.low_rate} Hz: {remedy}"
        )
    reach = measure_bandwidth(audio.blocks(), rate)
    if reach > NYQUIST_TOLERANCE * nyquist:
        raise UsageError(
            f"{path} is at {rate} Hz and holds sound up to {reach / 1000:.1f} kHz, which would be "
            f"replaced above {nyquist / 1000:g} kHz by what the model makes up: {remedy}"
        )
    return f"{brought}; it reaches up to {reach / 1000:.1f} kHz, so nothing is lost"


def run_job(
    opened: OpenJob, upsampler: Upsampler, gains: Gains, *, log: Callable[[str], None]
) -> None:
    """Upsample one file.

    Parameters
    ----------
    opened : OpenJob
    upsampler : Upsampler
    gains : Gains
    log : callable
        Takes each line for the user.
    """
    job, track, model = opened.job, opened.track, upsampler.model
    if track and track.info.downsample != model.downsample:
        log(
            f"{track.name}: its low version was made by {track.info.downsample}, and the model "
            f"was trained on {model.downsample}: expect less of it"
        )
    clipping = Clipping()
    frames = _upsample(opened, upsampler, gains, clipping)
    if opened.audio.warning:
        print_line(opened.audio.warning, sys.stderr)
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
    # what an upsampled track's JSON says of how it was made
    model = upsampler.model
    hop = model.grid.samples_of_steps(model.predict_steps - 2 * model.context)
    return {
        "model": upsampler.folder.name,
        "weights_sha256": sha256(upsampler.folder / WEIGHTS),
        "gain_db": gains.treble,
        "output_gain_db": gains.output,
        "window_frames": hop,
    }


def _upsample(opened: OpenJob, upsampler: Upsampler, gains: Gains, clipping: Clipping) -> int:
    # returns the frames that were written
    job, source, track, rate = opened.job, opened.audio, opened.track, upsampler.sample_rate
    channels, done = source.channels, 0
    # before the rounding to 16 bits: after it, what was over full scale is lost
    factor = np.float32(10 ** (gains.output / 20) / FULL_SCALE)
    high = upsampler.stream(
        (block * factor for block in source.blocks()),
        sample_rate=source.sample_rate,
        channels=channels,
        gain_db=gains.treble,
        known=track is not None and track.metadata in upsampler.model.tracks,
        clipping=clipping,
    )
    total = source.frames and scaled_frames(source.frames, Fraction(rate, source.sample_rate))
    with (
        stdout_writer(sample_rate=rate, channels=channels)
        if job.to_stdout
        else wav_writer(job.destination, sample_rate=rate, channels=channels) as out,
        tqdm(total=total, unit="frame", unit_scale=True, disable=None, leave=False) as bar,
    ):
        for block in high:
            out.write(clipping.to_int16(block * np.float32(FULL_SCALE)))
            bar.update(len(block))
            done += len(block)
    return done
