"""What `--resume` goes on from: weights, optimizer and epoch.

Keras' `BackupAndRestore` writes weights and epoch one after the other, so that a kill can
part them. Here they are one file, which is moved into place when it is complete.
"""

from pathlib import Path

import h5py
import keras
import numpy as np

from super_resolution.errors import UserError
from super_resolution.files import replacing, temporary_folder

FOLDER = "checkpoint"  # in the model's folder
FILE = "latest.weights.h5"
EPOCH = "epoch"  # attribute of the file: how many are finished


class Checkpoint(keras.callbacks.Callback):
    """Write a checkpoint after each epoch.

    Parameters
    ----------
    folder : Path
        The model's folder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = path(folder)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Write it."""
        # HDF5 locks its file itself: so it lies in a locked folder
        with temporary_folder(self._path.parent) as folder:
            part = folder / FILE
            self.model.save_weights(part)
            with h5py.File(part, "r+") as file:
                file.attrs[EPOCH] = epoch + 1
            part.replace(self._path)


def path(folder: Path) -> Path:
    """Give the checkpoint of a model's folder."""
    return folder / FOLDER / FILE


def epochs(folder: Path) -> int:
    """Give how many epochs are finished; 0 without a checkpoint.

    Raises
    ------
    UserError
        If it is damaged.
    """
    if not path(folder).is_file():
        return 0
    try:
        with h5py.File(path(folder)) as file:
            return int(file.attrs[EPOCH])
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise _damaged(folder, error) from error


def restore(model: keras.Model, folder: Path) -> None:
    """Put a checkpoint's weights and optimizer into a compiled model.

    Raises
    ------
    UserError
        If it is damaged, or of another network.
    """
    model.optimizer.build(model.trainable_variables)
    try:
        model.load_weights(path(folder))
        if not all(np.isfinite(array).all() for array in model.get_weights()):
            raise ValueError("it holds weights that are no numbers")
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise _damaged(folder, error) from error


def shorten_log(log: Path, finished: int) -> None:
    """Keep the rows of so many epochs: a kill may have left one of an epoch to be repeated."""
    if log.is_file():
        lines = log.read_text("utf-8", "replace").splitlines(keepends=True)
        with replacing(log) as part:
            part.write_text("".join(lines[: finished + 1]), "utf-8")


def _damaged(folder: Path, error: Exception) -> UserError:
    return UserError(
        f"{path(folder)} is damaged ({error}): --init {folder.name} --model NAME starts from the "
        f"model's weights, --force from scratch"
    )
