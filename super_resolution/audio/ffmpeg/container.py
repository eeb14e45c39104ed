"""Open the container of a file or pipe with FFmpeg, which gets no right to open anything else."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from super_resolution.errors import UserError

if TYPE_CHECKING:
    import av

LEGAL = "give an audio or video file, such as wav, flac, mp3, m4a, ogg, opus or webm"
# The containers of music and video. Left out: playlists and image sequences, which name other
# files; subtitles and raw samples, which any text or noise would pass for.
ALLOWED = (
    "aac,ac3,adx,aiff,amr,ape,asf,au,avi,bonk,caf,dsf,dts,dtshd,dv,eac3,flac,flv,gxf,iff,ircam,loas,"
    "matroska,mlp,mov,mp3,mpc,mpc8,mpeg,mpegts,mxf,nistsphere,nut,nuv,ogg,oma,osq,pva,pvf,qcp,qoa,"
    "rm,shn,sox,spdif,swf,tak,truehd,tta,voc,w64,wav,webm,wsd,wtv,wv,xwma"
)
RAW = "s16le"  # FFmpeg's name for 16-bit little-endian samples without a header
READ_BYTES = 1 << 17  # at once
HEAD_BYTES = 1 << 16  # what is kept of the start
MAGIC_BYTES = 12  # of the start: enough to know an mp4 or caf


class Input:
    """A binary file in the form in which PyAV reads one.

    Parameters
    ----------
    file : binary file
        Need not be seekable; an mp4 or caf from a pipe is copied to a temporary file
        first, as its index may come last.
    name : str
        Its name without folders, whose ending decides where the content does not.
    halved : bool
        Pretend that a seekable file is half as large as it is.

    Attributes
    ----------
    head : bytes
        The first HEAD_BYTES, as far as they were read.
    """

    def __init__(self, file: BinaryIO, name: str, *, halved: bool = False) -> None:
        self.name, self._file, self._halved = name, file, halved
        # a seekable stdin of which something was read already is a pipe to us
        self._can_seek = hasattr(file, "seekable") and file.seekable() and file.tell() == 0
        self.head = self._waiting = file.read(HEAD_BYTES if self._can_seek else MAGIC_BYTES)
        if (self.is_mp4 or self.head.startswith(b"caff")) and not self._can_seek:
            self._copy()
        if self._can_seek:
            self._file.seek(0)
            self._waiting = b""

    @property
    def is_mp4(self) -> bool:
        """Tell whether it begins as an mp4, m4a or mov."""
        return self.head[4:8] == b"ftyp"

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes."""
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        if data:
            return data
        data = self._file.read(size)
        if not self._can_seek and len(self.head) < HEAD_BYTES:
            self.head += data
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as a file does; -1 where that is impossible."""
        try:
            position = self._file.seek(offset, whence)
        except (OSError, ValueError):
            return -1
        # FFmpeg goes to the end only to learn the size
        return position // 2 if self._halved and whence == 2 else position

    def tell(self) -> int:
        """Give the position in bytes."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Tell whether `seek` works."""
        return self._can_seek

    def halved(self) -> "Input":
        """Give the same seekable file from its start, as if it were half as large."""
        self._file.seek(0)
        return Input(self._file, self.name, halved=True)

    def _copy(self) -> None:
        copy = tempfile.TemporaryFile()  # noqa: SIM115
        copy.write(self.head)
        shutil.copyfileobj(self._file, copy)
        self._file, self._can_seek = copy, True


def open_container(
    source: Input, label: str, raw: tuple[int, int] | None = None
) -> "av.container.InputContainer":
    """Find out which container a file is, and read its headers.

    Parameters
    ----------
    source : Input
    label : str
        Its name in messages.
    raw : tuple of int, optional
        Rate in Hz and channels of 16-bit little-endian samples without a header.

    Raises
    ------
    UserError
        If it is none that is known and allowed.
    """
    import av

    form, allowed, options = None, ALLOWED, {}
    if raw:
        form = allowed = RAW
        options = {"sample_rate": str(raw[0]), "ch_layout": f"{raw[1]} channels"}
    options |= {"format_whitelist": allowed, "protocol_whitelist": "none"}
    try:
        with interruptible():
            return av.open(
                source,
                "r",
                format=form,
                container_options=options,
                metadata_errors="replace",
                buffer_size=READ_BYTES,
            )
    except (av.error.FFmpegError, ValueError) as error:
        raise UserError(f"{label} {_refusal(source)}") from error


def audio_stream(container: "av.container.InputContainer", label: str) -> "av.AudioStream":
    """Give the first audio stream that can be decoded.

    Raises
    ------
    UserError
        If there is none.
    """
    streams = container.streams.audio
    if not streams:
        raise UserError(f"{label} has no sound in it: {LEGAL}")
    # without a context FFmpeg does not know the codec
    known = [stream for stream in streams if stream.codec_context is not None]
    if not known:
        raise UserError(f"{label} has sound in a codec that FFmpeg does not know: convert it first")
    return known[0]


@contextmanager
def interruptible() -> Iterator[None]:
    """Let a Ctrl-C through that comes while FFmpeg calls `Input.read`.

    PyAV prints its traceback and goes on, and FFmpeg takes it for the end of the file. What
    a signal handler raises must be a KeyboardInterrupt: a SystemExit would end the process
    then and there.
    """
    stops: list[KeyboardInterrupt] = []
    hooks = sys.excepthook, sys.unraisablehook

    def excepthook(kind: type, value: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(value, KeyboardInterrupt):
            hooks[0](kind, value, trace)

    def unraisablehook(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            stops.append(unraisable.exc_value)
        else:
            hooks[1](unraisable)

    sys.excepthook, sys.unraisablehook = excepthook, unraisablehook
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = hooks
        if stops:
            raise stops[0]


def _refusal(source: Input) -> str:
    if not source.head:
        return f"is empty (0 bytes): {LEGAL}"
    if source.is_mp4:
        return "is an mp4 without its index (moov), cut off or not yet finished: get it again"
    return f"is no audio that can be read: {LEGAL}"
