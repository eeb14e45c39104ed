"""Evaluation of all methods on the evaluation part of a track.

That is the last 20 % of the song, which training does not use. Of a song over 25 minutes
only the last 5 are evaluated, so that memory does not grow with the song.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from super_resolution.audio.decoding import AudioFile, open_audio
from super_resolution.audio.pcm import rms, to_int16
from super_resolution.console import plain
from super_resolution.errors import UsageError, UserError
from super_resolution.evaluation import metrics
from super_resolution.evaluation.methods import (
    ORIGINAL,
    SOXR,
    common_end,
    methods_of_part,
    read_part,
)
from super_resolution.progress import MusicBar
from super_resolution.tracks.track import Track, learn_end
from super_resolution.tracks.upsampled import Upsampled, choose, find_upsampled

ROUNDED_FRAMES = 8  # a file that was at 8 kHz once may be so many samples longer or shorter
MAX_EVALUATED_SECONDS = 300

Results = dict[str, dict[str, float]]  # method -> metric's key -> value


@dataclass(frozen=True)
class Evaluation:
    """The results of a track, and the signals to draw.

    Parameters
    ----------
    track : Track
    start, end : int
        The evaluated part, in samples of the song.
    results : dict of str to dict
        The metrics of each method, and of each network by its name.
    signals : dict of str to ndarray
        The evaluated part as "original", "soxr" and by each of `shown`, int16
        (frames, channels).
    original_rms : float
        Root mean square of the evaluated channels of the original, in LSB.
    networks, shown : list of Upsampled
        All upsampled versions of the track, and those to draw and to listen to.
    """

    track: Track
    start: int
    end: int
    results: Results
    signals: dict[str, np.ndarray]
    original_rms: float
    networks: list[Upsampled]
    shown: list[Upsampled]

    @property
    def seconds(self) -> tuple[float, float]:
        """The start and end of the evaluated part."""
        rate = self.track.info.sample_rate
        return self.start / rate, self.end / rate


def evaluate_track(
    track: Track,
    *,
    show: Iterable[str] = (),
    shipped: str = "",
    visqol: bool = False,
    channel: int | None = None,
) -> Evaluation:
    """Evaluate all methods on one track.

    Parameters
    ----------
    track : Track
    show, shipped
        As `names` and `shipped` of `tracks.upsampled.choose`.
    visqol : bool
        Add ViSQOL, which takes far longer than all the rest.
    channel : int or None
        Measure this channel only; None is the mean over all.

    Raises
    ------
    UsageError
        If the track has no such channel, or no version of that name.
    UserError
        If a file is damaged or does not belong to the track.
    """
    if channel is not None and channel >= track.info.channels:
        raise UsageError(f"{track.name} is mono: it has no right channel to measure")
    networks = find_upsampled(track)
    shown = choose(networks, show, shipped=shipped, track=track)
    channels = slice(channel, None if channel is None else channel + 1)
    end = common_end(track)
    start = max(learn_end(track), end - MAX_EVALUATED_SECONDS * track.info.sample_rate)
    original = read_part(track.original, start, end)
    results, signals = {}, {ORIGINAL: original}
    methods, drawn = methods_of_part(track, start, end), {SOXR, *(one.name for one in shown)}
    seconds = (end - start) / track.info.sample_rate
    with MusicBar(f"measuring {track.name}", seconds * len(methods)) as bar:
        for name, compute in methods.items():
            estimate = compute()
            results[name] = metrics.evaluate(
                original[:, channels],
                estimate[:, channels],
                sample_rate=track.info.sample_rate,
                low_rate=track.info.low_rate,
                bandwidth=track.info.bandwidth,
                visqol=visqol,
            )
            if name in drawn:
                signals[name] = estimate
            bar.update(seconds)
    ordered = {name: signals[name] for name in (ORIGINAL, SOXR, *(one.name for one in shown))}
    level = rms(original[:, channels])
    return Evaluation(track, start, end, results, ordered, level, networks, shown)


def window_frames(evaluation: Evaluation) -> dict[str, int]:
    """Give, for each signal but the original, the samples from one window to the next.

    Where that is not known, the numerator of the ratio (147 at 15 kHz); for soxr, which has no
    windows, those of the first network.
    """
    period = evaluation.track.ratio.numerator
    windows = {version.name: version.window_frames or period for version in evaluation.shown}
    return {SOXR: next(iter(windows.values()), period)} | windows


@dataclass(frozen=True)
class Comparison:
    """Audio files compared with one of them.

    Parameters
    ----------
    results : dict of str to dict
        The metrics of each file but the first, by its name.
    signals : dict of str to ndarray
        All files whole, the reference first, int16 (frames, channels).
    sample_rate : int
        In Hz.
    """

    results: Results
    signals: dict[str, np.ndarray]
    sample_rate: int


def compare_files(files: list[Path], *, low_rate: int, visqol: bool = False) -> Comparison:
    """Compute the metrics of audio files against the first, over their whole length.

    Parameters
    ----------
    files : list of Path
        Two or more of the same rate, length and number of channels. Lengths that differ by
        `ROUNDED_FRAMES` at most are cut to the shortest.
    low_rate : int
        Rate of the signal that the others were made from, in Hz. The bands depend on it.
    visqol : bool
        Add ViSQOL.

    Raises
    ------
    UserError
        If rate, length or number of channels differ, or a file cannot be read.
    """
    names = _distinct_names(files)
    opened = [open_audio(path) for path in files]
    signals = {name: _samples(file) for name, file in zip(names, opened, strict=True)}
    rate, lengths = opened[0].sample_rate, [len(signal) for signal in signals.values()]
    if max(lengths) - min(lengths) <= ROUNDED_FRAMES:
        signals = {name: signal[: min(lengths)] for name, signal in signals.items()}
    reference = signals[names[0]]
    for name, file in zip(names, opened, strict=True):
        if file.sample_rate != rate or signals[name].shape != reference.shape:
            raise UserError(
                f"{files[0]} ({_format(opened[0], len(reference))}) and {file.path} "
                f"({_format(file, len(signals[name]))}) cannot be compared: expected an original "
                f"and versions of its rate, length and number of channels; predict --picture shows "
                f"a file before and after"
            )
    results, seconds = {}, len(reference) / rate
    with MusicBar("measuring", seconds * len(names[1:])) as bar:
        for name in names[1:]:
            results[name] = metrics.evaluate(
                reference, signals[name], sample_rate=rate, low_rate=low_rate, visqol=visqol
            )
            bar.update(seconds)
    return Comparison(results, signals, rate)


def _distinct_names(files: list[Path]) -> list[str]:
    names = [plain(path.name) for path in files]
    if len(set(names)) == len(names):
        return names
    names = [plain(str(path)) for path in files]
    if len(set(names)) < len(names):
        raise UsageError("a file is given twice: every version needs a file of its own")
    return names


def mean_results(results: list[Results]) -> Results:
    """Give the mean over several tracks, for the methods that all of them have."""
    first = results[0]
    common = [method for method in first if all(method in other for other in results)]
    return {
        method: {
            key: sum(other[method][key] for other in results) / len(results)
            for key in first[method]
        }
        for method in common
    }


def _samples(file: AudioFile) -> np.ndarray:
    blocks = [to_int16(block) for block in file.blocks()]
    return np.concatenate(blocks) if blocks else np.zeros((0, file.channels), np.int16)


def _format(file: AudioFile, frames: int) -> str:
    return f"{file.sample_rate} Hz, {file.channels} channels, {frames} samples"
