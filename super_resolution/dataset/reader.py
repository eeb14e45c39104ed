"""The dataset on disk: its files, its splits, and reading segments.

    data/_dataset/
      dataset.json   preset, grid, rates, tracks, and which windows are whose
      bits.npy       uint8  (windows, steps, 2)   packed bits, the input
      target.npy     int16  (windows, frames)     the original
      base.npy       float32 (windows, frames)    the low version, interpolated by soxr

Windows stand in time order, one channel of one track after the other, so that
several in a row make a longer one. The arrays are memory-mapped, never held
whole. Each channel is split by time: the first 80 % for training, of which the last
twentieth is for validation, and the last 20 % for the evaluation.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from super_resolution.errors import UserError
from super_resolution.files import read_json
from super_resolution.network import bits
from super_resolution.network.config import Preset
from super_resolution.network.grid import Grid
from super_resolution.network.presets import from_dict
from super_resolution.tracks.track import slug

VALIDATION_SHARE = Fraction(1, 20)  # of the part for training
SPLITS = ("train", "validation", "test")
ARRAYS = ("bits", "target", "base")
DATASET_FOLDER = "_dataset"  # in data/; no track's name begins with an underscore
REMEDY = "run 20-make-dataset.py again"


@dataclass(frozen=True)
class Run:
    """Consecutive windows of one channel of one track.

    Parameters
    ----------
    track : str
    channel : int
    first, train_end, validation_end, end : int
        Bounds of its three splits among the dataset's windows.
    """

    track: str
    channel: int
    first: int
    train_end: int
    validation_end: int
    end: int

    def bounds(self, split: str) -> tuple[int, int]:
        """Give the first window of a split and the one after its last."""
        ends = (self.first, self.train_end, self.validation_end, self.end)
        place = SPLITS.index(split)
        return ends[place], ends[place + 1]


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
        Title, source and licence of each track.
    runs : tuple of Run
    bits, target, base : ndarray
        Memory-mapped, as the module says.
    """

    preset: Preset
    sample_rate: int
    low_rate: int
    downsample: str
    tracks: tuple[dict, ...]
    runs: tuple[Run, ...]
    bits: np.ndarray
    target: np.ndarray
    base: np.ndarray

    @property
    def grid(self) -> Grid:
        """The grid of its windows."""
        return Grid.of(self.preset.network, Fraction(self.sample_rate, self.low_rate))

    def windows(self, split: str) -> int:
        """Count the windows of a split."""
        return sum(end - first for first, end in (run.bounds(split) for run in self.runs))

    def segments(self, split: str, length: int, offset: int = 0) -> np.ndarray:
        """Give the first windows of all segments of `length` windows in a split.

        Segments never cross from one run into another; what
        is left over at a run's end is left out.

        Parameters
        ----------
        split : {"train", "validation", "test"}
        length : int
            Windows in a segment.
        offset : int
            Windows, less than `length`, that each run's segments begin later. Where
            one is lost at its end, one at its beginning makes up for it, so that
            the number of segments never changes.
        """
        starts = []
        for first, end in (run.bounds(split) for run in self.runs):
            shifted = np.arange(first + offset, end - length + 1, length)
            lost = max(0, end - first) // length - len(shifted)
            starts += [np.full(lost, first), shifted]
        return np.concatenate(starts) if starts else np.zeros(0, np.int64)

    def read(self, starts: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read segments.

        Parameters
        ----------
        starts : ndarray of int, shape (batch,)
            Their first windows.
        length : int
            Windows in each.

        Returns
        -------
        packed : ndarray, uint8, shape (batch, length * steps, 2)
        target : ndarray, int16, shape (batch, length * frames)
        base : ndarray, float32, shape (batch, length * frames)
        """
        rows = (starts[:, np.newaxis] + np.arange(length)).ravel()
        batch = len(starts)
        packed = self.bits[rows].reshape(batch, -1, bits.PACKED_BYTES)
        return packed, self.target[rows].reshape(batch, -1), self.base[rows].reshape(batch, -1)


def load_dataset(folder: Path) -> Dataset:
    """Open a dataset.

    Raises
    ------
    UserError
        If there is none, or it is damaged.
    """
    path = folder / "dataset.json"
    if not path.is_file():
        raise UserError(f"no dataset in {folder}/: run 10-scan.py, then 20-make-dataset.py")
    content = read_json(path, remedy=REMEDY)
    try:
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
        runs = tuple(Run(**run) for run in content["runs"])
        rest = {name: content[name] for name in ("sample_rate", "low_rate", "downsample")}
        tracks = tuple({**track, "name": slug(track["name"])} for track in content["tracks"])
        preset = from_dict(content["preset"], where=str(path))
        Fraction(rest["sample_rate"], rest["low_rate"])
    except (KeyError, TypeError, ValueError, AttributeError, FileNotFoundError, EOFError) as error:
        raise UserError(f"{folder} is damaged ({error}): {REMEDY}") from error
    if not _is_valid(runs, arrays):
        raise UserError(f"{folder} is damaged (its arrays do not fit dataset.json): {REMEDY}")
    return Dataset(preset, tracks=tracks, runs=runs, **rest, **arrays)


def _is_valid(runs: tuple[Run, ...], arrays: dict[str, np.ndarray]) -> bool:
    # splits must not overlap, or test data would leak into training
    bounds = [bound for run in runs for bound in (*run.bounds("train"), *run.bounds("test"))]
    whole = bounds and all(isinstance(bound, int) for bound in bounds)
    if not whole or bounds[0] != 0 or any(a > b for a, b in pairwise(bounds)):
        return False
    windows, steps, packed = arrays["bits"].shape
    frames = arrays["target"].shape[-1]
    return (
        [array.dtype for array in arrays.values()] == [np.uint8, np.int16, np.float32]
        and packed == bits.PACKED_BYTES
        and min(steps, frames) > 0
        and arrays["target"].shape == arrays["base"].shape == (windows, frames)
        and bounds[-1] == windows
    )
