"""Errors for the user: the message says what was given, what was expected and what to do.

A `UserError` ends the program: its message is printed as one line, and the exit code is 2 if
the command line is wrong (`UsageError`), 1 if a file, the disk or the network connection is.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

SCRIPTS = {"scan": "10-scan.py", "dataset": "20-make-dataset.py", "evaluate": "30-evaluate.py"}
UPSAMPLER_SCRIPT = "rnn-super-resolution.py"  # of the commands train, predict and summary


class UserError(Exception):
    """A failure that the user can correct: a damaged file, a full disk, a step left out."""

    exit_code = 1


class UsageError(UserError):
    """A wrong command line: an unknown name, or options that exclude each other."""

    exit_code = 2


def run(main: Callable[[], None], *, debug: bool = False) -> int:
    """Call `main`; print a `UserError` or `OSError` as one line, and give the exit code.

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
        disk), 130 after Ctrl-C, 141 if the reader of stdout has closed it.
    """
    try:
        main()
        # flush now: an error at exit could no longer set the exit code
        sys.stdout.flush()
    except BrokenPipeError:
        # the flush at exit must not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except (UserError, OSError) as error:
        if debug:
            raise
        print(f"{Path(sys.argv[0]).name}: {describe(error)}", file=sys.stderr)
        return getattr(error, "exit_code", 1)
    except KeyboardInterrupt:
        print("\nstopped; what was finished is kept", file=sys.stderr)
        return 130
    return 0


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


def describe(error: Exception) -> str:
    """Give the message of an error as one line."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror.lower()}"
    line = " ".join(str(error).split())
    # texts of damaged files are in some messages: no escape sequences for the terminal
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
