"""Batches for training: shuffled segments, augmented, encoded, scaled.

A batch is what the training network takes and what its loss compares with:

    bits     float32 (B, segment * steps, width of the encoding)
    truth    float32 (B, segment * frames, 2)   [..., 0] what the network should give,
                                                [..., 1] what is added to it: the base

both in units of `scale` LSB. For the target `waveform` the second is zero.
"""

import numpy as np

from super_resolution.dataset import augment
from super_resolution.dataset.reader import Dataset
from super_resolution.network import bits, encodings, presets

SCALE_WINDOWS = 4000  # windows that the scale is measured on
MIN_SCALE = 1.0  # LSB: a silent song must not divide by zero
PLAIN = presets.Ranges()  # segments as they are


def measure_scale(dataset: Dataset, target: str) -> float:
    """Give the root mean square of the network's target over the training split, in LSB.

    Parameters
    ----------
    dataset : Dataset
    target : {"residual", "waveform"}
    """
    starts = dataset.segments("train", 1)
    some = starts[:: max(1, len(starts) // SCALE_WINDOWS)]
    _, original, base = dataset.read(some, 1)
    wanted = original - base if target == "residual" else original.astype(np.float32)
    return max(MIN_SCALE, float(np.sqrt(np.mean(np.square(wanted, dtype=np.float64)))))


class Batches:
    """The batches of one split, in an order that the epoch's number decides.

    Parameters
    ----------
    dataset : Dataset
    split : {"train", "validation", "test"}
    scale : float
        LSB for each unit of the network's output.
    batch, segment : int
        Segments in a batch, and windows in a segment.
    target : {"residual", "waveform"}
    encoding, signed
        As in `encodings.encode`.
    ranges : presets.Ranges
        For `polyphase` only.
    shuffle : bool
        Another order and other beginnings of the segments in each epoch.
    seed : int
    """

    def __init__(
        self,
        dataset: Dataset,
        split: str,
        *,
        scale: float,
        batch: int,
        segment: int = 1,
        target: str = "residual",
        encoding: str = encodings.DEFAULT,
        signed: bool = False,
        ranges: presets.Ranges = PLAIN,
        shuffle: bool = False,
        seed: int = 0,
    ) -> None:
        self._dataset, self._scale, self._target = dataset, scale, target
        self._split, self._segment = split, segment
        self._encoding, self._signed = encoding, signed
        self._ranges = ranges
        self._starts = dataset.segments(split, segment)
        self._batch, self._shuffle, self._seed = min(batch, len(self._starts)), shuffle, seed
        self._ordered, self._ordered_epoch = self._starts, None

    def __len__(self) -> int:
        # the last batch is left out where it is not full: every batch has one shape
        return len(self._starts) // self._batch if self._batch else 0

    @property
    def samples(self) -> int:
        """High samples in one batch."""
        return self._batch * self._segment * self._dataset.target.shape[1]

    def get(self, epoch: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Give one batch of an epoch; the same numbers always give the same batch.

        Returns
        -------
        bits : ndarray, float32, shape (B, segment * steps, width of the encoding)
        truth : ndarray, float32, shape (B, segment * frames, 2)
        """
        order = self._order(epoch)
        some = order[index * self._batch : (index + 1) * self._batch]
        rng = np.random.default_rng((self._seed, epoch, index))
        # sorted reads are kinder to the disk, and the order in a batch means nothing
        return self._encode(np.sort(some), rng)

    def _order(self, epoch: int) -> np.ndarray:
        if self._shuffle and epoch != self._ordered_epoch:
            rng = np.random.default_rng((self._seed, epoch))
            offset = int(rng.integers(self._segment))
            starts = self._dataset.segments(self._split, self._segment, offset)
            self._ordered, self._ordered_epoch = rng.permutation(starts), epoch
        return self._ordered

    def _encode(self, starts: np.ndarray, rng: np.random.Generator) -> tuple:
        packed, original, base = self._dataset.read(starts, self._segment)
        low, high = bits.samples_of(packed), original.astype(np.float32)
        rate = self._dataset.sample_rate
        low, high, base = augment.apply(low, high, base, self._ranges, rng, sample_rate=rate)
        added = base if self._target == "residual" else np.zeros_like(base)
        truth = np.stack([high - added, added], axis=-1) / np.float32(self._scale)
        return encodings.encode(low, self._encoding, signed=self._signed), truth
