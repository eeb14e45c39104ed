"""Atomic writes: to a temporary name beside the target, then moved into place.

A killed run leaves either the old file or the new one, never a part of one. A temporary file
or folder is locked while it is written: a second run with the same target takes a name with
a random part, so that the last one wins whole. What has no lock was left by a killed run,
and the next run removes it.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from super_resolution.errors import UserError
from super_resolution.locks import MAX_NAME, beside, locked, try_lock

PART = ".part-"  # temporary names begin with it
RANDOM_PART = re.compile(r"\.part-[0-9a-f]{8}(\..*)?", re.DOTALL)
MAX_SUFFIX = 32  # characters of a file's suffix that its temporary name keeps
MAX_JSON_BYTES = 1 << 24  # parsed, JSON takes up to thirty times its size


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; the file written there replaces `path` at the end.

    Parameters
    ----------
    path : Path
        The file to write; missing folders are made.

    Yields
    ------
    Path
        Where to write. It ends as `path` does, from which many libraries take the
        format. After an exception it is removed and `path` is unchanged.

    Raises
    ------
    OSError
        If nothing may be written there.
    """
    suffix = "".join(path.suffixes)
    if len(suffix) > MAX_SUFFIX:
        suffix = path.suffix if len(path.suffix) <= MAX_SUFFIX else ""
    make = partial(Path.touch, exist_ok=False)
    with _errors_name(path), _temporary(path.parent, make, path.name, suffix) as part:
        yield part
        part.replace(path)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give an empty temporary folder beside `path`, which replaces `path` at the end.

    Parameters
    ----------
    path : Path
        The folder to make, or to replace once the new one is complete.

    Yields
    ------
    Path
        Where to write. After an exception it is removed and `path` is unchanged.

    Raises
    ------
    UserError
        If another run is replacing `path`.
    """
    with _errors_name(path), locked(path):
        old = beside(path, "old")
        _restore(old, path)
        shutil.rmtree(old, ignore_errors=True)
        with _temporary(path.parent, Path.mkdir, path.name) as part:
            yield part
            try:
                if path.exists():
                    path.rename(old)
                part.rename(path)
            finally:
                _restore(old, path)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Make a folder in `parent` that is removed at the end; after a kill, by the next run."""
    with _temporary(parent, Path.mkdir) as part:
        yield part


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files and folders of killed runs."""
    with suppress(OSError):
        for path in [path for path in folder.iterdir() if RANDOM_PART.fullmatch(path.name)]:
            with suppress(OSError):
                _remove_unlocked(path)


@contextmanager
def _temporary(
    parent: Path, make: Callable[[Path], None], name: str = "", suffix: str = ""
) -> Iterator[Path]:
    parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(parent)
    path, descriptor = parent, None
    for path in _names(parent, name, suffix):
        descriptor = _claim(path, make)
        if descriptor is not None:
            break
    assert descriptor is not None
    try:
        yield path
    finally:
        _remove(path)
        os.close(descriptor)


def _names(parent: Path, name: str, suffix: str) -> Iterator[Path]:
    if name and len(os.fsencode(PART + name)) <= MAX_NAME:
        yield parent / f"{PART}{name}"
    while True:
        yield parent / f"{PART}{os.urandom(4).hex()}{suffix}"


def _claim(path: Path, make: Callable[[Path], None]) -> int | None:
    # makes and locks a file or folder; None if another run has it
    with suppress(FileNotFoundError):
        if os.path.lexists(path) and not _remove_unlocked(path):
            return None
    with suppress(FileExistsError):
        make(path)
        # another run may take it for abandoned before it is locked
        with suppress(FileNotFoundError):
            return try_lock(path)
    return None


def _remove_unlocked(path: Path) -> bool:
    descriptor = try_lock(path, certain=True)
    if descriptor is not None:
        _remove(path)
        os.close(descriptor)
    return descriptor is not None


@contextmanager
def _errors_name(path: Path) -> Iterator[None]:
    # errors name the file that was asked for, not the temporary one
    try:
        yield
    except OSError as error:
        if not error.filename or not Path(os.fsdecode(error.filename)).name.startswith(PART):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _restore(old: Path, path: Path) -> None:
    # a run killed between the two renames leaves only the old folder
    if old.exists() and not path.exists():
        old.rename(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_json(path: Path, content: dict) -> None:
    """Write `content` as indented JSON."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    with replacing(path) as part:
        # half a surrogate pair, as in a name that is not UTF-8, becomes JSON's escape for it
        part.write_bytes(text.encode("utf-8", "backslashreplace"))


def read_json(path: Path, *, remedy: str) -> dict:
    """Read a JSON object from a file; errors as in `parse_json`."""
    with path.open("rb") as file:
        data = file.read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise UserError(f"{path} is damaged (larger than {MAX_JSON_BYTES >> 20} MiB): {remedy}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is damaged ({error}): {remedy}") from error
    return parse_json(text, where=str(path), remedy=remedy)


def parse_json(text: str, *, where: str, remedy: str) -> dict:
    """Parse a JSON object.

    Parameters
    ----------
    text : str
    where : str
        The file or entry that holds it, for the error message.
    remedy : str
        The end of the error message: what the user can do.

    Raises
    ------
    UserError
        If it is not one JSON object.
    """
    try:
        content = json.loads(text)
        # an escaped lone surrogate is read, but could not be printed or written
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where} is damaged ({error}): {remedy}") from error
    if not isinstance(content, dict):
        raise UserError(f"{where} is damaged (it holds no JSON object): {remedy}")
    return content


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
