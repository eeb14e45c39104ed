"""What a command does before its imports, which take half a second.

Imports nothing that is not loaded already, so that it takes effect at once.
"""

import os
import sys
from types import TracebackType

STREAMS = ("stdin", "stdout", "stderr")  # by file descriptor


def prepare() -> None:
    """Make Ctrl-C end the process in one line, and put something in place of closed streams."""
    sys.excepthook = _excepthook
    open_closed_streams()
    from super_resolution import signals

    signals.exit_at_once()


def open_closed_streams() -> None:
    """Open the null device in place of stdin, stdout and stderr where they are closed.

    Otherwise the next file that is opened would take their place, and receive what native
    libraries write to stderr.
    """
    for descriptor, name in enumerate(STREAMS):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
        if getattr(sys, name) is None:
            mode = "w" if descriptor else "r"
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115


def _excepthook(
    kind: type[BaseException], value: BaseException, trace: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, value, trace)
        return
    from super_resolution import signals

    signals.exit_now(signals.INTERRUPT)
