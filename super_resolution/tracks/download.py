"""Fetch the songs behind a link with yt-dlp.

yt-dlp is used through its Python interface. It fetches the best audio that the site has, and
converts nothing, so no ffmpeg is needed. Cookies, configuration files and plugins of the
user are not read. A failure becomes one line that says what else to try.
"""

import errno
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from super_resolution.console import plain, print_line
from super_resolution.errors import UsageError, UserError
from super_resolution.tracks import download_limits
from super_resolution.tracks.sources import Source, kind

MAX_BYTES = 2_000_000_000  # no song is larger, but a radio station never ends
MAX_RETRIES = 5  # of each request that fails
MAX_RETRY_PAUSE = 10  # seconds
SOCKET_TIMEOUT = 20  # seconds without an answer
NO_PROGRAM = str(Path(os.devnull) / "none")  # ffmpeg is not to be run on a stranger's file
OTHER_SOURCE_ADVICE = "try another link, or give a file or `demo`"
CONNECTION_ADVICE = "check the connection, or give a file or `demo`"
UPDATE_ADVICE = 'update yt-dlp (pip install -U "yt-dlp[default,deno]"), or give a file or `demo`'


def fetch_songs(
    url: str,
    folder: Path,
    *,
    playlist: bool = False,
    retries: int = MAX_RETRIES,
    options: dict | None = None,
) -> list[Source]:
    """Fetch the song, or the songs, behind a link.

    Parameters
    ----------
    url : str
        An http or https link to a page that yt-dlp supports, or to an audio file itself.
    folder : Path
        An existing folder, which the caller removes; each call makes its own folder in it.
    playlist : bool
        Fetch all songs of a playlist; otherwise a song within a list is one song.
    retries : int
        Of each request that fails.
    options : dict, optional
        Options of `yt_dlp.YoutubeDL` that override those set here.

    Returns
    -------
    list of Source
        At least one. Songs of a playlist that could not be fetched are named on stderr.

    Raises
    ------
    UsageError
        If `url` is no link, or a playlist while `playlist` is false.
    UserError
        If no song could be fetched: no network, a dead link, a live stream, a full disk.
    """
    os.environ["YTDLP_NO_PLUGINS"] = "1"  # read by yt-dlp as it is imported
    from tqdm import tqdm
    from yt_dlp import YoutubeDL
    from yt_dlp.utils import YoutubeDLError

    if kind(url) != "url":
        raise UsageError(f"{url!r} is no link: expected https://...")
    log = _Log(url)
    settings = _options(folder, playlist, retries)
    settings |= {"logger": log, "match_filter": partial(_refuse, url, playlist)}
    with (
        download_limits.watched(url, OTHER_SOURCE_ADVICE) as watch,
        tqdm(desc="connecting", unit="B", unit_scale=True, leave=False, disable=None) as bar,
    ):
        settings |= {"progress_hooks": [partial(_show_progress, bar, watch)]} | (options or {})
        try:
            with YoutubeDL(settings) as downloader:
                bounded = download_limits.bounded(
                    downloader.urlopen, watch, url, OTHER_SOURCE_ADVICE
                )
                downloader.urlopen = bounded
                songs = list(_songs(downloader.extract_info(url)))
        except YoutubeDLError as error:
            raise UserError(_explain(error, str(error), url)) from error
    if not songs:
        raise UserError(log.last_error)
    for line in log.skipped:
        print_line(f"left out: {line}", sys.stderr)
    return songs


def _options(folder: Path, playlist: bool, retries: int) -> dict:
    # the options of yt-dlp that are the same for every link
    return {
        "format": "bestaudio/best",  # one file: two would have to be merged by ffmpeg
        "fixup": "never",  # needs ffmpeg too
        "ffmpeg_location": NO_PROGRAM,
        "external_downloader": {"default": "native"},
        "paths": {"home": tempfile.mkdtemp(dir=folder)},
        "outtmpl": "%(autonumber)d.%(ext)s",  # ids and titles are text from strangers
        "noplaylist": not playlist,
        "ignoreerrors": playlist,  # a dead song must not end the download of the others
        "retries": retries,
        "fragment_retries": retries,
        "extractor_retries": retries,
        "retry_sleep_functions": {"http": _retry_pause, "fragment": _retry_pause},
        "skip_unavailable_fragments": False,  # fail rather than leave a gap in the song
        "socket_timeout": SOCKET_TIMEOUT,
        "cachedir": False,
        "noprogress": True,
    }


def _retry_pause(n: int) -> int:
    # seconds before retry n; the first, 0, follows at once
    return min(2**n - 1, MAX_RETRY_PAUSE)


class _Log:
    """The logger of yt-dlp: keeps its errors as lines for the user, and drops all else."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.skipped: list[str] = []  # lines that begin with the song's id
        self.last_error = f"{url} has no song: {OTHER_SOURCE_ADVICE}"

    def debug(self, message: str) -> None:
        pass

    warning = debug  # a problem that stops the download is logged as an error too

    def error(self, message: str) -> None:
        if message.strip():
            self.skipped.append(_clean(message))
            # yt-dlp logs while it handles the exception
            self.last_error = _explain(sys.exc_info()[1], message, self.url)


def _refuse(url: str, playlist: bool, info: dict, *, incomplete: bool) -> None:
    # yt-dlp calls this for each playlist and song before it fetches it
    if "playlist_count" in info and not playlist:
        raise UsageError(f"{url} is a playlist: give the link of one song, or add --playlist")
    if info.get("is_live"):
        title = plain(info.get("title") or url)
        raise UserError(f"{title!r} is a live stream, which has no end: {OTHER_SOURCE_ADVICE}")


def _show_progress(bar, watch: download_limits.Watch, status: dict) -> None:
    # yt-dlp calls this after each part of a file
    done, total = status.get("downloaded_bytes") or 0, status.get("total_bytes")
    title = plain(status["info_dict"].get("title") or "")
    watch.received(done, finished=status["status"] == "finished")
    if max(done, total or 0) > MAX_BYTES:
        raise UserError(f"{title!r} is larger than {MAX_BYTES / 1e9:g} GB: {OTHER_SOURCE_ADVICE}")
    if done < bar.n:  # the next song, or the same one from its start
        bar.reset()
    bar.total = total or status.get("total_bytes_estimate")
    bar.set_description(title[:40], refresh=False)
    bar.update(done - bar.n)


def _songs(info: dict | None) -> Iterator[Source]:
    # the files that yt-dlp fetched; its result may be lists within lists
    from yt_dlp.utils import unsmuggle_url

    info = info or {}
    for entry in info.get("entries") or ():
        yield from _songs(entry)
    for fetched in info.get("requested_downloads") or ():
        if "filepath" in fetched:  # absent if the download failed
            origin, _ = unsmuggle_url(info["webpage_url"])
            path, licence = Path(fetched["filepath"]), info.get("license")
            title = plain(info["title"])
            yield Source(origin, title, path, licence and plain(licence))


def _explain(error: BaseException | None, text: str, url: str) -> str:
    # one line with advice, from yt-dlp's exception or the text that it logged
    from yt_dlp.utils import ExtractorError

    _, broke_off, reason = text.partition("[download] Got error: ")
    if broke_off:  # logged after the last retry, without its exception
        return f"{url} broke off ({_clean(reason)}): {CONNECTION_ADVICE}"
    causes = list(_causes(error))
    for cause in causes:
        line = _explain_cause(cause, causes[-1], url)
        if line:
            return line
    outdated = any(isinstance(cause, ExtractorError) and not cause.expected for cause in causes)
    return f"{url}: {_clean(text)}: {UPDATE_ADVICE if outdated else OTHER_SOURCE_ADVICE}"


def _explain_cause(cause: BaseException, innermost: BaseException, url: str) -> str | None:
    from yt_dlp.networking.exceptions import HTTPError, TransportError
    from yt_dlp.utils import UnsupportedError

    match cause:
        case UserError():
            return str(cause)
        case HTTPError(redirect_loop=True):
            return f"{url} redirects in a circle: {OTHER_SOURCE_ADVICE}"
        case HTTPError():
            answer = f"HTTP {cause.status} {plain(cause.reason or '')}"
            return f"{url}: {answer}: {_status_advice(cause.status)}"
        case TransportError():
            reason = plain(getattr(innermost, "strerror", None) or str(innermost))
            host = urlsplit(url).hostname
            return f"cannot reach {host} ({reason.lower()}): {CONNECTION_ADVICE}"
        case UnsupportedError():
            return f"{url} is no page with a song that yt-dlp supports: {OTHER_SOURCE_ADVICE}"
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return f"the disk is full, {url} was not fetched: free some space and run it again"
    return None


def _status_advice(status: int) -> str:
    if status in (404, 410):
        return f"the link is dead, {OTHER_SOURCE_ADVICE}"
    if status == 429 or status >= 500:
        return f"try again later, {OTHER_SOURCE_ADVICE}"
    return f"the song is not public, or yt-dlp is too old: {UPDATE_ADVICE}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    # an exception and those that led to it, outermost first
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _clean(text: str) -> str:
    # an error of yt-dlp without its prefixes and without the advice for its own users
    text = re.sub(r"^(ERROR: )?(\[[^\]]*\] )?", "", plain(text))
    text = re.sub(r"\(caused by .*", "", text)  # repeats the message
    sentences = re.split(r"(?<=[.;!?])\s+", text)
    # its options (--cookies ...), commands and bug tracker do not exist here
    kept = [part for part in sentences if not re.search(r"(?i)--\w|yt-dlp|please report", part)]
    return " ".join(kept or sentences[:1]).rstrip(" .;:,")
