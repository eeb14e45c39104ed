"""Read any audio file as blocks of float32 in 16-bit units.

soundfile decodes wav, flac, ogg, opus, mp3 and aiff; what it does not know
(m4a, webm, mp4) goes to PyAV, which brings its own decoders. Files come from
strangers: PyAV may open only plain containers from the file itself, because
playlist formats could make it read other files or the network.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.errors import UsageError, UserError
from super_resolution.stderr import suppress_stderr

BLOCK_FRAMES = 1 << 16  # samples a channel in one block: 1.5 s at 44.1 kHz
MAX_CHANNELS = 64
PYAV_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,mp3,flac,wav,aac,aiff,caf,asf,w64"
LEGAL = "wav, flac, ogg, opus, mp3, aiff, m4a, mp4 or webm"


@dataclass(frozen=True)
class AudioFile:
    """An audio file that can be read.

    Parameters
    ----------
    path : Path
    sample_rate : int
        In Hz.
    channels : int
    frames : int or None
        Samples a channel as the file's header promises; None if it says nothing.
    read : callable
        Opens the file and gives its blocks; `blocks` is the checked form.
    """

    path: Path
    sample_rate: int
    channels: int
    frames: int | None
    read: Callable[[], Iterator[np.ndarray]]

    def blocks(self) -> Iterator[np.ndarray]:
        """Decode the file from its start.

        Yields
        ------
        ndarray, float32, shape (frames, channels)
            In 16-bit units: full scale is 32768. 16-bit files come out exactly.

        Raises
        ------
        UserError
            If the file holds NaN or infinity, or ends before its header says.
        """
        got = 0
        for block in self.read():
            if not np.isfinite(block).all():
                raise UserError(f"{self.path} holds samples that are no numbers: export it again")
            got += len(block)
            yield block
        if self.frames is not None and got < self.frames:
            raise UserError(_cut_off(self, got))


def _cut_off(audio: AudioFile, got: int) -> str:
    have, promised = got / audio.sample_rate, audio.frames / audio.sample_rate
    return (
        f"{audio.path} is damaged or cut off: its header promises {promised:.1f} s, {have:.1f} s "
        f"can be read: get it again, or scan what is there with 10-scan.py --seconds "
        f"{int(have * 10) / 10}"
    )


def open_audio(path: Path) -> AudioFile:
    """Find out how to read an audio file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    AudioFile

    Raises
    ------
    UsageError
        If there is no such file, or it is a folder.
    UserError
        If it is empty or no audio that can be decoded.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder: give an audio file ({LEGAL})")
    if not path.exists():
        raise UsageError(f"{path} does not exist: give an audio file ({LEGAL})")
    if path.is_file() and path.stat().st_size == 0:
        raise UserError(f"{path} is an empty file (0 bytes): give an audio file ({LEGAL})")
    with path.open("rb"):  # a clear OSError where it may not be read
        pass
    audio = _open_with_soundfile(path) or _open_with_pyav(path)
    if audio is None:
        raise UserError(f"{path} is no audio that can be read: give {LEGAL}")
    if not (0 < audio.channels <= MAX_CHANNELS and audio.sample_rate > 0):
        raise UserError(
            f"{path} has {audio.channels} channels at {audio.sample_rate} Hz: expected 1 to "
            f"{MAX_CHANNELS} at a rate above 0"
        )
    return audio


def _open_with_soundfile(path: Path) -> AudioFile | None:
    # a TypeError is how soundfile refuses headerless .raw files
    try:
        file = _opened(path)
    except (soundfile.LibsndfileError, TypeError):
        return None
    with file:
        rate, channels, frames = file.samplerate, file.channels, file.frames

    def read() -> Iterator[np.ndarray]:
        try:
            with _opened(path) as file:
                while len(block := file.read(BLOCK_FRAMES, "float32", always_2d=True)):
                    yield block * np.float32(FULL_SCALE)
        except soundfile.LibsndfileError as error:
            raise UserError(f"{path} is damaged ({error}): get it again") from error

    return AudioFile(path, rate, channels, frames, read)


def _opened(path: Path) -> soundfile.SoundFile:
    # its mp3 decoder warns about odd headers by itself; what matters is found when reading
    with suppress_stderr(shown_on_error=False):
        return soundfile.SoundFile(path)


def _open_with_pyav(path: Path) -> AudioFile | None:
    import av

    options = {"format_whitelist": PYAV_FORMATS, "protocol_whitelist": "file"}

    def read() -> Iterator[np.ndarray]:
        try:
            with av.open(str(path), options=options) as container:
                resampler = av.AudioResampler(format="fltp")
                for frame in container.decode(audio=0):
                    for plain in resampler.resample(frame):
                        yield plain.to_ndarray().T * np.float32(FULL_SCALE)
        # a ValueError is how PyAV refuses a format that changes on the way
        except (av.error.FFmpegError, ValueError) as error:
            raise UserError(f"{path} is damaged ({error}): get it again") from error

    try:
        with av.open(str(path), options=options) as container:
            if not container.streams.audio:
                raise UserError(f"{path} has no sound in it: give an audio file ({LEGAL})")
            stream = container.streams.audio[0]
            return AudioFile(path, stream.rate, stream.channels, None, read)
    except av.error.FFmpegError:
        return None
