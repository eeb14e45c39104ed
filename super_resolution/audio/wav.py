"""16-bit WAV files, and audio through pipes: a WAV or raw samples from stdin, a WAV to stdout.

    ffmpeg -i a.opus -f wav - | rnn-super-resolution.py --resample --predict - | play -

A pipe is not seekable. The length in the header that comes in is used only if it can be true;
the header that goes out states the greatest length, as ffmpeg's and sox's do.
"""

import errno
import math
import struct
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from super_resolution.audio.decoding import BLOCK_FRAMES, MAX_CHANNELS, AudioFile
from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.errors import UsageError, UserError, describe
from super_resolution.files import replacing

PIPE = Path("-")  # as a file's name: stdin or stdout
UNKNOWN = 0x7FFFF000  # bytes; lengths from here on mean that the writer did not know
NO_LENGTH = 0xFFFFFFFF
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # formats of a WAV
MAX_DATA_BYTES = 2**32 - 1 - 36  # a WAV's header counts itself and the samples in 32 bits
PIECE = 1 << 16  # bytes read at once of what is not wanted
# (format, bits): type of a sample, and what brings it to 16-bit units
SAMPLES = {
    (PCM, 8): ("u1", 2.0**8),
    (PCM, 16): ("<i2", 1.0),
    (PCM, 24): ("<i4", 2.0**-16),
    (PCM, 32): ("<i4", 2.0**-16),
    (FLOAT, 32): ("<f4", FULL_SCALE),
    (FLOAT, 64): ("<f8", FULL_SCALE),
}


def open_stdin(stream: BinaryIO, raw: tuple[int, int] | None = None) -> AudioFile:
    """Find out what comes from stdin, by reading its header.

    Parameters
    ----------
    stream : binary file
        Read from its start; never sought.
    raw : tuple of int, optional
        Rate in Hz and channels of 16-bit little-endian samples without a header.

    Returns
    -------
    AudioFile
        Its blocks can be read once.

    Raises
    ------
    UsageError
        If it is a terminal.
    UserError
        If it is no WAV of whole or floating-point numbers.
    """
    if stream.isatty():
        raise UsageError("- reads from stdin, and that is a terminal: pipe a WAV into it")
    if raw:
        rate, channels, kind, size = *raw, (PCM, 16), NO_LENGTH
    else:
        rate, channels, kind, size = _header(stream)
    if not (0 < channels <= MAX_CHANNELS and rate > 0 and kind in SAMPLES):
        raise UserError(
            f"stdin has {channels} channels at {rate} Hz in WAV format {kind[0]} with {kind[1]} "
            f"bits: expected 1 to {MAX_CHANNELS} channels of whole numbers or floats"
        )
    width = kind[1] // 8 * channels  # bytes of a frame
    known = 0 < size < UNKNOWN
    frames = size // width if known else None

    def read() -> Iterator[np.ndarray]:
        left, got = frames * width if known else math.inf, 0
        while left and (data := stream.read(min(left, BLOCK_FRAMES * width))):
            left, got = left - len(data), got + len(data)
            if len(data) % width and not known:
                raise UserError("stdin ends in the middle of a sample: is it cut off?")
            yield _decode(data[: len(data) // width * width], kind, channels)
        if not got:
            raise UserError("stdin holds no samples: there is nothing to upsample")
        # who writes what follows the samples must not find the pipe closed
        while stream.read(PIECE):
            pass

    return AudioFile(PIPE, rate, channels, frames, read)


def _header(stream: BinaryIO) -> tuple[int, int, tuple[int, int], int]:
    # rate, channels, (format, bits), bytes of samples; leaves the stream at the first sample
    start = stream.read(12)
    if not start:
        raise UserError("stdin is empty: pipe a WAV into it")
    if start[:4] not in (b"RIFF", b"RF64") or start[8:] != b"WAVE":
        raise UserError("stdin is no WAV: pipe it through ffmpeg -i - -f wav -, or use --raw")
    found = None
    while len(head := stream.read(8)) == 8:
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"data" and found:
            return *found, size
        # chunks have even lengths
        content = _skim(stream, size + size % 2)
        if name == b"fmt " and len(content) >= 16:
            tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[:16])
            if tag == EXTENSIBLE:
                tag = int.from_bytes(content[24:26], "little")
            found = rate, channels, (tag, bits)
    raise UserError("stdin is a WAV without samples: pipe a whole one into it")


def _skim(stream: BinaryIO, size: int) -> bytes:
    # the start of a chunk, and nothing held of its rest
    content = stream.read(min(size, PIECE))
    left = size - len(content)
    while left and (piece := stream.read(min(left, PIECE))):
        left -= len(piece)
    return content


def _decode(data: bytes, kind: tuple[int, int], channels: int) -> np.ndarray:
    # float32 (frames, channels) in 16-bit units
    dtype, unit = SAMPLES[kind]
    if kind == (PCM, 24):
        # a zero byte below the three makes them 32 bits
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        data = wide.tobytes()
    samples = np.frombuffer(data, dtype).reshape(-1, channels).astype(np.float32)
    if kind == (PCM, 8):
        samples -= 128
    return samples * np.float32(unit)


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
        fmt = struct.pack("<HHIIHH", PCM, channels, sample_rate, sample_rate * width, width, 16)
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
                file.setparams((channels, 2, sample_rate, 0, "NONE", "not compressed"))
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
    try:
        with path.open("rb") as stream, wave.open(stream) as file:
            return _read_frames(file, start, frames)
    # a RuntimeError is how wave refuses a chunk that is longer than the file
    except (wave.Error, EOFError, RuntimeError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it is cut off"
        raise UserError(f"{path} cannot be read ({reason}): scan the track again") from error


def _read_frames(file: wave.Wave_read, start: int, frames: int) -> np.ndarray:
    if file.getsampwidth() != 2:
        raise wave.Error(f"it has {8 * file.getsampwidth()} bits a sample, expected 16")
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
