"""Where a song comes from: a link, a file, or the word `demo`.

A link is fetched by yt-dlp through its Python interface, as the best audio that the
site has and as it is: nothing is converted, so no ffmpeg is needed, and no cookies or
configuration files are read. Titles come from strangers: they are kept as titles and
never become part of a path. What goes wrong ends as one line that says what else to try.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from super_resolution.console import plain
from super_resolution.errors import UsageError

AUTHORS_SONG = "https://www.youtube.com/watch?v=36SxEHQeDi8"
DEMO = "demo"
ELSE = "try another link, or give a file or `demo`"


@dataclass(frozen=True)
class Source:
    """One song, ready to be decoded."""

    origin: str  # the link, the file's absolute path, or `demo`
    title: str  # as the site has it; of a file, its name without the extension
    path: Path | None  # the file to decode; None for the demo, which is synthesised
    licence: str | None = None  # as the site names it, where it does


def kind(source: str) -> str:
    """Tell what a source is from its spelling alone: `demo`, `url` or `file`.

    Raises
    ------
    UsageError
        If `source` is empty, or a link that is not http or https or has no valid host.
    """
    if not source:
        raise UsageError("no song given: expected a link, a file or `demo`")
    if source == DEMO:
        return "demo"
    if "://" not in source:
        return "file"
    try:
        parts = urlsplit(source)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # an unclosed [ or a port that is no number
        valid = False
    if not valid:
        raise UsageError(f"{source!r} is no link to a song: expected https://... or a file's path")
    return "url"


def locate(source: str) -> Source:
    """Find the song of a file's path, of `demo`, or of stdin (`-`).

    A file of the name `demo` is `./demo`.

    Raises
    ------
    UsageError
        If the path is missing or a folder.
    ValueError
        If `source` is a link: `fetch_songs` is for those.
    """
    match kind(source):
        case "url":
            raise ValueError(f"{source!r} is a link: use fetch_songs()")
        case "demo":
            return Source(DEMO, DEMO, None)
    if source == "-":
        return Source("stdin", "stdin", Path(source))
    path = Path(source).absolute()
    if path.is_dir():
        raise UsageError(f"{source!r} is a folder: expected one audio file, a link or `demo`")
    if not path.exists():
        raise UsageError(f"there is no file {source!r}: check its name, or give a link or `demo`")
    return Source(plain(str(path.resolve())), plain(path.stem), path)
