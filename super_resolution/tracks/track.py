"""data/<track>/: a song, its low version, and the results.

original.wav   44.1 kHz / 16 bit, 1 or 2 channels
low.wav        the same song at the low rate
track.json     title, source, licence, rates, lengths, how it was downsampled
upsampled/     what the networks made of low.wav
report/        the evaluation of that output
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path

from super_resolution.console import plain
from super_resolution.errors import UsageError, UserError, command
from super_resolution.files import read_json

HIGH_RATE = 44100  # Hz, of every original
LOW_RATE = 15000  # Hz, unless another is chosen
RATIO = Fraction(HIGH_RATE, LOW_RATE)
LEARN_SHARE = Fraction(8, 10)  # of a song: its first part, for training and validation
DOWNSAMPLERS = ("soxr", "decimate")
MAX_COUNT = 1 << 40  # of samples
DATA = Path("data")  # the folder of all tracks


@dataclass(frozen=True)
class TrackInfo:
    """The content of `track.json`.

    Parameters
    ----------
    title, source : str
        `source` is the link, the file's path or `demo`.
    licence : str or None
    sample_rate, low_rate : int
        In Hz.
    channels : int
        1 or 2.
    frames, low_frames : int
        Samples a channel, of the original and of the low version.
    bandwidth : float
        Of the original, in Hz: below the Nyquist frequency if a codec cut it off.
    downsample : {"soxr", "decimate"}
        `soxr` resamples; `decimate` keeps every n-th sample, without an anti-aliasing filter.
    start, seconds : float, float or None
        The excerpt of the source, in seconds; None is all from `start` on.
    """

    title: str
    source: str
    licence: str | None
    sample_rate: int
    low_rate: int
    channels: int
    frames: int
    low_frames: int
    bandwidth: float
    downsample: str
    start: float
    seconds: float | None


@dataclass(frozen=True)
class Track:
    """A folder of `data/` with a scanned song."""

    folder: Path
    info: TrackInfo

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def original(self) -> Path:
        """The 44.1 kHz WAV."""
        return self.folder / "original.wav"

    @property
    def low(self) -> Path:
        """The low-rate WAV."""
        return self.folder / "low.wav"

    @property
    def metadata(self) -> dict[str, str | None]:
        """The description of the song in datasets, and in models trained on it."""
        info = self.info
        return {
            "name": self.name,
            "title": info.title,
            "source": info.source,
            "licence": info.licence,
        }

    @property
    def ratio(self) -> Fraction:
        """High rate / low rate."""
        return Fraction(self.info.sample_rate, self.info.low_rate)


def load_track(folder: Path) -> Track:
    """Read the track in a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Track

    Raises
    ------
    UserError
        If its `track.json` is missing or damaged.
    """
    scan = command("scan")
    remedy, path = f"scan the song again with {scan} --force", folder / "track.json"
    if not path.is_file():
        raise UserError(f"{folder} is no scanned track (it has no track.json): run {scan}")
    content = read_json(path, remedy=remedy)
    if set(content) != {field.name for field in fields(TrackInfo)}:
        raise UserError(f"{path} is damaged (entries are missing or unknown): {remedy}")
    info = TrackInfo(**content)
    if not is_valid(info):
        raise UserError(f"{path} is damaged (its values are out of range): {remedy}")
    # the file may be a stranger's: no control characters in what is printed and drawn
    title, source = plain(info.title), plain(info.source)
    licence = info.licence and plain(info.licence)
    return Track(folder, replace(info, title=title, source=source, licence=licence))


def check_wav(track: Track, path: Path) -> None:
    """Check that a track's `original` or `low` is what its `track.json` says.

    Raises
    ------
    UserError
        If it is missing, cut off, or rate, channels or length differ.
    """
    from super_resolution.audio.wav import wav16_form

    info = track.info
    is_low = path == track.low
    rate, frames = (info.low_rate, info.low_frames) if is_low else (info.sample_rate, info.frames)
    expected, actual = (rate, info.channels, frames), wav16_form(path)
    if actual != expected:
        raise UserError(
            f"{path} does not fit its track.json ({_form(*actual)}, expected {_form(*expected)}): "
            f"scan the song again with {command('scan')} --force"
        )


def _form(rate: int, channels: int, frames: int) -> str:
    return f"{rate} Hz, {channels} channels, {frames} samples"


def is_valid(info: TrackInfo) -> bool:
    """Tell if all values have their types and ranges, and the two lengths fit the rates."""
    counts = (info.sample_rate, info.low_rate, info.channels, info.frames, info.low_frames)
    if not all(type(count) is int and 0 < count < MAX_COUNT for count in counts):
        return False
    ratio = Fraction(info.sample_rate, info.low_rate)
    return (
        all(isinstance(text, str) for text in (info.title, info.source, info.licence or ""))
        and all(isinstance(n, float | int) for n in (info.start, info.seconds or 0, info.bandwidth))
        and 0 < info.bandwidth <= info.sample_rate / 2
        and info.downsample in DOWNSAMPLERS
        and info.channels <= 2
        and ratio > 1
        and abs(info.low_frames * ratio - info.frames) <= ratio
    )


def find_tracks(names: Iterable[str] = (), *, data: Path = DATA) -> list[Track]:
    """Load tracks by name or folder, or all of `data`.

    Parameters
    ----------
    names : iterable of str
        Names in `data`, or paths of track folders; empty for all tracks.
    data : Path

    Returns
    -------
    list of Track
        In the order of `names`; all tracks of `data` by name.

    Raises
    ------
    UsageError, UserError
        As for `find_folders`, or a track is damaged.
    """
    return [load_track(folder) for folder in find_folders(names, data=data)]


def find_folders(names: Iterable[str] = (), *, data: Path = DATA) -> list[Path]:
    """Find the folders of tracks; parameters as for `find_tracks`.

    Raises
    ------
    UsageError
        If a name is no track, or two folders have the same name.
    UserError
        If `data` has no tracks.
    """
    known = {path.parent.name: path.parent for path in sorted(data.glob("[!.]*/track.json"))}
    names = list(names)
    if not names:
        if not known:
            raise UserError(f"no track in {data}/: run {command('scan')} with a song first")
        return list(known.values())
    folders = [known.get(name) or Path(name) for name in names]
    for folder in folders:
        if not (folder / "track.json").is_file():
            known_names = ", ".join(known) or f"none yet: run {command('scan')}"
            raise UsageError(f"{folder} is no track; those in {data}/ are: {known_names}")
    return _distinct(folders)


def _distinct(folders: list[Path]) -> list[Path]:
    # each folder once; in a dataset, two tracks of one name could not be told apart
    distinct = list({folder.resolve(): folder for folder in folders}.values())
    names = [folder.resolve().name for folder in distinct]
    duplicates = {name for name in names if names.count(name) > 1}
    if duplicates:
        raise UsageError(f"two tracks are called {', '.join(duplicates)}: scan one with --name")
    return distinct


def describe_track(track: Track) -> str:
    """Describe a track in one line."""
    info = track.info
    return (
        f"{track.folder}/: {info.title}, {info.frames / info.sample_rate:.1f} s "
        f"{('mono', 'stereo')[info.channels - 1]}, {info.sample_rate} Hz and {info.low_rate} Hz "
        f"({info.downsample})"
    )


def learn_end(track: Track) -> int:
    """Return the sample at which the part for training and validation ends."""
    return round(LEARN_SHARE * track.info.frames)
