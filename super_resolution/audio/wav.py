"""16-bit WAV files, and a WAV to stdout.

The header of a WAV that leaves through a pipe states the greatest length, as those of ffmpeg and
sox do: the true one is known only at the end.
"""

import struct
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from super_resolution.errors import UserError
from super_resolution.files import replacing

PIPE = Path("-")  # as a file's name: stdin or stdout
PCM = 1  # format of a WAV's samples
UNKNOWN = 0xFFFFFFFF  # bytes
SAMPLE_BYTES = 2
WAV_HEADER_BYTES = 44
MAX_BYTES = 0xFFFFFFFF - 100  # of samples: a WAV's header counts them in 32 bits


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
        self._stream, width = stream, 2 * channels
        form = struct.pack("<HHIIHH", PCM, channels, sample_rate, sample_rate * width, width, 16)
        riff = struct.pack("<4sI4s4sI", b"RIFF", UNKNOWN, b"WAVE", b"fmt ", len(form))
        stream.write(riff + form + struct.pack("<4sI", b"data", UNKNOWN))

    def write(self, block: np.ndarray) -> None:
        """Write int16 samples of shape (frames, channels), and pass them on at once."""
        self._stream.write(block.astype("<i2").tobytes())
        self._stream.flush()


@contextmanager
def stdout_writer(*, sample_rate: int, channels: int) -> Iterator[WavStream]:
    """Open stdout for `write(int16 block)` as a WAV; like `wav_writer`."""
    yield WavStream(sys.stdout.buffer, sample_rate=sample_rate, channels=channels)


class WavFile:
    """A 16-bit WAV that is being written; `frames` counts what has been."""

    def __init__(self, file: wave.Wave_write, path: Path) -> None:
        self._file, self._path, self.frames = file, path, 0

    def write(self, block: np.ndarray) -> None:
        """Write samples, int16, shape (frames, channels).

        Raises
        ------
        UserError
            If the file would be larger than a WAV can be.
        """
        self.frames += len(block)
        if self.frames * block.shape[1] * SAMPLE_BYTES > MAX_BYTES:
            raise UserError(f"{self._path} would be larger than 4 GiB, which no WAV can be")
        self._file.writeframesraw(np.ascontiguousarray(block, "<i2").tobytes())


@contextmanager
def wav_writer(path: Path, *, sample_rate: int, channels: int) -> Iterator[WavFile]:
    """Open a 16-bit WAV for `write(int16 block)`; it appears at `path` when complete.

    Raises
    ------
    OSError
        If nothing may be written there, or the disk is full.
    """
    with replacing(path) as part, part.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setparams((channels, SAMPLE_BYTES, sample_rate, 0, "NONE", ""))
        # a file without samples has a header too
        file.writeframesraw(b"")
        yield WavFile(file, path)


def wav16_form(path: Path) -> tuple[int, int, int]:
    """Give rate in Hz, channels, and samples a channel that a 16-bit WAV really holds.

    Raises
    ------
    UserError
        If it is no 16-bit WAV.
    OSError
        If it cannot be read.
    """
    with _open16(path) as file:
        rate, channels, frames = file.getframerate(), file.getnchannels(), file.getnframes()
        # the header of a file that was cut off promises more
        header = path.stat().st_size - frames * channels * SAMPLE_BYTES
        if header < WAV_HEADER_BYTES:
            frames = max(0, frames + (header - WAV_HEADER_BYTES) // (channels * SAMPLE_BYTES))
        return rate, channels, frames


def read_wav16(path: Path, start: int = 0, frames: int = -1) -> np.ndarray:
    """Read samples of a 16-bit WAV.

    Parameters
    ----------
    path : Path
    start, frames : int
        The part to read, in samples a channel; -1 reads to the end.

    Returns
    -------
    ndarray, int16, shape (frames, channels)
        Fewer where the file ends before.

    Raises
    ------
    UserError
        If it is no 16-bit WAV.
    """
    with _open16(path) as file:
        start = min(start, file.getnframes())
        file.setpos(start)
        data = file.readframes(file.getnframes() - start if frames < 0 else frames)
        channels = file.getnchannels()
    whole = len(data) // (SAMPLE_BYTES * channels) * SAMPLE_BYTES * channels
    return np.frombuffer(data[:whole], "<i2").reshape(-1, channels).astype(np.int16, copy=False)


@contextmanager
def _open16(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with path.open("rb") as raw, wave.open(raw, "rb") as file:
            if file.getsampwidth() != SAMPLE_BYTES:
                raise UserError(f"{path} has not 16 bits: scan the track again")
            yield file
    except (wave.Error, EOFError) as error:
        raise UserError(f"{path} cannot be read ({error}): scan the track again") from error
