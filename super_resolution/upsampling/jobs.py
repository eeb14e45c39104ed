"""What `--predict` is asked for: which files, with which model, to where."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from super_resolution.audio.blocks import (
    resample_blocks,
    to_stereo,
)
from super_resolution.audio.decoding import AudioFile, open_audio
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import PIPE, open_stdin, stdout_writer, wav_writer
from super_resolution.engines.base import Engine, EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.errors import UsageError, UserError
from super_resolution.files import write_json
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import Track, find_tracks
from super_resolution.upsampling.bandwidth import measure_bandwidth
from super_resolution.upsampling.stream import upsample_blocks

REACH = 1.03  # of the low Nyquist frequency: no resampler's filter is a wall


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
        """Tell whether this makes a track's `upsampled.wav`."""
        return self.track is not None and self.destination == self.track.upsampled

    @property
    def to_stdout(self) -> bool:
        """Tell whether the result leaves through a pipe."""
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
    """Tell whether a path on the command line names a scanned track."""
    return any((place / "track.json").is_file() for place in (path, data / path))


def check_job(job: Job, model: Model, *, resample: bool, force: bool) -> str | None:
    """Refuse what the model cannot do, and to overwrite a file that is not ours.

    Returns
    -------
    str or None
        What the user should know before it begins.

    Raises
    ------
    UsageError
        If the file would lose sound by being brought to the model's rate, or the
        output exists.
    UserError
        If the file holds nothing.
    """
    path = job.audio.path
    if job.audio.frames == 0:
        raise UserError(f"{path} holds no samples: there is nothing to upsample")
    note = _check_rate(job, model, resample=resample)
    if job.to_stdout:
        if sys.stdout.isatty():
            raise UsageError("a WAV would go to the terminal: pipe it on, or name a file with -o")
        return note
    if job.destination.is_dir():
        raise UsageError(f"{job.destination} is a folder: give -o the name of a WAV")
    piped = path == PIPE
    if not piped and job.destination.exists() and job.destination.samefile(path):
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
    named = job.track.folder if job.of_track else path
    remedy = f"--resample does it: python3 rnn-super-resolution.py --predict {named} --resample"
    if rate < model.low_rate or path == PIPE:
        raise UsageError(
            f"{path} is at {rate} Hz, and the model takes {model.low_rate} Hz: {remedy}"
        )
    reach = measure_bandwidth(job.audio.blocks(), rate)
    if reach > REACH * nyquist:
        raise UsageError(
            f"{path} is at {rate} Hz and holds sound up to {reach / 1000:.1f} kHz, which would be "
            f"replaced above {nyquist / 1000:g} kHz by what the model makes up: {remedy}"
        )
    return f"{brought}; it reaches up to {reach / 1000:.1f} kHz, so nothing is lost"


def for_job(model: Model, job: Job, treble: float) -> Model:
    """Give the model as a job needs it: how loud what it adds is to be.

    Parameters
    ----------
    model : Model
    job : Job
    treble : float
        So much louder than the model would, in dB.

    Raises
    ------
    UsageError
        If the model gives more than what is missing, which would be louder too.
    """
    if treble and not model.preset.high_pass:
        raise UsageError(
            "--treble is for models that add treble and nothing else, and this one gives all of it"
        )
    model = model.for_song(job.track.about if job.track else None)
    return replace(model, preset=replace(model.preset, caution=model.preset.caution - treble))


def run_jobs(
    jobs: list[Job],
    folder: Path,
    model: Model,
    *,
    say: Callable[[str], None],
    wishes: EngineOptions | None = None,
    treble: float = 0.0,
) -> None:
    """Upsample, one file after the other, through one engine.

    Parameters
    ----------
    jobs : list of Job
        As `check_job` passed them.
    folder : Path
        The model's folder.
    model : Model
    say : callable
        Takes each line for the user.
    wishes : EngineOptions, optional
        How the network is to be run.
    treble : float
        How much louder what is added is to be, in dB.

    Raises
    ------
    UsageError
        As `for_job`.
    """
    fitted = [for_job(model, job, treble) for job in jobs]
    engine = load_engine(folder, model, wishes)
    for job, its_model in zip(jobs, fitted, strict=True):
        if job.track and job.track.info.downsample != model.downsample:
            say(
                f"{job.track.name}: its low version was made by {job.track.info.downsample}, the "
                f"model learnt from {model.downsample}: expect less of it"
            )
        frames = upsample_file(job.audio, job.destination, engine, its_model)
        if job.of_track:
            made_by = {
                "model": folder.name,
                "weights_sha256": model.weights_sha256,
                "treble_db": treble,
            }
            write_json(job.track.folder / "upsampled.json", made_by)
        length = f"{frames / model.sample_rate:.1f} s at {model.sample_rate} Hz"
        louder = f", treble {treble:+g} dB" if treble else ""
        say(f"{job.destination}: {length}, by {folder.name}{louder}")


def upsample_file(audio_file: AudioFile, destination: Path, engine: Engine, model: Model) -> int:
    """Upsample a file to a 16-bit WAV; one at another rate is brought to the low rate first.

    Parameters
    ----------
    audio_file : AudioFile
        More than two channels are mixed down to stereo.
    destination : Path
        `PIPE` is stdout.
    engine : Engine
    model : Model

    Returns
    -------
    int
        Samples a channel that were written.
    """
    channels = min(audio_file.channels, 2)
    blocks = to_stereo(audio_file.blocks())
    if audio_file.sample_rate != model.low_rate:
        rates = {"orig_sr": audio_file.sample_rate, "target_sr": model.low_rate}
        blocks = resample_blocks(blocks, **rates, channels=channels)
    rounded = (to_int16(block) for block in blocks)
    total = (audio_file.frames or 0) * model.sample_rate // audio_file.sample_rate
    frames, form = 0, {"sample_rate": model.sample_rate, "channels": channels}
    to_stdout = destination == PIPE
    with (
        stdout_writer(**form) if to_stdout else wav_writer(destination, **form) as out,
        tqdm(total=total or None, unit="frame", unit_scale=True, disable=None, leave=False) as bar,
    ):
        for block in upsample_blocks(rounded, engine, model, channels=channels):
            out.write(block)
            bar.update(len(block))
            frames += len(block)
    return frames
