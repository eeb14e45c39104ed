"""Atomic writes: to a temporary name beside the target, then moved into place.

A killed run leaves either the old file or the new one, never a part of one.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from super_resolution.errors import UserError


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
        Where to write. It has the suffix of `path`, from which many libraries take the
        format. After an exception it is removed and `path` is unchanged.

    Raises
    ------
    OSError
        If nothing may be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    try:
        part.touch()
        yield part
        part.replace(path)
    except OSError as error:
        if error.filename != str(part):
            raise
        # name the file that was asked for, not the temporary one
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


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
    """
    part, old = (path.with_name(f".{kind}-{path.name}") for kind in ("part", "old"))
    # a run killed between the two renames below leaves only the old folder
    if old.exists() and not path.exists():
        old.rename(path)
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if path.exists():
            path.rename(old)
        part.rename(path)
    finally:
        if old.exists() and not path.exists():
            old.rename(path)
        for leftover in (part, old):
            shutil.rmtree(leftover, ignore_errors=True)


def write_json(path: Path, content: dict) -> None:
    """Write `content` as indented JSON."""
    with replacing(path) as part:
        part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read_json(path: Path, *, remedy: str) -> dict:
    """Read a JSON object from a file; errors as in `parse_json`."""
    try:
        text = path.read_text("utf-8")
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
