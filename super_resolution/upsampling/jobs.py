"""The files of one call of `--predict`: what is upsampled, where it goes, what is refused."""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from super_resolution.audio.decoding import AudioFile, open_audio, open_stdin
from super_resolution.audio.folders import audio_files
from super_resolution.audio.wav import PIPE
from super_resolution.console import printable
from super_resolution.errors import UsageError, command
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import Track, check_wav, find_folders, load_track
from super_resolution.tracks.upsampled import wav_of


@dataclass(frozen=True)
class Job:
    """One file or track to upsample; it is opened when its audio is asked for.

    Parameters
    ----------
    path : Path
        A file, a track's folder, or `PIPE`.
    destination : Path
    model : str
        Name of the model that upsamples it.
    is_track : bool
    raw : tuple of int, optional
        Rate in Hz and channels of what comes from stdin without a header.
    of_folder : bool
        It was found in a folder: a result that is there already is kept.
    """

    path: Path
    destination: Path
    model: str
    is_track: bool = False
    raw: tuple[int, int] | None = None
    of_folder: bool = False

    @property
    def done(self) -> bool:
        """True if the result was made before, and is kept."""
        return self.of_folder and self.destination.is_file()

    @cached_property
    def track(self) -> Track | None:
        """The track, once its low version is known to fit its `track.json`."""
        if not self.is_track:
            return None
        track = load_track(self.path)
        check_wav(track, track.low)
        return track

    @cached_property
    def audio(self) -> AudioFile:
        """The file, or the track's low version."""
        if self.path == PIPE:
            return open_stdin(sys.stdin.buffer, self.raw)
        return open_audio(self.track.low if self.track else self.path)

    @property
    def name(self) -> str:
        """What the progress calls it."""
        return printable(self.path.name) or str(self.path)

    @property
    def of_track(self) -> bool:
        """True if the result belongs to a track."""
        return self.is_track and self.destination == wav_of(self.path, self.model)

    @property
    def to_stdout(self) -> bool:
        """True if the result goes to stdout."""
        return self.destination == PIPE


def find_jobs(
    files: Iterable[Path],
    *,
    model: str,
    data: Path,
    output: Path | None,
    rate: int,
    raw: tuple[int, int] | None = None,
    recursive: bool = False,
) -> list[Job]:
    """Find what to upsample, and where it goes; no file is opened.

    Parameters
    ----------
    files : iterable of Path
        Audio files, folders of them, or tracks by name or folder; none means all tracks of
        `data`, `PIPE` is stdin.
    model : str
        Name of the model.
    data : Path
    output : Path or None
        Where the one file goes; otherwise `upsampled/<model>.wav` in a track's folder,
        NAME.44100.wav beside any other file, and stdout after stdin.
    rate : int
        In Hz, of what will be written.
    raw : tuple of int, optional
        Rate in Hz and channels of what comes from stdin without a header.
    recursive : bool
        Take the folders in a folder, too.

    Raises
    ------
    UsageError
        If `output` is given for several files, `raw` and stdin do not fit, or a folder
        holds no audio file.
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
    jobs = [
        Job(folder, output or wav_of(folder, model), model, is_track=True) for folder in folders
    ]
    for path in files:
        if path == PIPE:
            jobs.append(Job(path, output or PIPE, model, raw=raw))
        elif path not in named and path.is_dir():
            jobs += _jobs_of_folder(path, model, output, rate, recursive)
        elif path not in named:
            jobs.append(Job(path, output or path.with_name(f"{path.stem}.{rate}.wav"), model))
    _check_destinations(jobs, output)
    return jobs


def _jobs_of_folder(
    folder: Path, model: str, output: Path | None, rate: int, recursive: bool
) -> list[Job]:
    end = f".{rate}.wav"  # of results, which are not upsampled again
    paths = [
        path for path in audio_files(folder, recursive=recursive) if not path.name.endswith(end)
    ]
    if not paths:
        deeper = "" if recursive else " (--recursive looks into its folders, too)"
        raise UsageError(f"{folder} is a folder without audio files to upsample{deeper}")
    stems = Counter(path.with_suffix("") for path in paths)
    # a.flac and a.mp3 become a.flac.44100.wav and a.mp3.44100.wav
    names = [path.stem if stems[path.with_suffix("")] == 1 else path.name for path in paths]
    return [
        Job(path, output or path.with_name(name + end), model, of_folder=True)
        for path, name in zip(paths, names, strict=True)
    ]


def _check_destinations(jobs: list[Job], output: Path | None) -> None:
    if output and output != PIPE and output.suffix.lower() != ".wav":
        raise UsageError(f"-o is {output}, and a WAV is written: give a name that ends in .wav")
    if output and len(jobs) > 1:
        raise UsageError(f"-o names one file, and there are {len(jobs)} to upsample")
    destinations = Counter(job.destination.resolve() for job in jobs)
    twice = [str(path) for path, count in destinations.items() if count > 1]
    if twice:
        raise UsageError(f"{', '.join(twice)} would be written twice: upsample one with -o")


def fits(job: Job, model: Model) -> bool:
    """Tell if a track has the rates that a model was made for."""
    info = job.track.info if job.track else None
    return info is not None and (info.low_rate, info.sample_rate) == (
        model.low_rate,
        model.sample_rate,
    )


def is_track(path: Path, data: Path) -> bool:
    """Tell if a path on the command line names a scanned track."""
    return any((place / "track.json").is_file() for place in (path, data / path))


def check_job(job: Job, model: Model, *, replace: bool, force: bool) -> None:
    """Refuse what the model cannot do, and to overwrite a file that is not ours.

    Raises
    ------
    UsageError
        If the file is at a lower rate than the model takes, or the output exists.
    UserError
        If it cannot be read.
    """
    check_rate(job, model, replace=replace, force=force)
    check_destination(job, force=force)


def check_destination(job: Job, *, force: bool) -> None:
    """Refuse to overwrite a file that is not ours; errors as in `check_job`."""
    path, source = job.destination, job.audio.path
    if job.to_stdout:
        if sys.__stdout__ is None:
            raise UsageError("stdout is closed: name a file with -o")
        if sys.stdout.isatty():
            raise UsageError("a WAV would go to the terminal: pipe it on, or name a file with -o")
        return
    if path.is_dir():
        raise UsageError(f"{path} is a folder: give -o the name of a WAV")
    if not job.audio.once and path.exists() and path.samefile(source):
        raise UsageError(f"{source} would be written over itself: give another name with -o")
    if path.exists() and not job.of_track and not force:
        raise UsageError(f"{path} exists: --force replaces it, -o names another")


def check_rate(job: Job, model: Model, *, replace: bool, force: bool) -> None:
    """Refuse a file below the model's rate; errors as in `check_job`."""
    # below the model's rate a part of the band that it builds on is empty
    rate = job.audio.sample_rate
    if rate < model.low_rate and not (replace or force):
        raise UsageError(
            f"{job.audio.path} is at {rate} Hz, and the model takes {model.low_rate} Hz: from "
            f"{rate / 2000:g} to {model.low_rate / 2000:g} kHz there would be nothing; --force "
            f"does it: {command('predict')} {job.path} --force"
        )
