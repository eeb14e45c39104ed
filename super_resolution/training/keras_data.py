"""Training batches as a dataset of Keras."""

import keras

from super_resolution.dataset.batches import Batches
from super_resolution.dataset.reader import Dataset
from super_resolution.errors import UserError
from super_resolution.network.presets import Preset
from super_resolution.training import devices


class KerasData(keras.utils.PyDataset):
    """`Batches` as a `keras.utils.PyDataset`.

    `callbacks.SetEpoch` sets `epoch`, so that a resumed training continues with the batches
    that would have followed.

    Parameters
    ----------
    batches : Batches
    """

    def __init__(self, batches: Batches) -> None:
        # With more than one thread, Keras does not use tf.data's autotuning, whose timer delays
        # the end of each epoch by up to half of its time. Other backends have no autotuning, and
        # on JAX the threads' queue would mix the batches of two epochs.
        threads = 2 if keras.backend.backend() == "tensorflow" else 1
        super().__init__(workers=threads, max_queue_size=4)
        self.batches, self.epoch = batches, 0

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int):
        return devices.share(self.whole(index))

    def whole(self, index: int):
        """Give a batch, of which this process may have a share only."""
        return self.batches.get(self.epoch, index)


def keras_data(
    dataset: Dataset, preset: Preset, *, scale: float, seed: int
) -> tuple[KerasData, KerasData]:
    """Give the batches for training and for validation.

    Parameters
    ----------
    dataset : Dataset
    preset : Preset
    scale : float
        LSB for each unit of the network's output.
    seed : int
        Of the order of the batches and of their augmentation.

    Returns
    -------
    train, validation : KerasData

    Raises
    ------
    UserError
        If a split is too small for one batch.
    """
    train = Batches(dataset, "train", preset, scale=scale, training=True, seed=seed)
    validation = Batches(dataset, "validation", preset, scale=scale)
    if not len(train) or not len(validation):
        raise UserError("the dataset is too small for one batch: scan longer or more tracks")
    return KerasData(train), KerasData(validation)
