"""16-bit WAV files, and a WAV to stdout.

The header of a WAV that leaves through a pipe states the greatest length, as those of ffmpeg and
sox do: the true one is known only at the end.
"""

import errno
import struct
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from super_resolution.errors import UserError, describe
from super_resolution.files import replacing

PIPE = Path("-")  # as a file's name: stdin or stdout
PCM = 1  # format of a WAV's samples
NO_LENGTH = 0xFFFFFFFF
HEADER_BYTES = 44
SAMPLE_BYTES = 2
MAX_DATA_BYTES = 2**32 - 1 - 36  # a WAV's header counts itself and the samples in 32 bits
BLOCK_FRAMES = 1 << 16  # read at once


class WavStream:
    """Write a 16-bit WAV of unknown length to a stream, block by block.

    Parameters
    ----------
    stream : binary file
    sample_rate : int
        In Hz.
    channels : int
    """

    def __init__(self, stream: BinaryIO, *, sample_rate: int, channels: int) -> None:
        self._stream, width = stream, SAMPLE_BYTES * channels
        fmt = struct.pack(
            "<HHIIHH", PCM, channels, sample_rate, sample_rate * width, width, 8 * SAMPLE_BYTES
        )
        riff = struct.pack("<4sI4s4sI", b"RIFF", NO_LENGTH, b"WAVE", b"fmt ", len(fmt))
        stream.write(riff + fmt + struct.pack("<4sI", b"data", NO_LENGTH))

    def write(self, block: np.ndarray) -> None:
        """Write int16 samples of shape (frames, channels), and pass them on at once."""
        self._stream.write(block.astype("<i2").tobytes())
        self._stream.flush()


@contextmanager
def stdout_writer(*, sample_rate: int, channels: int) -> Iterator[WavStream]:
    """Open stdout as a WAV, for `write(int16 block)` as that of `wav_writer`."""
    yield WavStream(sys.stdout.buffer, sample_rate=sample_rate, channels=channels)


class WavWriter:
    """The open file of `wav_writer`."""

    def __init__(self, path: Path, file: wave.Wave_write) -> None:
        self._path, self._file, self._bytes = path, file, 0

    def write(self, block: np.ndarray) -> None:
        """Append int16 samples of shape (frames, channels); `UserError` beyond 4 GiB."""
        data = block.astype("<i2", casting="equiv", copy=False).tobytes()
        self._bytes += len(data)
        if self._bytes > MAX_DATA_BYTES:
            raise UserError(f"{self._path} would exceed 4 GiB, the limit of WAV: split the song")
        self._file.writeframesraw(data)


@contextmanager
def wav_writer(path: Path, *, sample_rate: int, channels: int) -> Iterator[WavWriter]:
    """Open a 16-bit WAV for `write(int16 block)`; it appears at `path` when complete.

    Raises
    ------
    UserError
        If the disk is full, or the file would exceed 4 GiB.
    OSError
        If nothing may be written there.
    """
    with replacing(path) as part:
        try:
            with part.open("wb") as stream, wave.open(stream, "wb") as file:
                file.setparams((channels, SAMPLE_BYTES, sample_rate, 0, "NONE", "not compressed"))
                yield WavWriter(path, file)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            reason = describe(error)
            raise UserError(f"{path} cannot be written ({reason}): is the disk full?") from error


def read_wav16(path: Path, start: int = 0, frames: int = -1) -> np.ndarray:
    """Read samples of a 16-bit WAV that `wav_writer` wrote.

    Parameters
    ----------
    path : Path
    start, frames : int
        The part to read, in samples a channel; -1 reads to the end.

    Returns
    -------
    ndarray, int16, shape (frames, channels)
        Fewer frames where the file ends before the part does.

    Raises
    ------
    UserError
        If the file is missing, no WAV of 16-bit PCM, or cut off.
    """
    with _open16(path) as file:
        return _read_frames(file, start, frames)


def wav16_form(path: Path) -> tuple[int, int, int]:
    """Return rate in Hz, channels, and the samples a channel that a 16-bit WAV really holds.

    Raises
    ------
    UserError
        If the file is missing, or no WAV of 16-bit PCM.
    """
    with _open16(path) as file:
        frames, width = file.getnframes(), SAMPLE_BYTES * file.getnchannels()
        # the header of a file that was cut off promises more
        present = (path.stat().st_size - HEADER_BYTES) // width
        return file.getframerate(), file.getnchannels(), max(0, min(frames, present))


@contextmanager
def _open16(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with path.open("rb") as stream, wave.open(stream) as file:
            if file.getsampwidth() != SAMPLE_BYTES:
                raise wave.Error(f"it has {8 * file.getsampwidth()} bits a sample, expected 16")
            yield file
    # a RuntimeError is how wave refuses a chunk that is longer than the file
    except (wave.Error, EOFError, RuntimeError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it is cut off"
        raise UserError(f"{path} cannot be read ({reason}): scan the track again") from error


def _read_frames(file: wave.Wave_read, start: int, frames: int) -> np.ndarray:
    file.setpos(min(start, file.getnframes()))
    left = file.getnframes() - file.tell()
    frames = left if frames < 0 else min(frames, left)
    samples = np.empty((frames, file.getnchannels()), np.int16)
    for first in range(0, frames, BLOCK_FRAMES):
        block = samples[first : first + BLOCK_FRAMES]
        data = file.readframes(len(block))
        if len(data) < block.nbytes:
            raise EOFError
        block[:] = np.frombuffer(data, "<i2").reshape(block.shape)
    return samples
