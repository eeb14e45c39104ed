"""The output of every method for any part of a track: the baselines and the networks.

Only that part is read, with a second of the low version on either side: enough context
for the same result as from the whole song, except that band replication fits its slope to
that part and a second on either side. Estimates are rounded and clipped to 16 bits,
as in a file. The fitted FIR is fitted to the last 10 minutes of the training part.
"""

from collections.abc import Callable, Iterable
from functools import partial
from math import ceil
from pathlib import Path

import numpy as np

from super_resolution import errors
from super_resolution.audio.blocks import scaled_frames
from super_resolution.audio.decoding import open_audio
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.errors import UserError
from super_resolution.evaluation import baselines
from super_resolution.evaluation.replication import BAND_REPLICATION, replicate_band
from super_resolution.tracks.track import Track, learn_end
from super_resolution.tracks.upsampled import wavs_of

MAX_FIT_SECONDS = 600
CONTEXT_SECONDS = 1  # of the low version, on either side of a part

ORIGINAL, LOW, SOXR = "original", "low", "soxr"  # versions beside those of the networks


def common_end(track: Track) -> int:
    """Give the length, in samples, that the original and all estimates of it have.

    Resampling down and up again can change the length by a sample.

    Raises
    ------
    UserError
        If an upsampled version cannot have been made from this track.
    """
    info = track.info
    lengths = [info.frames, scaled_frames(info.low_frames, track.ratio)]
    for path in wavs_of(track.folder):
        file = open_audio(path)
        lengths.append(file.frames or 0)
        same_format = (file.sample_rate, file.channels) == (info.sample_rate, info.channels)
        if not same_format or max(lengths) - min(lengths) > ceil(track.ratio):
            raise UserError(
                f"{file.path} ({file.sample_rate} Hz, {file.channels} channels, {file.frames} "
                f"samples) does not belong to this track ({info.sample_rate} Hz, "
                f"{info.channels} channels, {info.frames} samples): run "
                f"{errors.command('predict')} {track.folder} again"
            )
    return min(lengths)


def methods_of_part(track: Track, start: int, end: int) -> dict[str, Callable[[], np.ndarray]]:
    """Give each method's output for a part of a track, as a function that computes it.

    Parameters
    ----------
    track : Track
    start, end : int
        The part of the song, in samples.

    Returns
    -------
    dict of str to callable
        In the order of a table's rows. Each returns the signal from `start` to `end`,
        int16, shape (end - start, channels). Each upsampled version of the track is a row
        with the name of its network.

    Raises
    ------
    UserError
        If a network has the name of another row, or one that cannot be printed.
    """
    low, first = low_around(track, start, end)

    def part(high: np.ndarray) -> np.ndarray:
        return to_int16(high[start - first : end - first])

    def baseline(method: Callable[..., np.ndarray]) -> np.ndarray:
        return part(method(low, orig_sr=track.info.low_rate, target_sr=track.info.sample_rate))

    outputs: dict[str, Callable[[], np.ndarray]] = {
        name: partial(baseline, method) for name, method in baselines.METHODS.items()
    }
    outputs[baselines.FITTED_FIR] = lambda: part(_fitted_fir(track).apply(low))
    outputs[BAND_REPLICATION] = partial(baseline, replicate_band)
    for path in wavs_of(track.folder):
        if path.stem in (ORIGINAL, LOW, *outputs) or not path.stem.isprintable():
            raise UserError(f"{path}: its name is that of another row, or no text: rename it")
        outputs[path.stem] = partial(read_part, path, start, end)
    return outputs


def listening_versions(
    track: Track, start: int, end: int, networks: Iterable[str]
) -> dict[str, np.ndarray]:
    """Give the versions of a part that the listening page compares.

    Parameters
    ----------
    track : Track
    start, end : int
        The part of the song, in samples.
    networks : iterable of str
        Those of which there is an upsampled version.

    Returns
    -------
    dict of str to ndarray, int16, shape (end - start, channels)
        "original"; "low", with each sample of the low version repeated; "soxr"; `networks`.
    """
    outputs = methods_of_part(track, start, end)
    return {
        ORIGINAL: read_part(track.original, start, end),
        LOW: outputs["hold"](),
        SOXR: outputs[SOXR](),
        **{name: outputs[name]() for name in networks},
    }


def low_around(track: Track, start: int, end: int) -> tuple[np.ndarray, int]:
    """Read the low version of a part of the song, with `CONTEXT_SECONDS` on either side.

    Parameters
    ----------
    track : Track
    start, end : int
        The part, in samples of the original.

    Returns
    -------
    low : ndarray, int16, shape (frames, channels)
    first : int
        The sample of the original at the position of its first sample.
    """
    # whole periods of the ratio, so that every sample keeps its phase
    periods = max(0, start - CONTEXT_SECONDS * track.info.sample_rate) // track.ratio.numerator
    first_low = periods * track.ratio.denominator
    end_low = ceil(end / track.ratio) + CONTEXT_SECONDS * track.info.low_rate
    low = read_part(track.low, first_low, min(track.info.low_frames, end_low))
    return low, periods * track.ratio.numerator


def _fitted_fir(track: Track) -> baselines.FittedFir:
    end = learn_end(track)
    begin = max(0, end - MAX_FIT_SECONDS * track.info.sample_rate)
    low, first = low_around(track, begin, end)
    original = read_part(track.original, first, end)
    return baselines.fit_fir(
        low, original, orig_sr=track.info.low_rate, target_sr=track.info.sample_rate
    )


def read_part(path: Path, start: int, end: int) -> np.ndarray:
    """Read the samples of a track's WAV from `start` to `end`, int16 (frames, channels)."""
    samples = read_wav16(path, start, end - start)
    if len(samples) < end - start:
        raise UserError(
            f"{path} is shorter than its track.json says (at least {end} samples were expected): "
            f"scan the track again with {errors.command('scan')} --force"
        )
    return samples
