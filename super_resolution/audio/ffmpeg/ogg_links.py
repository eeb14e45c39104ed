"""Chained Ogg: files joined one after the other, each of them a link.

FFmpeg stops before a link of another rate or number of channels. So each link is given to
it as a file of its own.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

MARK = b"OggS"  # a page begins
FIRST_PAGE = b"OggS\0\2" + bytes(8)  # version 0, the first page of a stream, at position 0
PIECE = 1 << 16  # bytes; no page is longer


class OggLinks:
    """The links of an Ogg file or pipe, one after the other.

    Parameters
    ----------
    file : binary file
        At its start; need not be seekable.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._pages = _pages(file)
        self._next = next(self._pages, b"")
        self._page = b""  # what is left of the page before
        self._begun = False  # the link is past the first pages of its streams

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes of the link; none once it has ended."""
        if not self._page:
            first = self._next.startswith(FIRST_PAGE)
            if first and self._begun:
                return b""
            self._begun = self._begun or not first
            self._page, self._next = self._next, next(self._pages, b"")
        given, self._page = self._page[:size], self._page[size:]
        return given

    def advance(self) -> bool:
        """Go on to the next link; False if there is none."""
        while self.read(PIECE):
            pass
        self._begun = False
        return bool(self._next)


def _pages(file: BinaryIO) -> Iterator[bytes]:
    held = b""
    while piece := file.read(PIECE):
        *whole, held = re.split(b"(?=%s)" % MARK, held + piece)
        yield from filter(None, whole)
        if len(held) > 2 * PIECE:  # no Ogg: do not hold all of it
            yield held
            held = b""
    if held:
        yield held
