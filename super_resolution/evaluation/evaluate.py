"""Judge every way of upsampling on the part of a song that was kept for it.

That is the last 20 %; of a song over 25 minutes the last 5, so that memory does
not grow with the song.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from super_resolution.audio.decoding import AudioFile, open_audio
from super_resolution.audio.pcm import rms, to_int16
from super_resolution.errors import UsageError, UserError
from super_resolution.evaluation import metrics
from super_resolution.evaluation.methods import (
    NETWORK,
    PREDICT,
    common_end,
    methods_of_part,
    read_part,
)
from super_resolution.files import read_json
from super_resolution.tracks.track import Track, learn_end

JUDGED_MOST = 300  # seconds
MAX_WINDOW_FRAMES = 1 << 20  # that an upsampled.json may give
KEPT = ("soxr", NETWORK)  # whose signals the pictures show

Rows = dict[str, dict[str, float]]  # method -> metric's key -> value


@dataclass(frozen=True)
class Evaluation:
    """What a track's judged part gave.

    Parameters
    ----------
    track : Track
    start : int
        First sample of the judged part.
    rows : dict of str to dict
        The metrics of each method; "network" only where there is an upsampled.wav.
    signals : dict of str to ndarray
        The judged part as "original", "soxr" and "network", int16 (frames, channels).
    loudness : float
        Root mean square of what was judged of the original, in LSB.
    made_by : dict
        What `upsampled.json` says; empty without one.
    """

    track: Track
    start: int
    rows: Rows
    signals: dict[str, np.ndarray]
    loudness: float
    made_by: dict

    @property
    def seconds(self) -> tuple[float, float]:
        """Where the judged part begins and ends."""
        rate = self.track.info.sample_rate
        return self.start / rate, (self.start + len(self.signals["original"])) / rate


def evaluate_track(track: Track, *, visqol: bool = False, channel: int | None = None) -> Evaluation:
    """Judge all methods on one track.

    Parameters
    ----------
    track : Track
    visqol : bool
        Add ViSQOL, which takes far longer than all the rest.
    channel : int or None
        Measure this channel alone; None is the mean over all.

    Raises
    ------
    UsageError
        If the track has no such channel.
    UserError
        If a file is damaged or does not belong to the track.
    """
    if channel is not None and channel >= track.info.channels:
        raise UsageError(f"{track.name} is mono: it has no right channel to measure")
    part = slice(channel, None if channel is None else channel + 1)
    end = common_end(track)
    start = max(learn_end(track), end - JUDGED_MOST * track.info.sample_rate)
    original = read_part(track.original, start, end)
    rates = {"sample_rate": track.info.sample_rate, "low_rate": track.info.low_rate}
    rows, signals = {}, {"original": original}
    methods = methods_of_part(track, start, end)
    for name in tqdm(methods, desc=track.name, unit="method", disable=None, leave=False):
        estimate = methods[name]()
        rows[name] = metrics.evaluate(original[:, part], estimate[:, part], **rates, visqol=visqol)
        if name in KEPT:
            signals[name] = estimate
    return Evaluation(track, start, rows, signals, rms(original[:, part]), _made_by(track))


def _made_by(track: Track) -> dict:
    path = track.upsampled.with_suffix(".json")
    remedy = f"run {PREDICT} {track.folder} again"
    there = track.upsampled.is_file() and path.is_file()
    return read_json(path, remedy=remedy) if there else {}


def window_frames(evaluation: Evaluation) -> int:
    """Give the samples from one possible seam to the next: the hop of the network's windows.

    Without a valid `upsampled.json`, the ratio's period (147).
    """
    window = evaluation.made_by.get("window_frames")
    legal = isinstance(window, int) and 0 < window <= MAX_WINDOW_FRAMES
    return window if legal else evaluation.track.ratio.numerator


def compare_files(original: Path, estimate: Path, *, low_rate: int, visqol: bool = False) -> Rows:
    """Measure one audio file against another, over their whole length.

    Parameters
    ----------
    original, estimate : Path
        Of one rate, length and number of channels.
    low_rate : int
        Of the signal that the estimate was made from, in Hz: it bounds the bands.
    visqol : bool

    Returns
    -------
    dict of str to dict
        One row, named after the file.

    Raises
    ------
    UserError
        If the two cannot be compared.
    """
    files = open_audio(original), open_audio(estimate)
    one, other = (_samples(file) for file in files)
    rates = {file.sample_rate for file in files}
    if len(rates) > 1 or one.shape != other.shape:
        raise UserError(
            f"{original} ({_shape(files[0], len(one))}) and {estimate} "
            f"({_shape(files[1], len(other))}) cannot be compared: expected two files of one "
            f"rate, length and number of channels"
        )
    options = {"sample_rate": rates.pop(), "low_rate": low_rate, "visqol": visqol}
    return {estimate.name: metrics.evaluate(one, other, **options)}


def mean_rows(tables: list[Rows]) -> Rows:
    """Average several tracks' rows; only methods that all of them have can be averaged."""
    shared = [method for method in tables[0] if all(method in rows for rows in tables)]
    return {
        method: {
            key: sum(rows[method][key] for rows in tables) / len(tables)
            for key in tables[0][method]
        }
        for method in shared
    }


def _samples(file: AudioFile) -> np.ndarray:
    blocks = [to_int16(block) for block in file.blocks()]
    return np.concatenate(blocks) if blocks else np.zeros((0, file.channels), np.int16)


def _shape(file: AudioFile, frames: int | None = None) -> str:
    count = file.frames if frames is None else frames
    return f"{file.sample_rate} Hz, {file.channels} channels, {count} samples"
