"""Locks between processes, which the system releases when their holder dies.

A second run that would write the same model, track or dataset stops with one line instead.
Where there is no `fcntl` (Windows) nothing is locked.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from super_resolution.errors import UserError

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

MAX_NAME = 255  # bytes of a file's name


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other runs from writing `path` at the same time.

    Parameters
    ----------
    path : Path
        A file or folder, which need not exist. The lock is a file beside it, which is removed
        at the end.

    Raises
    ------
    UserError
        If another run holds the lock.
    OSError
        If no file may be made beside `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = beside(path, "lock")
    descriptor = try_lock(file, os.O_CREAT | os.O_RDWR)
    if descriptor is None:
        raise UserError(f"another run is writing {path}: wait until it has ended, then try again")
    try:
        yield
    finally:
        # removed while it is locked: who opened it meanwhile finds it gone, and makes another
        with suppress(OSError):
            file.unlink()
        os.close(descriptor)


def try_lock(path: Path, flags: int = os.O_RDONLY, *, certain: bool = False) -> int | None:
    """Open and lock a file or folder, without waiting.

    Parameters
    ----------
    path : Path
    flags : int
        As for `os.open`.
    certain : bool
        Give None too where the file system has no locks.

    Returns
    -------
    int or None
        The file descriptor, which holds the lock until it is closed; None if another process
        holds it.

    Raises
    ------
    OSError
        If it cannot be opened.
    """
    if fcntl is None:
        return None if certain else os.open(os.devnull, os.O_RDONLY)
    while True:
        descriptor = os.open(path, flags, 0o666)
        if not _flock(descriptor, certain):
            os.close(descriptor)
            return None
        # its former holder may have removed it between our two calls
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)


def beside(path: Path, kind: str) -> Path:
    """Give the hidden name `.kind-name` beside a path, cut to the length that a name may have."""
    name = os.fsencode(f".{kind}-{path.name}")[:MAX_NAME]
    return path.with_name(os.fsdecode(name))


def _flock(descriptor: int, certain: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return not certain
    return True
