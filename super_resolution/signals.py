"""Signals that stop a command: Ctrl-C, `kill`, a terminal that is closed.

While a command runs they raise `Stopped`, so that temporary files are removed. Before that,
nothing is written yet, and the process ends at once.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPT = signal.SIGINT
# Windows has no SIGHUP
STOPPING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
REPEAT = 0.05  # seconds after which a signal that was lost is sent again
PATIENCE = 1.0  # seconds: `timeout` sends its signal twice
DEADLINE = 1.5  # seconds in which a signal is to be handled
MESSAGE = "stopped; what was finished is kept"


class Stopped(KeyboardInterrupt):
    """A signal that asks the process to stop.

    Parameters
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def exit_at_once() -> None:
    """Make these signals end the process at once, in one line."""
    for number in _handled():
        signal.signal(number, lambda number, frame: exit_now(number))


@contextmanager
def raised() -> Iterator[None]:
    """Raise `Stopped` at the first of these signals.

    A second one that comes while files are being removed ends the process at once, so
    that it can be stopped in any case.
    """
    received: int | None = None
    when = 0.0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal received, when
        if received is None:
            received, when = number, time.monotonic()
            raise Stopped(number)
        if time.monotonic() - when > PATIENCE:
            exit_now(number)

    def unraisablehook(unraisable: "sys.UnraisableHookArgs") -> None:
        nonlocal received
        if not isinstance(unraisable.exc_value, Stopped):
            hook(unraisable)
            return
        # it came in a callback, such as those of the import system, where it is lost: once more
        received = None
        again = (os.getpid(), unraisable.exc_value.number)
        threading.Timer(REPEAT, os.kill, again).start()

    hook, sys.unraisablehook = sys.unraisablehook, unraisablehook
    before = {number: signal.signal(number, stop) for number in _handled()}
    try:
        yield
    except ImportError as error:
        # libraries in C make one of what is raised while they are imported
        if received is None:
            raise
        raise Stopped(received) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook


@contextmanager
def prompt(last_words: Callable[[], str]) -> Iterator[None]:
    """End the process if one of these signals is not handled in time.

    Python handles a signal between two of its instructions, and a step of a training is one
    call of a native library, which may last for seconds.

    Parameters
    ----------
    last_words : callable
        Gives the line to print before; what is being written is lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    over = threading.Event()

    def watch() -> None:
        while received := reader.recv(1):
            if received[0] in STOPPING and not over.wait(DEADLINE):
                exit_now(received[0], f"{last_words()}\n")

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        writer.close()
        thread.join()
        reader.close()


def exit_now(number: int, words: str = "") -> None:
    """Print one line after `words`, and end the process without cleaning up; 130 after Ctrl-C."""
    # not through sys.stderr, which the signal may have interrupted
    os.write(2, f"{line_start()}{words}{MESSAGE}\n".encode("utf-8", "backslashreplace"))
    os._exit(128 + number)


def line_start() -> str:
    """Give a line end if the terminal shows `^C` where the message would begin."""
    return "\n" if os.isatty(2) else ""


def _handled() -> list[int]:
    # only the main thread may set handlers; nohup and `&` in scripts have some signals ignored
    if threading.current_thread() is not threading.main_thread():
        return []
    return [n for n in STOPPING if signal.getsignal(n) not in (signal.SIG_IGN, None)]
