"""From a source to a scanned track: fetch, decode, bring to 44.1 kHz, downsample."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from super_resolution.audio.blocks import excerpt, resample_blocks
from super_resolution.audio.decoding import BLOCK_FRAMES, AudioFile, open_audio, open_stdin
from super_resolution.audio.pcm import Clipping
from super_resolution.audio.wav import PIPE
from super_resolution.console import print_line, printable
from super_resolution.errors import Failures, UsageError, UserError, command
from super_resolution.files import temporary_folder
from super_resolution.progress import with_progress
from super_resolution.tracks import demo_song, download, sources
from super_resolution.tracks.slug import slug
from super_resolution.tracks.sources import Source
from super_resolution.tracks.track import HIGH_RATE, Track, TrackInfo, load_track
from super_resolution.tracks.writer import write_track


@dataclass(frozen=True)
class ScanOptions:
    """The options of a scan.

    Parameters
    ----------
    low_rate : int
        In Hz, as returned by `downsampled_rate`.
    downsample : {"soxr", "decimate"}
    start : float
        Start of the excerpt, in seconds.
    seconds : float or None
        Length of the excerpt; None is all that follows.
    name : str or None
        The track's name, instead of the title's slug.
    force : bool
        Replace a track, and accept sources below 44.1 kHz.
    """

    low_rate: int
    downsample: str
    start: float = 0.0
    seconds: float | None = None
    name: str | None = None
    force: bool = False

    def match(self, info: TrackInfo) -> bool:
        """Tell if a track was scanned with the same rate, downsampling and excerpt."""
        scanned = (info.low_rate, info.downsample, info.start, info.seconds)
        return scanned == (self.low_rate, self.downsample, self.start, self.seconds)


def scan_source(
    source: str, options: ScanOptions, *, data: Path, playlist: bool, log: Callable[[str], None]
) -> Iterator[Track]:
    """Scan the song, or the songs, of one source.

    Parameters
    ----------
    source : str
        A link, a file's path, `-` for stdin, or `demo`.
    options : ScanOptions
    data : Path
        Folder of the tracks.
    playlist : bool
        Scan all songs of a playlist.
    log : callable
        Is called with each line for the user.

    Yields
    ------
    Track
        More than one only of a playlist. A track that was scanned with the same options
        before is given as it is, unless `options.force`.

    Raises
    ------
    UsageError
        If the source is none, the track's folder is in use, or the excerpt is empty.
    UserError
        If the song cannot be fetched, decoded or used for training; of a playlist, after the
        others.
    """
    if sources.kind(source) != "url":
        yield _scan_song(sources.locate(source), options, data, log)
        return
    scanned = None if options.force else _scanned_before(source, options, data)
    if scanned:
        log(_kept(scanned))
        yield scanned
        return
    with temporary_folder(data) as folder:
        songs = download.fetch_songs(source, folder, playlist=playlist)
        if options.name and len(songs) > 1:
            raise UsageError(f"--name names one track, and {source} has {len(songs)} songs")
        failures = Failures(len(songs))
        for song in songs:
            with failures.kept(song.title):
                yield _scan_song(song, options, data, log)
        failures.check()


def _scanned_before(link: str, options: ScanOptions, data: Path) -> Track | None:
    for path in sorted(data.glob("[!.]*/track.json")):
        track = load_track(path.parent)
        same_name = options.name is None or track.name == slug(options.name)
        if same_name and track.info.source == link and options.match(track.info):
            return track
    return None


def _kept(track: Track) -> str:
    return f"{track.folder}/ is there already; --force scans it again"


def _scan_song(
    source: Source, options: ScanOptions, data: Path, log: Callable[[str], None]
) -> Track:
    folder = data / slug(options.name or source.title)
    if folder.exists() and not (folder / "track.json").is_file():
        raise UsageError(f"{folder} exists and is no track: move it away, or give another --name")
    if (folder / "track.json").is_file() and not options.force:
        track = load_track(folder)
        # what comes through a pipe may differ each time
        same_source = track.info.source == source.origin and source.path != PIPE
        if same_source and options.match(track.info):
            log(_kept(track))
            return track
        raise UsageError(
            f"{folder}/ holds another song, or the same song scanned with other options: "
            f"--force replaces it, --name NAME keeps both"
        )
    file = None if source.path is None else _open_song(source.path, options, log)
    channels, blocks = _demo_excerpt(options) if file is None else _file_excerpt(file, options)
    clipping = Clipping()
    track = write_track(
        folder,
        blocks,
        channels=channels,
        low_rate=options.low_rate,
        downsample=options.downsample,
        title=source.title,
        source=source.origin,
        licence=source.licence,
        start=options.start,
        seconds=options.seconds,
        clipping=clipping,
    )
    if file and file.warning:
        print_line(file.warning, sys.stderr)
    if clipping.clipped:
        log(
            f"{track.name}: {clipping.text}, as they are over full scale: make the file quieter "
            f"by {-clipping.gain_db} dB"
        )
    return track


def _open_song(path: Path, options: ScanOptions, log: Callable[[str], None]) -> AudioFile:
    file = open_stdin(sys.stdin.buffer) if path == PIPE else open_audio(path)
    if file.sample_rate < HIGH_RATE and not options.force:
        raise UserError(
            f"{path} is at {file.sample_rate} Hz, expected at least {HIGH_RATE} Hz: it has no "
            f"high band to learn from (--force scans it all the same; to upsample it: "
            f"{command('predict')} {path})"
        )
    if file.source_channels > 2:
        log(f"{path.name}: {file.source_channels} channels are mixed down to stereo")
    if file.sample_rate != HIGH_RATE:
        log(f"{path.name}: {file.sample_rate} Hz is resampled to {HIGH_RATE} Hz")
    return file


def _excerpt_frames(options: ScanOptions) -> tuple[int, int | None]:
    # start and length of the excerpt, in samples at 44.1 kHz
    length = None if options.seconds is None else round(options.seconds * HIGH_RATE)
    return round(options.start * HIGH_RATE), length


def _demo_excerpt(options: ScanOptions) -> tuple[int, Iterator[np.ndarray]]:
    # number of channels, and blocks in 16-bit units at 44.1 kHz
    song = demo_song.synthesise().astype(np.float32)
    blocks = (song[first : first + BLOCK_FRAMES] for first in range(0, len(song), BLOCK_FRAMES))
    return song.shape[1], excerpt(blocks, *_excerpt_frames(options))


def _file_excerpt(file: AudioFile, options: ScanOptions) -> tuple[int, Iterator[np.ndarray]]:
    # as _demo_excerpt
    start, length = _excerpt_frames(options)
    blocks = with_progress(
        file.blocks(),
        printable(file.path.name),
        sample_rate=file.sample_rate,
        frames=file.frames,
    )
    if file.sample_rate != HIGH_RATE:
        if length is not None:
            # decode no further than the excerpt, and a second for the resampling filter
            end = round((start + length) * file.sample_rate / HIGH_RATE) + file.sample_rate
            blocks = excerpt(blocks, 0, end)
        blocks = resample_blocks(
            blocks, orig_sr=file.sample_rate, target_sr=HIGH_RATE, channels=file.channels
        )
    return file.channels, excerpt(blocks, start, length)
