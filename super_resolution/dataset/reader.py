"""The dataset on disk: its files, its splits, and reading segments.

    data/_dataset/
      dataset.json   preset, rates, tracks, and the windows of each channel
      NAME-000.npy   the arrays that `windows.kinds` names, a row for each window

The windows of a channel are consecutive and in time order, so that several of them make a
longer segment. The arrays are memory-mapped and never read as a whole. Each channel is split
by time: the first 80 % are for training and validation (the last twentieth of them), the
last 20 % for the evaluation. Tracks that are held out are for validation as a whole.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from super_resolution.dataset import windows
from super_resolution.dataset.arrays import ShardedArray
from super_resolution.errors import UserError, command
from super_resolution.files import read_json
from super_resolution.network.grid import Grid
from super_resolution.network.presets import Preset, from_dict
from super_resolution.network.saved_model import MAX_RATE, size_problem
from super_resolution.tracks.slug import slug
from super_resolution.tracks.track import DOWNSAMPLERS

VALIDATION_SHARE = Fraction(1, 20)  # of the first 80 %
SPLITS = ("train", "validation", "test")
DATASET_FOLDER = "_dataset"  # in data/; names of tracks do not begin with an underscore


@dataclass(frozen=True)
class Run:
    """Consecutive windows of one channel of one track.

    Parameters
    ----------
    track : str
    channel : int
    first, train_end, validation_end, end : int
        Indices of windows: the bounds of its three splits.
    """

    track: str
    channel: int
    first: int
    train_end: int
    validation_end: int
    end: int

    def bounds(self, split: str) -> tuple[int, int]:
        """Give the index of a split's first window, and that after its last."""
        ends = (self.first, self.train_end, self.validation_end, self.end)
        number = SPLITS.index(split)
        return ends[number], ends[number + 1]


@dataclass(frozen=True)
class Dataset:
    """A dataset on disk.

    Parameters
    ----------
    preset : Preset
    sample_rate, low_rate : int
        In Hz.
    downsample : str
        How the low versions were made.
    tracks : tuple of dict
        Name, title, source and licence of each track.
    runs : tuple of Run
    arrays : dict of ShardedArray
        As `windows.kinds` names them.
    """

    preset: Preset
    sample_rate: int
    low_rate: int
    downsample: str
    tracks: tuple[dict, ...]
    runs: tuple[Run, ...]
    arrays: dict[str, ShardedArray]

    @property
    def grid(self) -> Grid:
        """The grid that the windows are on."""
        return Grid.of(self.preset.network, Fraction(self.sample_rate, self.low_rate))

    @property
    def one_song(self) -> bool:
        """True if only one track is trained on: `hifi` then learns it as it is."""
        return len({run.track for run in self.runs if run.train_end > run.first}) == 1

    def only(self, names: Collection[str]) -> "Dataset":
        """Give the dataset without all other tracks."""
        return replace(
            self,
            runs=tuple(run for run in self.runs if run.track in names),
            tracks=tuple(track for track in self.tracks if track["name"] in names),
        )

    def count(self, split: str) -> int:
        """Count the windows of a split."""
        return sum(end - first for first, end in (run.bounds(split) for run in self.runs))

    def segments(self, split: str, length: int, offset: int = 0) -> np.ndarray:
        """Give the first windows of all segments of `length` windows in a split.

        A segment lies within one run; windows left over at the end of a run are not used.

        Parameters
        ----------
        split : {"train", "validation", "test"}
        length : int
            Windows in a segment.
        offset : int
            Windows by which the segments of each run are shifted, less than `length`. If one
            no longer fits at the run's end, one at its start is added, so that the number
            of segments does not depend on the offset.

        Returns
        -------
        ndarray of int, shape (segments,)
        """
        starts = []
        for first, end in (run.bounds(split) for run in self.runs):
            shifted = np.arange(first + offset, end - length + 1, length)
            missing = max(0, end - first) // length - len(shifted)
            starts += [np.full(missing, first), shifted]
        return np.concatenate(starts) if starts else np.zeros(0, np.int64)

    def read(self, starts: np.ndarray, length: int) -> dict[str, np.ndarray]:
        """Read segments.

        Parameters
        ----------
        starts : ndarray of int, shape (batch,)
            The index of each one's first window.
        length : int
            Windows in a segment.

        Returns
        -------
        dict of ndarray, shape (batch, length, ...)
        """
        rows = (starts[:, np.newaxis] + np.arange(length)).ravel()
        parts = {name: array.read(rows) for name, array in self.arrays.items()}
        return {
            name: part.reshape(len(starts), length, *part.shape[1:]) for name, part in parts.items()
        }


def load_dataset(folder: Path) -> Dataset:
    """Open a dataset.

    Raises
    ------
    UserError
        If there is none, or it is damaged.
    """
    path = folder / "dataset.json"
    if not path.is_file():
        raise UserError(
            f"no dataset in {folder}/: run {command('scan')}, then {command('dataset')}"
        )
    remedy = f"run {command('dataset')} again"
    content = read_json(path, remedy=remedy)
    try:
        preset = from_dict(content["preset"], where=str(path))
        sample_rate, low_rate = content["sample_rate"], content["low_rate"]
        downsample = content["downsample"]
        arrays = _open_arrays(folder, preset, sample_rate, low_rate)
        runs = tuple(Run(**run) for run in content["runs"])
        tracks = tuple({**track, "name": slug(track["name"])} for track in content["tracks"])
    except (KeyError, TypeError, ValueError, AttributeError, FileNotFoundError) as error:
        reason = f"{folder} is damaged, or was made by another version ({error})"
        raise UserError(f"{reason}: {remedy}") from error
    if not _is_valid(runs, len(next(iter(arrays.values())))) or downsample not in DOWNSAMPLERS:
        raise UserError(f"{folder} is damaged (its arrays do not fit dataset.json): {remedy}")
    return Dataset(preset, sample_rate, low_rate, downsample, tracks, runs, arrays)


def _open_arrays(
    folder: Path, preset: Preset, sample_rate: int, low_rate: int
) -> dict[str, ShardedArray]:
    if not (type(low_rate) is type(sample_rate) is int and 0 < low_rate < sample_rate < MAX_RATE):
        raise ValueError("its rates are no rates")
    ratio = Fraction(sample_rate, low_rate)
    if problem := size_problem(preset.network, ratio):
        raise ValueError(problem)
    arrays = {
        name: ShardedArray.open(folder, name, *kind)
        for name, kind in windows.kinds(preset, Grid.of(preset.network, ratio)).items()
    }
    if len({len(array) for array in arrays.values()}) > 1:
        raise ValueError("its arrays differ in length")
    return arrays


def _is_valid(runs: tuple[Run, ...], windows: int) -> bool:
    # splits must not overlap, or test data would leak into training
    bounds = [bound for run in runs for bound in (*run.bounds("train"), *run.bounds("test"))]
    whole = bounds and all(isinstance(bound, int) for bound in bounds)
    return bool(
        whole
        and bounds[0] == 0
        and bounds[-1] == windows
        and all(a <= b for a, b in pairwise(bounds))
    )
