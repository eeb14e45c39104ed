"""Errors for people: what was given, what was expected, what to do.

Every mistake a user can make ends as one `UserError`, whose message is the one
line that the scripts print. Its exit code tells a shell which side must change:
2 the command line (`UsageError`), 1 the files, the disk or the network.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

SCRIPTS = {"scan": "10-scan.py", "dataset": "20-make-dataset.py", "evaluate": "30-evaluate.py"}
UPSAMPLER_SCRIPT = "rnn-super-resolution.py"  # of the commands train, predict and summary


class UserError(Exception):
    """A failure that the user can mend: a bad file, a full disk, a missing step."""

    exit_code = 1


class UsageError(UserError):
    """A call that cannot be carried out as it was written."""

    exit_code = 2


def run(main: Callable[[], None], *, debug: bool = False) -> int:
    """Call `main` and turn what it raises for people into a line and an exit code.

    Parameters
    ----------
    main : callable
        The body of a script.
    debug : bool
        Let the traceback of a `UserError` or `OSError` through.

    Returns
    -------
    int
        0; 1 or 2 after a `UserError`, 1 after an `OSError` (permissions, a full
        disk), 130 after Ctrl-C, 141 when whoever reads stdout has gone.
    """
    try:
        main()
        # what is still in the buffer must not fail after the exit code is decided
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever read our output has seen enough; nothing more can be said there
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
    """Give a command as the user calls it: by its script, or by `super-resolution`."""
    if Path(sys.argv[0]).name in SCRIPTS.values() or Path(sys.argv[0]).name == UPSAMPLER_SCRIPT:
        script = SCRIPTS.get(name, f"{UPSAMPLER_SCRIPT} --{name}")
        return f"python3 {script}"
    return "super-resolution" if name == "predict" else f"super-resolution {name}"


def describe(error: Exception) -> str:
    """Give the one line that says what went wrong, whatever raised it."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror.lower()}"
    return " ".join(str(error).split())
