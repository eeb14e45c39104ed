"""Fetch a song behind a link with yt-dlp."""

import errno
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from super_resolution.console import plain, print_line
from super_resolution.errors import UsageError, UserError
from super_resolution.tracks.sources import ELSE, Source, kind

MAX_BYTES = 2_000_000_000  # bytes; no song is larger, but a radio station never ends


RETRIES = 5  # further attempts for each request that fails


SOCKET_TIMEOUT = 20  # seconds without an answer


CONNECTION = "check the connection, or give a file or `demo`"


UPDATE = 'update yt-dlp (pip install -U "yt-dlp[default,deno]"), or give a file or `demo`'


def fetch_songs(
    url: str,
    folder: Path,
    *,
    playlist: bool = False,
    progress: bool = True,
    retries: int = RETRIES,
    options: dict | None = None,
) -> list[Source]:
    """Fetch the song, or the songs, behind a link.

    Parameters
    ----------
    url : str
        An http or https link that yt-dlp knows, or to an audio file itself.
    folder : Path
        An existing folder, which the caller removes; every call makes its own inside.
    playlist : bool
        Fetch all songs of a playlist; without it a song within a list stays one song.
    progress : bool
        Show a bar on stderr if that is a terminal.
    retries : int
        Further attempts for each request that fails.
    options : dict, optional
        Options of `yt_dlp.YoutubeDL` that win over ours.

    Returns
    -------
    list of Source
        At least one. Songs of a playlist that could not be had are named on stderr.

    Raises
    ------
    UsageError
        If `url` is no link, or a playlist while `playlist` is false.
    UserError
        If no song could be had: no network, a dead link, a live stream, a full disk.
    """
    from tqdm import tqdm
    from yt_dlp import YoutubeDL
    from yt_dlp.utils import YoutubeDLError

    if kind(url) != "url":
        raise UsageError(f"{url!r} is no link: expected https://...")
    log = _Log(url)
    settings = _options(folder, playlist, retries)
    settings |= {"logger": log, "match_filter": partial(_refuse, url, playlist)}
    hidden = None if progress else True  # None: hidden if stderr is no terminal
    with tqdm(desc="asking", unit="B", unit_scale=True, leave=False, disable=hidden) as bar:
        settings |= {"progress_hooks": [partial(_show, bar)]} | (options or {})
        try:
            with YoutubeDL(settings) as downloader:
                songs = list(_songs(downloader.extract_info(url)))
        except YoutubeDLError as error:
            raise UserError(_explain(error, str(error), url)) from error
    if not songs:
        raise UserError(log.last)
    for song in log.left_out:
        print_line(f"left out: {song}", sys.stderr)
    return songs


def _options(folder: Path, playlist: bool, retries: int) -> dict:
    """Give the options of yt-dlp that are the same for every link."""
    return {
        "format": "bestaudio/best",  # one file: two would have to be merged by ffmpeg
        "fixup": "never",  # that is ffmpeg's work too
        "paths": {"home": tempfile.mkdtemp(dir=folder)},
        "outtmpl": "%(autonumber)d.%(ext)s",  # ids and titles are strangers' text
        "noplaylist": not playlist,
        "ignoreerrors": playlist,  # one dead song must not cost the others
        "retries": retries,
        "fragment_retries": retries,
        "extractor_retries": retries,
        "retry_sleep_functions": {"http": _pause, "fragment": _pause},
        "skip_unavailable_fragments": False,  # a song with a hole is no song
        "socket_timeout": SOCKET_TIMEOUT,
        "cachedir": False,
        "noprogress": True,
    }


def _pause(n: int) -> int:
    """Give the seconds to wait before retry `n`, of which the first (0) comes at once."""
    return min(2**n - 1, 10)


class _Log:
    """What yt-dlp prints to: keeps what failed, as our own lines, and drops the chatter."""

    def __init__(self, url: str):
        self.url = url
        self.left_out: list[str] = []  # begins with the song's id: for a list of songs
        self.last = f"{url} has no song: {ELSE}"  # begins with what to mend: for an error

    def debug(self, message: str) -> None:
        pass

    warning = debug  # what yt-dlp can not work around comes as an error too

    def error(self, message: str) -> None:
        if message.strip():  # yt-dlp prints while it handles the exception
            self.left_out.append(_clean(message))
            self.last = _explain(sys.exc_info()[1], message, self.url)


def _refuse(url: str, playlist: bool, info: dict, *, incomplete: bool) -> None:
    """Stop yt-dlp before it fetches what was not asked for; it shows us all it finds."""
    if "playlist_count" in info and not playlist:  # seen before its songs are
        raise UsageError(f"{url} is a playlist: give the link of one song, or add --playlist")
    if info.get("is_live"):
        name = plain(info.get("title") or url)
        raise UserError(f"{name!r} is a live stream, which has no end: {ELSE}")


def _show(bar, status: dict) -> None:
    """Move the bar to where yt-dlp's `status` says, and stop what is too large."""
    done, total = status.get("downloaded_bytes") or 0, status.get("total_bytes")
    title = plain(status["info_dict"].get("title") or "")
    if max(done, total or 0) > MAX_BYTES:
        raise UserError(f"{title!r} is larger than {MAX_BYTES / 1e9:g} GB: {ELSE}")
    if done < bar.n:  # the next song, or the same from its start
        bar.reset()
    bar.total = total or status.get("total_bytes_estimate")
    bar.set_description(title[:40], refresh=False)
    bar.update(done - bar.n)


def _songs(info: dict | None) -> Iterator[Source]:
    """Walk yt-dlp's answer, which may be lists within lists, to the files it fetched."""
    from yt_dlp.utils import unsmuggle_url

    info = info or {}
    for entry in info.get("entries") or ():
        yield from _songs(entry)
    for fetched in info.get("requested_downloads") or ():
        if "filepath" in fetched:  # absent where the download failed
            origin, _ = unsmuggle_url(info["webpage_url"])
            path, licence = Path(fetched["filepath"]), info.get("license")
            yield Source(origin, plain(info["title"]), path, licence and plain(licence))


def _explain(error: BaseException | None, text: str, url: str) -> str:
    """Turn a failure of yt-dlp, or the `text` it printed, into one line with advice."""
    from yt_dlp.networking.exceptions import HTTPError, TransportError
    from yt_dlp.utils import ExtractorError, UnsupportedError

    causes = list(_causes(error))
    _, broke_off, reason = text.partition("[download] Got error: ")
    if broke_off:  # said after the last retry, when the exception is gone
        return f"{url} broke off ({_clean(reason)}): {CONNECTION}"
    advice = ELSE
    for cause in causes:
        if isinstance(cause, UserError):
            return str(cause)
        if isinstance(cause, HTTPError):
            answer = f"HTTP {cause.status} {plain(cause.reason or '')}"
            return f"{url}: {answer}: {_advice(cause.status)}"
        if isinstance(cause, TransportError):
            reason = plain(getattr(causes[-1], "strerror", None) or str(causes[-1])).lower()
            return f"cannot reach {urlsplit(url).hostname} ({reason}): {CONNECTION}"
        if isinstance(cause, UnsupportedError):
            return f"{url} is no page with a song that yt-dlp knows: {ELSE}"
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"the disk is full, {url} was not fetched: free some space and run it again"
        if isinstance(cause, ExtractorError) and not cause.expected:
            advice = UPDATE
    return f"{url}: {_clean(text)}: {advice}"


def _advice(status: int) -> str:
    """Say what an HTTP status means for a song, and what to do."""
    if status in (404, 410):
        return f"the link is dead, {ELSE}"
    if status == 429 or status >= 500:
        return f"try again later, {ELSE}"
    return f"the song is not public, or yt-dlp is too old: {UPDATE}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and what it came from, outermost first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _clean(text: str) -> str:
    """Keep what yt-dlp says about the song; drop its prefixes and its own advice."""
    text = re.sub(r"^(ERROR: )?(\[[^\]]*\] )?", "", plain(text))
    text = re.sub(r"\(caused by .*", "", text)  # says the same again
    sentences = re.split(r"(?<=[.;!?])\s+", text)
    # its options (--cookies ...), its commands and its bug tracker are not ours
    ours = [part for part in sentences if not re.search(r"(?i)--\w|yt-dlp|please report", part)]
    return " ".join(ours or sentences[:1]).rstrip(" .;:,")
