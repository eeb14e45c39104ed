"""From a source to a scanned track: fetch, decode, bring to 44.1 kHz, downsample."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from super_resolution.audio.blocks import excerpt, resample_blocks
from super_resolution.audio.decoding import BLOCK_FRAMES, AudioFile, open_audio, open_stdin
from super_resolution.audio.pcm import Clipping
from super_resolution.audio.wav import PIPE
from super_resolution.console import print_line
from super_resolution.errors import Failures, UsageError, UserError, command
from super_resolution.files import temporary_folder
from super_resolution.tracks import demo_song, download, sources
from super_resolution.tracks.sources import Source
from super_resolution.tracks.track import HIGH_RATE, Track, TrackInfo, load_track, slug
from super_resolution.tracks.writer import write_track


@dataclass(frozen=True)
class ScanOptions:
    """How the user wants a song scanned.

    Parameters
    ----------
    low_rate : int
        In Hz, as `downsampled_rate` gives it.
    downsample : {"soxr", "decimate"}
    start : float
        Where the excerpt begins, in seconds.
    seconds : float or None
        How long it is; None is all that follows.
    name : str or None
        The track's name instead of the title's slug.
    force : bool
        Scan again what is there, and take originals below 44.1 kHz.
    """

    low_rate: int
    downsample: str
    start: float = 0.0
    seconds: float | None = None
    name: str | None = None
    force: bool = False

    def match(self, info: TrackInfo) -> bool:
        """Tell whether a track was scanned in just this way."""
        mine = (self.low_rate, self.downsample, self.start, self.seconds)
        return mine == (info.low_rate, info.downsample, info.start, info.seconds)


def scan_source(
    given: str, wishes: ScanOptions, *, data: Path, playlist: bool, log: Callable[[str], None]
) -> Iterator[Track]:
    """Make the tracks of one source.

    Parameters
    ----------
    given : str
        A URL, a file, or `demo`.
    wishes : ScanOptions
    data : Path
        Where tracks live.
    playlist : bool
        Take a whole playlist.
    log : callable
        Takes each line for the user.

    Yields
    ------
    Track
        Several only of a playlist.

    Raises
    ------
    UserError
        If the song cannot be had, read or learnt from; of a playlist, after the others.
    """
    if sources.kind(given) != "url":
        yield _scan_one(sources.locate(given), wishes, data, log)
        return
    known = None if wishes.force else _already_there(given, wishes, data)
    if known:
        log(_there(known))
        yield known
        return
    with temporary_folder(data) as folder:
        found = download.fetch_songs(given, folder, playlist=playlist)
        if wishes.name and len(found) > 1:
            raise UsageError(f"--name names one track, and {given} has {len(found)} songs")
        failures = Failures(len(found))
        for source in found:
            with failures.kept(source.title):
                yield _scan_one(source, wishes, data, log)
        failures.check()


def _already_there(origin: str, wishes: ScanOptions, data: Path) -> Track | None:
    for path in sorted(data.glob("[!.]*/track.json")):
        track = load_track(path.parent)
        named = wishes.name is None or track.name == slug(wishes.name)
        if named and track.info.source == origin and wishes.match(track.info):
            return track
    return None


def _there(track: Track) -> str:
    return f"{track.folder}/ is there already; --force scans it again"


def _scan_one(source: Source, wishes: ScanOptions, data: Path, log: Callable[[str], None]) -> Track:
    folder = data / slug(wishes.name or source.title)
    if folder.exists() and not (folder / "track.json").is_file():
        raise UsageError(f"{folder} is there and no track: move it away, or give another --name")
    if (folder / "track.json").is_file() and not wishes.force:
        track = load_track(folder)
        same = track.info.source == source.origin and wishes.match(track.info)
        # what comes through a pipe may differ each time
        if same and source.path != PIPE:
            log(_there(track))
            return track
        raise UsageError(
            f"{folder}/ holds another song, or the same scanned in another way: --force replaces "
            f"it, --name NAME keeps both"
        )
    file = None if source.path is None else _opened(source, wishes, log)
    channels, blocks = _original(file, wishes)
    clipping = Clipping()
    track = write_track(
        folder,
        blocks,
        clipping=clipping,
        channels=channels,
        low_rate=wishes.low_rate,
        downsample=wishes.downsample,
        title=source.title,
        source=source.origin,
        licence=source.licence,
        start=wishes.start,
        seconds=wishes.seconds,
    )
    if file and file.warning:
        print_line(file.warning, sys.stderr)
    if clipping.clipped:
        log(
            f"{track.name}: {clipping.text}, as they are over full scale: make the file quieter "
            f"by {-clipping.gain_db} dB"
        )
    return track


def _opened(source: Source, wishes: ScanOptions, log: Callable[[str], None]) -> AudioFile:
    assert source.path is not None
    piped = source.path == PIPE
    file = open_stdin(sys.stdin.buffer) if piped else open_audio(source.path)
    if file.sample_rate < HIGH_RATE and not wishes.force:
        raise UserError(
            f"{file.path} is at {file.sample_rate} Hz, expected at least {HIGH_RATE} Hz: it has no "
            f"high band to train on (--force takes it all the same; to upsample it: "
            f"{command('predict')})"
        )
    if file.source_channels > 2:
        log(f"{file.path.name}: {file.source_channels} channels are mixed down to stereo")
    if file.sample_rate != HIGH_RATE:
        log(f"{file.path.name}: {file.sample_rate} Hz is resampled to {HIGH_RATE} Hz")
    return file


def _original(file: AudioFile | None, wishes: ScanOptions) -> tuple[int, Iterator[np.ndarray]]:
    # the channels and the blocks of the song at 44.1 kHz; without a file, of the demo
    start = round(wishes.start * HIGH_RATE)
    frames = None if wishes.seconds is None else round(wishes.seconds * HIGH_RATE)
    if file is None:
        song = demo_song.synthesise().astype(np.float32)
        parts = (song[i : i + BLOCK_FRAMES] for i in range(0, len(song), BLOCK_FRAMES))
        return song.shape[1], excerpt(parts, start, frames)
    blocks = _watched(file.blocks(), file.frames)
    if file.sample_rate != HIGH_RATE:
        # cut first, so that what lies after the excerpt is not even decoded
        own = file.sample_rate / HIGH_RATE
        whole = None if frames is None else round((start + frames) * own) + file.sample_rate
        blocks = resample_blocks(
            excerpt(blocks, 0, whole),
            orig_sr=file.sample_rate,
            target_sr=HIGH_RATE,
            channels=file.channels,
        )
    return file.channels, excerpt(blocks, start, frames)


def _watched(blocks: Iterable[np.ndarray], total: int | None) -> Iterator[np.ndarray]:
    with tqdm(total=total, unit="frame", unit_scale=True, disable=None, leave=False) as progress:
        for block in blocks:
            yield block
            progress.update(len(block))
