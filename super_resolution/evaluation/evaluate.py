"""Evaluation of all methods on the evaluation part of a track.

That is the last 20 % of the song, which training does not use. Of a song over 25 minutes
only the last 5 are evaluated, so that memory does not grow with the song.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from super_resolution import errors
from super_resolution.audio.decoding import AudioFile, open_audio
from super_resolution.audio.pcm import rms, to_int16
from super_resolution.errors import UsageError, UserError
from super_resolution.evaluation import metrics
from super_resolution.evaluation.methods import (
    NETWORK,
    common_end,
    methods_of_part,
    read_part,
)
from super_resolution.files import read_json
from super_resolution.tracks.track import Track, learn_end

MAX_EVALUATED_SECONDS = 300
MAX_WINDOW_FRAMES = 1 << 20  # samples; limit for the value in upsampled.json
DRAWN_METHODS = ("soxr", NETWORK)  # their signals are returned for the figures

Results = dict[str, dict[str, float]]  # method -> metric's key -> value


@dataclass(frozen=True)
class Evaluation:
    """The results of a track, and the signals to draw.

    Parameters
    ----------
    track : Track
    start : int
        First sample of the evaluated part.
    results : dict of str to dict
        The metrics of each method; "network" only if there is an upsampled.wav.
    signals : dict of str to ndarray
        The evaluated part as "original", "soxr" and "network", int16 (frames, channels).
    original_rms : float
        Root mean square of the evaluated channels of the original, in LSB.
    network_info : dict
        The content of `upsampled.json`; empty without one.
    """

    track: Track
    start: int
    results: Results
    signals: dict[str, np.ndarray]
    original_rms: float
    network_info: dict

    @property
    def seconds(self) -> tuple[float, float]:
        """The start and end of the evaluated part."""
        rate = self.track.info.sample_rate
        return self.start / rate, (self.start + len(self.signals["original"])) / rate


def evaluate_track(track: Track, *, visqol: bool = False, channel: int | None = None) -> Evaluation:
    """Evaluate all methods on one track.

    Parameters
    ----------
    track : Track
    visqol : bool
        Add ViSQOL, which takes far longer than all the rest.
    channel : int or None
        Measure this channel only; None is the mean over all.

    Raises
    ------
    UsageError
        If the track has no such channel.
    UserError
        If a file is damaged or does not belong to the track.
    """
    if channel is not None and channel >= track.info.channels:
        raise UsageError(f"{track.name} is mono: it has no right channel to measure")
    channels = slice(channel, None if channel is None else channel + 1)
    end = common_end(track)
    start = max(learn_end(track), end - MAX_EVALUATED_SECONDS * track.info.sample_rate)
    original = read_part(track.original, start, end)
    results, signals = {}, {"original": original}
    methods = methods_of_part(track, start, end)
    for name in tqdm(methods, desc=track.name, unit="method", disable=None, leave=False):
        estimate = methods[name]()
        results[name] = metrics.evaluate(
            original[:, channels],
            estimate[:, channels],
            sample_rate=track.info.sample_rate,
            low_rate=track.info.low_rate,
            bandwidth=track.info.bandwidth,
            visqol=visqol,
        )
        if name in DRAWN_METHODS:
            signals[name] = estimate
    original_rms = rms(original[:, channels])
    return Evaluation(track, start, results, signals, original_rms, _network_info(track))


def _network_info(track: Track) -> dict:
    path = track.upsampled.with_suffix(".json")
    if not (track.upsampled.is_file() and path.is_file()):
        return {}
    return read_json(path, remedy=f"run {errors.command('predict')} {track.folder} again")


def window_frames(evaluation: Evaluation) -> int:
    """Give the samples from one window of the network to the next.

    Without a valid `upsampled.json`, the numerator of the ratio (147 at 15 kHz).
    """
    window = evaluation.network_info.get("window_frames")
    if isinstance(window, int) and 0 < window <= MAX_WINDOW_FRAMES:
        return window
    return evaluation.track.ratio.numerator


def compare_files(
    reference: Path, estimate: Path, *, low_rate: int, visqol: bool = False
) -> Results:
    """Compute the metrics of one audio file against another, over their whole length.

    Parameters
    ----------
    reference, estimate : Path
        Of the same rate, length and number of channels.
    low_rate : int
        Rate of the signal that the estimate was made from, in Hz. The bands depend on it.
    visqol : bool
        Add ViSQOL.

    Returns
    -------
    dict of str to dict
        One row, named after the file of the estimate.

    Raises
    ------
    UserError
        If rate, length or number of channels differ, or a file cannot be read.
    """
    reference_file, estimate_file = open_audio(reference), open_audio(estimate)
    x, y = _samples(reference_file), _samples(estimate_file)
    if reference_file.sample_rate != estimate_file.sample_rate or x.shape != y.shape:
        raise UserError(
            f"{reference} ({_format(reference_file, len(x))}) and {estimate} "
            f"({_format(estimate_file, len(y))}) cannot be compared: expected two files of one "
            f"rate, length and number of channels"
        )
    values = metrics.evaluate(
        x, y, sample_rate=reference_file.sample_rate, low_rate=low_rate, visqol=visqol
    )
    return {estimate.name: values}


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
