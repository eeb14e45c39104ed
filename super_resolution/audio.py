"""16-bit signals: rounding, channels, resampling in blocks, WAV files.

Arrays are (frames, channels); floats are in 16-bit units (full scale 32768).
Every function on blocks gives, joined, what it would give on the whole signal.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import soxr

from super_resolution.errors import UserError
from super_resolution.files import replacing
from super_resolution.grid import scaled_frames

SOXR_QUALITY = "VHQ"  # at 15 kHz flat to 6975 Hz
INT16 = np.iinfo(np.int16)
LAYOUTS = {
    3: "L R C",
    4: "L R SL SR",
    5: "L R C SL SR",
    6: "L R C LFE SL SR",
    7: "L R C LFE BC SL SR",
    8: "L R C LFE SL SR SL SR",
}
_3DB = 0.5**0.5
BS775_GAINS = {
    "L": (1, 0),
    "R": (0, 1),
    "C": (_3DB, _3DB),
    "LFE": (0, 0),
    "SL": (_3DB, 0),
    "SR": (0, _3DB),
    "BC": (0.5, 0.5),
}


def to_int16(signal: np.ndarray) -> np.ndarray:
    """Round to 16 bits; what is over full scale is clipped, never wrapped.

    Parameters
    ----------
    signal : ndarray of float, any shape
        In 16-bit units.

    Returns
    -------
    ndarray, int16, same shape
    """
    return np.clip(np.rint(signal), INT16.min, INT16.max).astype(np.int16)


def to_stereo(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Mix more than two channels down to two; mono and stereo pass unchanged.

    The gains are those of ITU-R BS.775 (center and surrounds at -3 dB, no LFE)
    for the channel orders of WAV and FLAC, scaled so that nothing can clip.
    Counts without a usual order give their mean on both sides.
    """
    for block in blocks:
        yield block if block.shape[1] <= 2 else block @ _downmix(block.shape[1])


def _downmix(channels: int) -> np.ndarray:
    # (channels, 2), float32; a row is one channel's gain to the left and right
    layout = LAYOUTS.get(channels)
    if layout is None:
        return np.full((channels, 2), 1 / channels, np.float32)
    gains = np.array([BS775_GAINS[name] for name in layout.split()], np.float32)
    return gains / gains.sum(axis=0)


def excerpt(blocks: Iterable[np.ndarray], start: int, frames: int | None) -> Iterator[np.ndarray]:
    """Keep `frames` samples a channel from `start` on; None keeps all that follow."""
    position = 0
    end = None if frames is None else start + frames
    for block in blocks:
        first = max(0, start - position)
        last = len(block) if end is None else min(len(block), end - position)
        position += len(block)
        if first < last:
            yield block[first:last]
        # stopping here keeps a damaged rest of the file from being read
        if end is not None and position >= end:
            return


class FrameReader:
    """Read a given number of frames at a time from blocks of any sizes.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (frames, channels)
    """

    def __init__(self, blocks: Iterable[np.ndarray]) -> None:
        self._blocks = iter(blocks)
        self._rest: list[np.ndarray] = []
        self._held = 0

    def read(self, frames: int) -> np.ndarray:
        """Give the next `frames` frames, fewer only where the signal ends."""
        while self._held < frames and (block := next(self._blocks, None)) is not None:
            self._rest.append(block)
            self._held += len(block)
        joined = np.concatenate(self._rest) if self._rest else np.zeros((0, 1), np.float32)
        self._rest = [joined[frames:]]
        self._held = len(self._rest[0])
        return joined[:frames]


class Resampler:
    """soxr VHQ in blocks, with an exact length.

    Parameters
    ----------
    orig_sr, target_sr : int
        Rates in Hz.
    channels : int
    """

    def __init__(self, *, orig_sr: int, target_sr: int, channels: int) -> None:
        self._ratio = Fraction(target_sr, orig_sr)
        self._stream = soxr.ResampleStream(
            orig_sr, target_sr, channels, dtype="float32", quality=SOXR_QUALITY
        )
        self._channels = channels
        self._taken = self._given = 0

    def push(self, block: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Resample one more block; `last` gives the rest.

        Parameters
        ----------
        block : ndarray, shape (frames, channels)
            May be empty.
        last : bool
            No block follows.

        Returns
        -------
        ndarray, float32, shape (any, channels)
            All calls together give `scaled_frames(frames pushed, target_sr / orig_sr)`.
        """
        self._taken += len(block)
        out = self._stream.resample_chunk(np.ascontiguousarray(block, np.float32), last=last)
        if last:
            # soxr counts in floating point and can be one off at exact halves
            missing = scaled_frames(self._taken, self._ratio) - self._given
            out = np.concatenate([out, np.zeros((1, self._channels), np.float32)])[:missing]
        self._given += len(out)
        return out


def resample_blocks(
    blocks: Iterable[np.ndarray], *, orig_sr: int, target_sr: int, channels: int
) -> Iterator[np.ndarray]:
    """Resample a signal that comes in blocks; float32 blocks in 16-bit units."""
    resampler = Resampler(orig_sr=orig_sr, target_sr=target_sr, channels=channels)
    for block in blocks:
        yield resampler.push(block)
    yield resampler.push(np.zeros((0, channels), np.float32), last=True)


def resample(signal: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Resample a whole signal with soxr VHQ.

    Parameters
    ----------
    signal : ndarray, shape (frames, channels)
        In 16-bit units.
    orig_sr, target_sr : int
        Rates in Hz.

    Returns
    -------
    ndarray, float32, shape (scaled_frames(frames, target_sr / orig_sr), channels)
    """
    resampler = Resampler(orig_sr=orig_sr, target_sr=target_sr, channels=signal.shape[1])
    return resampler.push(signal, last=True)


@contextmanager
def wav_writer(path: Path, *, sample_rate: int, channels: int) -> Iterator[soundfile.SoundFile]:
    """Open a 16-bit WAV for `write(int16 block)`; it appears at `path` when complete.

    Raises
    ------
    UserError
        If the disk is full.
    OSError
        If nothing may be written there.
    """
    with replacing(path) as part:
        try:
            with soundfile.SoundFile(
                part, "w", sample_rate, channels, subtype="PCM_16", format="WAV"
            ) as file:
                yield file
        except soundfile.LibsndfileError as error:
            raise UserError(f"{path} cannot be written ({error}): is the disk full?") from error


def read_wav16(path: Path, start: int = 0, frames: int = -1) -> np.ndarray:
    """Read samples of a 16-bit file.

    Parameters
    ----------
    path : Path
    start, frames : int
        The part to read, in samples a channel; -1 reads to the end.

    Returns
    -------
    ndarray, int16, shape (frames, channels)

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    try:
        signal, _ = soundfile.read(path, frames=frames, start=start, dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise UserError(f"{path} cannot be read ({error}): scan the track again") from error
    return signal
