"""Errors for the user: the message says what was given, what was expected and what to do.

A `UserError` ends the program: its message is printed as one line, and the exit code is 2 if
the command line is wrong (`UsageError`), 1 if a file, the disk or the network connection is.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from super_resolution import signals
from super_resolution.console import print_line, printable

SCRIPTS = {"scan": "10-scan.py", "dataset": "20-make-dataset.py", "evaluate": "30-evaluate.py"}
# packages that `pip install .` leaves out, by the names that are imported
TRAIN_PACKAGES = {
    *("keras", "tensorflow", "scipy", "librosa", "soundfile", "matplotlib", "PIL"),
    *("threadpoolctl", "yt_dlp"),
}
TRAIN_REMEDY = 'pip install ".[train]" in a clone of the repository installs all that this needs'
UPSAMPLER_SCRIPT = "rnn-super-resolution.py"  # of the commands train, predict and summary


class UserError(Exception):
    """A failure that the user can correct: a damaged file, a full disk, a step left out."""

    exit_code = 1


class UsageError(UserError):
    """A wrong command line: an unknown name, or options that exclude each other."""

    exit_code = 2


class Failures:
    """The errors of single files among several: the others are made all the same.

    Parameters
    ----------
    total : int
        Of the files; the error of the only one is raised as it is.
    """

    def __init__(self, total: int) -> None:
        self._total, self.names = total, []  # type: int, list[str]

    @contextmanager
    def kept(self, name: object) -> Iterator[None]:
        """Print an error of the file `name`, and go on."""
        try:
            yield
        except BrokenPipeError:
            raise
        except (UserError, OSError) as error:
            if self._total == 1:
                raise
            print_error(error)
            self.names.append(str(name))

    def check(self) -> None:
        """Raise a `UserError` that names the files that failed, if any did."""
        if self.names:
            failed = f"{len(self.names)} of {self._total} failed"
            rest = "; the others are done" if len(self.names) < self._total else ""
            raise UserError(f"{failed}: {', '.join(self.names)}{rest}")


def run(main: Callable[[], None], *, debug: bool = False) -> int:
    """Call `main`; print an error for the user as one line, and give the exit code.

    Errors for the user are a `UserError`, an `OSError`, and a package that is missing because only
    `pip install .` was called.

    Parameters
    ----------
    main : callable
        The body of a command.
    debug : bool
        Raise these errors, so that the traceback is shown.

    Returns
    -------
    int
        0; 1 or 2 after a `UserError`, 1 after an `OSError` (permissions, a full
        disk) or for a missing package, 141 if the reader of stdout has closed it, 130, 143
        or 129 after Ctrl-C, SIGTERM or SIGHUP.
    """
    try:
        with signals.raised():
            return _run(main, debug)
    except KeyboardInterrupt as stop:
        print(f"{signals.line_start()}{signals.MESSAGE}", file=sys.stderr)
        _discard_unprinted()
        return 128 + getattr(stop, "number", signal.SIGINT)


def _run(main: Callable[[], None], debug: bool) -> int:
    try:
        main()
        # flush now: an error at exit could no longer set the exit code
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
        return 128 + signal.SIGPIPE
    except (UserError, OSError) as error:
        if debug:
            raise
        print_error(error)
        _discard_unprinted()
        return getattr(error, "exit_code", 1)
    except ModuleNotFoundError as error:
        if debug or error.name not in TRAIN_PACKAGES:
            raise
        print_error(UserError(f"{error.name} is not installed: {TRAIN_REMEDY}"))
        return 1
    return 0


def print_error(error: Exception) -> None:
    """Print the message of an error on stderr, after the program's name."""
    print_line(f"{Path(sys.argv[0]).name}: {describe(error)}", sys.stderr)


def command(name: str) -> str:
    """Give the command line of a command, in the form that the user called.

    Parameters
    ----------
    name : str
        A command of `super-resolution`.

    Returns
    -------
    str
        `python3 10-scan.py` if one of the scripts was called, else `super-resolution scan`.
    """
    if Path(sys.argv[0]).name in SCRIPTS.values() or Path(sys.argv[0]).name == UPSAMPLER_SCRIPT:
        script = SCRIPTS.get(name, f"{UPSAMPLER_SCRIPT} --{name}")
        return f"python3 {script}"
    return f"super-resolution {name}"


def print_next(name: str, note: str = "") -> None:
    """Print the command that comes next, unless a Makefile calls them in turn."""
    if "MAKELEVEL" not in os.environ:
        print_line(f"next: {command(name)}{note}")


def describe(error: Exception) -> str:
    """Give the message of an error as one line."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror.lower()}"
    # texts of damaged files are in some messages: no escape sequences for the terminal
    return printable(" ".join(str(error).split()))


def _discard_unprinted() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _discard_stdout()


def _discard_stdout() -> None:
    # the flush at exit must not fail again
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
