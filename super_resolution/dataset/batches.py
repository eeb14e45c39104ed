"""Training batches: shuffled segments, augmented, encoded and scaled.

faithful   bits      float32 (B, steps, width of the encoding)
           y_true    float32 (B, samples), in units of `scale` LSB: original - base, or original
hifi       features  float32 (B, segment, 108)
           y_true    float32 (B, segment, 60): log10 powers, shares of noise, weights
"""

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE, rms
from super_resolution.dataset import augment
from super_resolution.dataset.reader import Dataset
from super_resolution.network import bits
from super_resolution.network.presets import NetworkConfig, Preset

SCALE_WINDOWS = 4000  # about as many are read to measure the scale
MIN_SCALE = 1.0  # LSB: a residual of zero must not lead to a division by zero


def measure_scale(dataset: Dataset, network: NetworkConfig) -> float:
    """Give the root mean square of the network's target over the training split.

    Parameters
    ----------
    dataset : Dataset
    network : NetworkConfig

    Returns
    -------
    float
        In LSB, `MIN_SCALE` at least; full scale for `hifi`, which follows the loudness itself.
    """
    if network.restores_treble:
        return float(FULL_SCALE)
    starts = dataset.segments("train", 1)
    rows = dataset.read(starts[:: max(1, len(starts) // SCALE_WINDOWS)], 1)
    return max(MIN_SCALE, rms(_waveform_target(rows, network)))


def _waveform_target(rows: dict[str, np.ndarray], network: NetworkConfig) -> np.ndarray:
    # float32, (B, samples), in LSB
    original = rows["target"].astype(np.float32)
    target = original - rows["base"] if network.target == "residual" else original
    return target.reshape(len(target), -1)


class Batches:
    """The batches of one split; their order depends on nothing but seed and epoch.

    Parameters
    ----------
    dataset : Dataset
    split : {"train", "validation", "test"}
    preset : Preset
        Its network and training are used.
    scale : float
        LSB for each unit of the network's output.
    training : bool
        Augment the segments, unless there is only one song, and change their order and their
        starts in each epoch. In an epoch, no track has more segments than the median one.
    seed : int
        Of the order and the augmentation.
    """

    def __init__(
        self,
        dataset: Dataset,
        split: str,
        preset: Preset,
        *,
        scale: float,
        training: bool = False,
        seed: int = 0,
    ) -> None:
        self._dataset, self._split, self._scale = dataset, split, scale
        self._network: NetworkConfig = preset.network
        self._segment, self._training, self._seed = preset.training.segment, training, seed
        # what changes a song teaches other songs
        self._augment = training and preset.training.augment and not dataset.one_song
        starts = dataset.segments(split, self._segment)
        counts = np.bincount(self._tracks(starts))
        self._most = int(np.median(counts[counts > 0])) if training and len(starts) else len(starts)
        self._count = int(np.minimum(counts, self._most).sum())
        self._size = min(preset.training.batch_size, self._count)
        self._ordered, self._ordered_epoch = starts, -1

    def __len__(self) -> int:
        # all batches have one shape: an incomplete last one is left out
        return self._count // self._size if self._size else 0

    @property
    def seconds(self) -> float:
        """Music in one batch."""
        grid, windows = self._dataset.grid, self._size * self._segment
        steps = grid.whole_steps(self._dataset.preset.training.window)
        return windows * grid.samples_of_steps(steps) / self._dataset.sample_rate

    def get(self, epoch: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Give one batch; the same epoch and index always give the same batch.

        Parameters
        ----------
        epoch : int
        index : int
            Of the batch in the epoch, from 0.

        Returns
        -------
        x, y_true : ndarray, float32
            As the top of this module says.
        """
        chosen = self._order(epoch)[index * self._size : (index + 1) * self._size]
        rng = np.random.default_rng((self._seed, epoch, index))
        # sorted reads are faster, and the order within a batch has no effect
        rows = self._dataset.read(np.sort(chosen), self._segment)
        if not self._network.restores_treble:
            return self._encoded(rows)
        features, y_true = (rows[name].astype(np.float32) for name in ("features", "envelope"))
        return augment.apply(features, y_true, rng) if self._augment else (features, y_true)

    def _encoded(self, rows: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        low = bits.samples_of(rows["bits"]).reshape(self._size, -1)
        y_true = _waveform_target(rows, self._network) / np.float32(self._scale)
        return bits.encode_input(low, self._network.encoding), y_true

    def _order(self, epoch: int) -> np.ndarray:
        if self._training and epoch != self._ordered_epoch:
            rng = np.random.default_rng((self._seed, epoch))
            offset = int(rng.integers(self._segment))
            starts = rng.permutation(self._dataset.segments(self._split, self._segment, offset))
            # the first segments of each track, in the order of the permutation
            tracks = self._tracks(starts)
            by_track = np.argsort(tracks, kind="stable")
            sizes = np.bincount(tracks)
            place = np.arange(len(starts)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            kept = np.sort(by_track[place < self._most])
            self._ordered, self._ordered_epoch = starts[kept], epoch
        return self._ordered

    def _tracks(self, starts: np.ndarray) -> np.ndarray:
        # the number of each segment's track
        names = list(dict.fromkeys(run.track for run in self._dataset.runs))
        numbers = np.array([names.index(run.track) for run in self._dataset.runs])
        firsts = [run.first for run in self._dataset.runs]
        return numbers[np.searchsorted(firsts, starts, side="right") - 1]
