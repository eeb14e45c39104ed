"""The sources of songs: a link, an audio file, or the built-in demo song.

Titles come from strangers: they are kept as text for people, and never become part of a path.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from super_resolution.console import plain
from super_resolution.errors import UsageError

AUTHORS_SONG = "https://www.youtube.com/watch?v=36SxEHQeDi8"
DEMO = "demo"


@dataclass(frozen=True)
class Source:
    """One song that can be decoded.

    Parameters
    ----------
    origin : str
        The link, the file's absolute path, or `demo`.
    title : str
        As the site states it; of a file, its name without the extension.
    path : Path or None
        The file to decode; None for the demo song, which is synthesised.
    licence : str or None
        As the site states it, if it does.
    """

    origin: str
    title: str
    path: Path | None
    licence: str | None = None


def kind(source: str) -> str:
    """Tell the kind of a source from its spelling alone.

    Parameters
    ----------
    source : str
        As on the command line.

    Returns
    -------
    {"demo", "url", "file"}

    Raises
    ------
    UsageError
        If `source` is empty, or a link that is not http or https or has no valid host.
    """
    if not source:
        raise UsageError("the source is empty: expected a link, a file or `demo`")
    if source == DEMO:
        return "demo"
    if "://" not in source:
        return "file"
    try:
        parts = urlsplit(source)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # an unclosed [, or a port that is no number
        valid = False
    if not valid:
        raise UsageError(f"{source!r} is no link to a song: expected https://... or a file's path")
    return "url"


def locate(source: str) -> Source:
    """Describe an audio file, stdin, or the demo song, as a source.

    Parameters
    ----------
    source : str
        A file's path, `-`, or `demo`; a file of that name is `./demo`.

    Returns
    -------
    Source

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
