"""Lines for the terminal: no name, title or message can steer it or fail to be printed."""

import re
import sys
from typing import TextIO


def print_line(text: str, file: TextIO | None = None) -> None:
    r"""Print one line in which all that the terminal cannot show is escaped.

    Parameters
    ----------
    text : str
        Control characters, half surrogate pairs (bytes of a name that are not UTF-8) and
        characters that the terminal's encoding lacks come out as escapes such as ``\x1b``.
    file : text file, optional
        stdout unless given.
    """
    stream = sys.stdout if file is None else file
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(printable(text).encode(encoding, "backslashreplace").decode(encoding), file=stream)


def print_text(text: str, file: TextIO | None = None) -> None:
    """Print several lines, each as `print_line` does."""
    for line in text.split("\n"):
        print_line(line, file)


def printable(text: str) -> str:
    r"""Escape control characters, line ends too, and half surrogate pairs.

    Examples
    --------
    >>> print(printable("a\\nb \\x1b[2J caf\\udce9"))
    a\\nb \\x1b[2J caf\\xe9
    """
    return "".join(mark if mark.isprintable() else _escaped(mark) for mark in text)


def plain(text: str) -> str:
    """Put a stranger's text on one line; colours and what is not printable are left away."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", " ".join(text.split()))
    return "".join(mark for mark in text if mark.isprintable())


def _escaped(mark: str) -> str:
    if "\udc80" <= mark <= "\udcff":
        return f"\\x{ord(mark) - 0xDC00:02x}"
    return mark.encode("unicode_escape").decode()
