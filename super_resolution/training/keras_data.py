"""Batches as Keras takes them."""

import keras

from super_resolution.dataset.batches import Batches
from super_resolution.dataset.reader import Dataset
from super_resolution.errors import UserError
from super_resolution.network.presets import Preset


class KerasData(keras.utils.PyDataset):
    """Keras' view of `Batches`.

    `epoch` is set from outside, so that a resumed run sees the batches that the
    killed one would have seen.

    Parameters
    ----------
    batches : Batches
    """

    def __init__(self, batches: Batches) -> None:
        # on TensorFlow, threads of its own make Keras turn tf.data's autotuning off, which
        # holds each epoch up until a timer ends, for up to half of the time; elsewhere there
        # is no autotuning, and JAX would find batches of other epochs in the threads' queue
        alone = keras.backend.backend() != "tensorflow"
        super().__init__(workers=1 if alone else 2, max_queue_size=4)
        self.batches, self.epoch = batches, 0

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int):
        return self.batches.get(self.epoch, index)


def keras_data(
    dataset: Dataset, preset: Preset, scale: float, seed: int
) -> tuple[KerasData, KerasData]:
    """Give what a preset learns from, and what it is checked with.

    Parameters
    ----------
    dataset : Dataset
    preset : Preset
    scale : float
        LSB for each unit of the network's output.
    seed : int
        For the order of the batches and for what happens to them.

    Raises
    ------
    UserError
        If either would have no batch.
    """
    names = ("batch", "segment", "target", "encoding", "signed")
    same = {name: getattr(preset, name) for name in names} | {"scale": scale}
    learn = Batches(dataset, "train", **same, ranges=preset.ranges, shuffle=True, seed=seed)
    check = Batches(dataset, "validation", **same)
    if not len(learn) or not len(check):
        raise UserError("the dataset is too small for one batch: scan longer or more tracks")
    return KerasData(learn), KerasData(check)
