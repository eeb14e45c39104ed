"""Training batches: shuffled segments, augmented, encoded and scaled.

bits     float32 (B, segment * steps, width of the encoding): the network's input
y_true   float32 (B, segment * frames, 2), in units of `scale` LSB: [..., 0] the network's
         target, [..., 1] the base that is added to its output (0 for the target `waveform`)
"""

import numpy as np

from super_resolution.audio.pcm import rms
from super_resolution.dataset import augment
from super_resolution.dataset.reader import Dataset
from super_resolution.network import bits
from super_resolution.network.config import Augmentation, NetworkConfig, Preset

SCALE_WINDOWS = 4000  # about as many are read to measure the scale
MIN_SCALE = 1.0  # LSB: a residual of zero must not lead to a division by zero
NO_AUGMENTATION = Augmentation()


def measure_scale(dataset: Dataset, target: str) -> float:
    """Give the root mean square of the network's target over the training split.

    Parameters
    ----------
    dataset : Dataset
    target : {"residual", "waveform"}

    Returns
    -------
    float
        In LSB, `MIN_SCALE` at least.
    """
    starts = dataset.segments("train", 1)
    _, original, base = dataset.read(starts[:: max(1, len(starts) // SCALE_WINDOWS)], 1)
    return max(MIN_SCALE, rms(original - base if target == "residual" else original))


class Batches:
    """The batches of one split; their order depends on nothing but seed and epoch.

    Parameters
    ----------
    dataset : Dataset
    split : {"train", "validation", "test"}
    preset : Preset
        Its network, training and augmentation are used.
    scale : float
        LSB for each unit of the network's output.
    training : bool
        Augment the segments, and change their order and their starts in each epoch.
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
        self._augmentation = preset.augmentation if training else NO_AUGMENTATION
        self._segment, self._training, self._seed = preset.training.segment, training, seed
        self._starts = dataset.segments(split, self._segment)
        self._size = min(preset.training.batch_size, len(self._starts))
        self._ordered, self._ordered_epoch = self._starts, -1

    def __len__(self) -> int:
        # all batches have one shape: an incomplete last one is left out
        return len(self._starts) // self._size if self._size else 0

    @property
    def samples(self) -> int:
        """Samples at the high rate in one batch."""
        return self._size * self._segment * self._dataset.target.shape[1]

    def get(self, epoch: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Give one batch; the same epoch and index always give the same batch.

        Parameters
        ----------
        epoch : int
        index : int
            Of the batch in the epoch, from 0.

        Returns
        -------
        bits : ndarray, float32, shape (B, segment * steps, width of the encoding)
        y_true : ndarray, float32, shape (B, segment * frames, 2)
        """
        order = self._order(epoch)
        chosen = order[index * self._size : (index + 1) * self._size]
        rng = np.random.default_rng((self._seed, epoch, index))
        # sorted reads are faster, and the order within a batch has no effect
        return self._encode(np.sort(chosen), rng)

    def _order(self, epoch: int) -> np.ndarray:
        if self._training and epoch != self._ordered_epoch:
            rng = np.random.default_rng((self._seed, epoch))
            offset = int(rng.integers(self._segment))
            starts = self._dataset.segments(self._split, self._segment, offset)
            self._ordered, self._ordered_epoch = rng.permutation(starts), epoch
        return self._ordered

    def _encode(
        self, starts: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        packed, original, base = self._dataset.read(starts, self._segment)
        low, high, base = augment.apply(
            bits.samples_of(packed),
            original.astype(np.float32),
            base,
            self._augmentation,
            rng,
            sample_rate=self._dataset.sample_rate,
        )
        network = self._network
        added = base if network.target == "residual" else np.zeros_like(base)
        y_true = np.stack([high - added, added], axis=-1) / np.float32(self._scale)
        return bits.encode_input(low, network.encoding, signed=network.signed), y_true
