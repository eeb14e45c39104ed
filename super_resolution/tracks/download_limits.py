"""What a server may cost: bounds of the time and the memory of a download.

yt-dlp bounds the time of each read from the network, not their number: a server that sends a
byte now and then would hold it for ever.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from super_resolution.errors import UserError

MAX_PAGE_BYTES = 20_000_000  # of a web page; those of YouTube have 2 MB
STALL_SECONDS = 120  # without an answer, or STALL_BYTES more of a song
STALL_BYTES = 60_000  # a song of 3 minutes at this pace takes two hours
MAX_SECONDS = 3 * 3600  # for one song
CHECKS = 10  # of the time, until a server counts as stalled


class TooSlow(KeyboardInterrupt):
    """A server was too slow: passes yt-dlp, which handles every `Exception`."""


class Watch:
    """Measures whether a download makes progress."""

    def __init__(self) -> None:
        self._song_started = self._progress = time.monotonic()
        self._bytes = 0

    def answered(self) -> None:
        """Note that a request was answered."""
        self._progress = time.monotonic()

    def received(self, done: int, *, finished: bool = False) -> None:
        """Note how many bytes of a song are there."""
        if finished or not self._bytes <= done < self._bytes + STALL_BYTES:
            self._bytes, self._progress = done, time.monotonic()
        if finished:
            self._song_started = time.monotonic()

    def check(self) -> None:
        """Raise `TooSlow` if there was no progress for too long."""
        now = time.monotonic()
        if now - self._progress > STALL_SECONDS or now - self._song_started > MAX_SECONDS:
            raise TooSlow


@contextmanager
def watched(url: str, advice: str) -> Iterator[Watch]:
    """Watch a download, and end it if it makes no progress.

    Needs a timer that interrupts reads from the network: not on Windows, and only in the
    main thread. Elsewhere only the time of each read is bounded.

    Parameters
    ----------
    url : str
    advice : str
        The end of the error message.

    Raises
    ------
    UserError
        If the server is too slow.
    """
    watch = Watch()
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        yield watch
        return
    before = signal.signal(signal.SIGALRM, lambda number, frame: watch.check())
    interval = STALL_SECONDS / CHECKS
    signal.setitimer(signal.ITIMER_REAL, interval, interval)
    try:
        yield watch
    except TooSlow as error:
        raise UserError(f"{url} is too slow or sends nothing more: {advice}") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def bounded(urlopen: Callable, watch: Watch, url: str, advice: str) -> Callable:
    """Make yt-dlp's `urlopen` note answers, and refuse pages of any length.

    Parameters
    ----------
    urlopen : callable
        Returns responses, whose `read(amount=None)` reads all.
    watch : Watch
    url, advice : str
        As for `watched`.

    Returns
    -------
    callable
    """

    def open_bounded(request):
        response = urlopen(request)
        watch.answered()
        read = response.read

        def read_bounded(amount: int | None = None) -> bytes:
            if amount is not None and amount >= 0:
                return read(amount)
            page = read(MAX_PAGE_BYTES + 1)
            if len(page) > MAX_PAGE_BYTES:
                size = f"{MAX_PAGE_BYTES / 1e6:g} MB"
                raise UserError(f"{url} answers with a page of more than {size}: {advice}")
            watch.answered()
            return page

        response.read = read_bounded
        return response

    return open_bounded
