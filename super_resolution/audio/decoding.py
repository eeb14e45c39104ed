"""Any audio or video file as blocks of float32 in 16-bit units, decoded by FFmpeg (PyAV).

    binary file -> container -> first audio stream -> mono or stereo -> one sample rate

Length and start are FFmpeg's: encoder delay, edit lists and padding are taken off. What
the stream holds is read to its end, and a length in a header is only compared with it.
"""

import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import numpy as np

from super_resolution.audio.blocks import resample_blocks
from super_resolution.audio.ffmpeg.container import LEGAL
from super_resolution.audio.ffmpeg.decoder import Decoder
from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.audio.wav import PIPE
from super_resolution.errors import UsageError, UserError

BLOCK_FRAMES = 1 << 16  # samples a channel in one block: 1.5 s at 44.1 kHz
PIECE = 1 << 16  # bytes read at once of what follows the audio in a pipe


@dataclass
class AudioFile:
    """Audio that can be read.

    Parameters
    ----------
    path : Path
        `-` is stdin.
    sample_rate : int
        Of the start of the stream, in Hz; what follows at another rate is resampled to it.
    channels : int
        1 or 2; surround is mixed down to stereo.
    source_channels : int
        How many there are before that.
    frames : int or None
        Samples a channel by the header, an estimate; None if it says nothing.
    decoder : callable
        Opens the file for one pass.
    once : bool
        Whether it is a pipe, of which there is only one pass.
    warning : str or None
        What the user should know of the file, such as that it ends early; set when
        `blocks` comes to its end.
    """

    path: Path
    sample_rate: int
    channels: int
    source_channels: int
    frames: int | None
    decoder: Callable[[], AbstractContextManager[Decoder]] = field(repr=False)
    once: bool = False
    warning: str | None = None

    def blocks(self) -> Iterator[np.ndarray]:
        """Decode from the start to the end.

        Yields
        ------
        ndarray, float32, shape (frames, channels)
            In 16-bit units: full scale is 32768. PCM and FLAC come out exactly up to 24
            bits, and rounded to float32 beyond.

        Raises
        ------
        UserError
            If the file holds NaN or infinity, or changes to a rate that is refused.
        OSError
            If the file cannot be read.
        """
        self.warning = None
        with self.decoder() as decoder:
            for block in _at_one_rate(decoder, self.sample_rate, self.channels):
                with np.errstate(over="ignore", invalid="ignore"):
                    block = block * np.float32(FULL_SCALE)
                if not np.isfinite(block).all():
                    raise UserError(
                        f"{_label(self.path)} holds samples that are no numbers (NaN or "
                        f"infinity): export it again"
                    )
                yield block
            self.warning = decoder.warning()


def open_audio(path: Path) -> AudioFile:
    """Find out what an audio file holds, by decoding its start.

    Parameters
    ----------
    path : Path
        A file, or a named pipe.

    Returns
    -------
    AudioFile

    Raises
    ------
    UsageError
        If there is no such file, or it is a folder or a device.
    UserError
        If it is empty or holds no audio that can be decoded.
    OSError
        If it may not be read.
    """
    if not path.exists():
        raise UsageError(f"{path} does not exist: check the name")
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UsageError(f"{path} is a folder: {LEGAL}")
    if stat.S_ISFIFO(mode):
        return open_stream(path.open("rb"), path)
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is no file: {LEGAL}, or - for what comes through a pipe")

    @contextmanager
    def opened() -> Iterator[Decoder]:
        with path.open("rb") as file, closing(Decoder(file, path.name, str(path))) as decoder:
            yield decoder

    with opened() as decoder:
        return _described(decoder, path, opened)


def open_stream(stream: BinaryIO, path: Path, raw: tuple[int, int] | None = None) -> AudioFile:
    """Find out what comes through a pipe, by decoding its start.

    Parameters
    ----------
    stream : binary file
        Need not be seekable.
    path : Path
        For messages; `-` is stdin.
    raw : tuple of int, optional
        Rate in Hz and channels of 16-bit little-endian samples without a header.

    Returns
    -------
    AudioFile
        Its blocks can be read once.

    Raises
    ------
    UserError
        If it is empty or holds no audio that can be decoded.
    """

    @contextmanager
    def opened() -> Iterator[Decoder]:
        with closing(decoder):
            yield decoder
        # who writes more than the audio must not find the pipe closed
        while stream.read(PIECE):
            pass

    decoder = Decoder(stream, "", _label(path), raw)
    audio = _described(decoder, path, opened)
    audio.once = True
    return audio


def open_stdin(stream: BinaryIO, raw: tuple[int, int] | None = None) -> AudioFile:
    """Open stdin as `open_stream` does.

    Raises
    ------
    UsageError
        If it is a terminal.
    """
    if stream.isatty():
        raise UsageError("- reads from stdin, and that is a terminal: pipe audio into it")
    return open_stream(stream, PIPE, raw)


def _described(decoder: Decoder, path: Path, opened: Callable) -> AudioFile:
    channels = min(decoder.source_channels, 2)
    return AudioFile(path, decoder.rate, channels, decoder.source_channels, decoder.frames, opened)


def _at_one_rate(decoder: Decoder, rate: int, channels: int) -> Iterator[np.ndarray]:
    # files joined one after the other may change their rate on the way
    for own_rate, parts in groupby(decoder.parts(channels), key=lambda part: part[0]):
        blocks = _joined(samples for _, samples in parts)
        if own_rate != rate:
            blocks = resample_blocks(blocks, orig_sr=own_rate, target_sr=rate, channels=channels)
        yield from blocks


def _joined(parts: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    # a codec gives about a thousand frames at a time
    held, count = [], 0
    for part in parts:
        held.append(part)
        count += len(part)
        if count >= BLOCK_FRAMES:
            yield np.concatenate(held)
            held, count = [], 0
    if held:
        yield np.concatenate(held)


def _label(path: Path) -> str:
    return "stdin" if path == PIPE else str(path)
