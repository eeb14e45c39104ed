"""Every way to 44.1 kHz, for any part of a track.

Only that part is read, and of the low version a second more on either side: so
much that no method can tell it from the whole song. Estimates are rounded and
clipped to 16 bits, as a file of them would be. The fitted FIR learns from the
10 minutes before the part that is kept for the evaluation, or from all there is.
"""

from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np

from super_resolution.audio.blocks import scaled_frames
from super_resolution.audio.decoding import open_audio
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.errors import UserError
from super_resolution.evaluation import baselines
from super_resolution.tracks.track import Track, learn_end

FIT_MOST = 600  # seconds
CONTEXT = 1  # seconds of the low version on either side of a part of it

NETWORK = "network"  # the row of upsampled.wav; the others are named by `classical`
PREDICT = "python3 rnn-super-resolution.py --predict"


def common_end(track: Track) -> int:
    """Give the length, in samples, that the original and all estimates of it have.

    Resampling back and forth can be a sample longer or shorter.

    Raises
    ------
    UserError
        If `upsampled.wav` cannot have been made from this track.
    """
    info = track.info
    lengths = [info.frames, scaled_frames(info.low_frames, track.ratio)]
    if track.upsampled.is_file():
        file = open_audio(track.upsampled)
        lengths.append(file.frames or 0)
        fits = (file.sample_rate, file.channels) == (info.sample_rate, info.channels)
        if not fits or max(lengths) - min(lengths) > ceil(track.ratio):
            raise UserError(
                f"{file.path} ({file.sample_rate} Hz, {file.channels} channels, {file.frames} "
                f"samples) does not belong to this track: run {PREDICT} {track.folder} again"
            )
    return min(lengths)


def methods_of_part(track: Track, start: int, end: int) -> dict[str, Callable[[], np.ndarray]]:
    """Give each way to upsample a part of a track.

    Parameters
    ----------
    track : Track
    start, end : int
        The part of the song, in samples.

    Returns
    -------
    dict of str to callable
        In the order of a table's rows, what makes the signal from `start` to `end`,
        int16, shape (end - start, channels). "network" only with an `upsampled.wav`.
    """
    low, first = low_around(track, start, end)
    rates = {"orig_sr": track.info.low_rate, "target_sr": track.info.sample_rate}

    def cut(high: np.ndarray) -> np.ndarray:
        return to_int16(high[start - first : end - first])

    made = {
        name: lambda method=method: cut(method(low, **rates))
        for name, method in baselines.METHODS.items()
    }
    made[baselines.FITTED_FIR] = lambda: cut(_fitted(track).apply(low))
    if track.upsampled.is_file():
        made[NETWORK] = lambda: read_part(track.upsampled, start, end)
    return made


def listening_versions(track: Track, start: int, end: int) -> dict[str, np.ndarray]:
    """Give what the listening page lets one compare.

    Parameters
    ----------
    track : Track
        With an `upsampled.wav`.
    start, end : int
        The part of the song, in samples.

    Returns
    -------
    dict of str to ndarray, int16, shape (end - start, channels)
        "original"; "low", each sample of the low version being repeated; "soxr"; "network".
    """
    made = methods_of_part(track, start, end)
    return {
        "original": read_part(track.original, start, end),
        "low": made["hold"](),
        "soxr": made["soxr"](),
        NETWORK: made[NETWORK](),
    }


def low_around(track: Track, start: int, end: int) -> tuple[np.ndarray, int]:
    """Read the low version of a part of the song, and `CONTEXT` on either side.

    Parameters
    ----------
    track : Track
    start, end : int
        The part, in samples of the original.

    Returns
    -------
    low : ndarray, int16, shape (frames, channels)
    first : int
        The sample of the original that its first sample falls on exactly.
    """
    # whole periods of the ratio, so that the cut changes no sample's phase
    periods = max(0, start - CONTEXT * track.info.sample_rate) // track.ratio.numerator
    first_low = periods * track.ratio.denominator
    last_low = min(track.info.low_frames, ceil(end / track.ratio) + CONTEXT * track.info.low_rate)
    return read_part(track.low, first_low, last_low), periods * track.ratio.numerator


def _fitted(track: Track) -> baselines.FittedFir:
    end = learn_end(track)
    begin = max(0, end - FIT_MOST * track.info.sample_rate)
    low, first = low_around(track, begin, end)
    rates = {"orig_sr": track.info.low_rate, "target_sr": track.info.sample_rate}
    return baselines.fit_fir(low, read_part(track.original, first, end), **rates)


def read_part(path: Path, start: int, end: int) -> np.ndarray:
    """Read the samples of a track's WAV from `start` to `end`, int16 (frames, channels)."""
    samples = read_wav16(path, start, end - start)
    if len(samples) < end - start:
        raise UserError(f"{path} is shorter than its track.json says: scan the track again")
    return samples
