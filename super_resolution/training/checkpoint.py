"""What `--resume` goes on from: weights, states of optimizer and dropout, number of epochs.

They are one file, which is moved into place when it is complete, so that no kill can part
them. Keras' `BackupAndRestore` writes several; and HDF5, its format, ends the process where
the disk is full.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from super_resolution.errors import UserError
from super_resolution.files import replacing

if TYPE_CHECKING:
    import keras

FOLDER = "checkpoint"  # in the model's folder
FILE = "latest.safetensors"
EPOCHS = "epochs"  # in the file's metadata: how many are finished


def write(model: "keras.Model", folder: Path, finished: int) -> None:
    """Write a checkpoint of a compiled model after so many epochs."""
    import keras

    if keras.backend.backend() == "jax":
        # between steps JAX keeps the state elsewhere
        model.jax_state_sync()
    arrays = {
        name: np.array(keras.ops.convert_to_numpy(variable), order="C")
        for name, variable in _variables(model).items()
    }
    with replacing(path(folder)) as part:
        part.write_bytes(save(arrays, {EPOCHS: str(finished)}))


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
        with safe_open(path(folder), framework="numpy") as file:
            return int((file.metadata() or {})[EPOCHS])
    except (SafetensorError, KeyError, ValueError) as error:
        raise _damaged(folder, error) from error


def restore(model: "keras.Model", folder: Path) -> None:
    """Put a checkpoint's weights and states into a compiled model.

    Raises
    ------
    UserError
        If it is damaged, or of another network.
    """
    variables = _variables(model)
    try:
        with safe_open(path(folder), framework="numpy") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in list(file.keys())}
            if shapes != {name: tuple(variable.shape) for name, variable in variables.items()}:
                raise ValueError("it is of another network or optimizer")
            arrays = {name: file.get_tensor(name) for name in variables}
    except (SafetensorError, ValueError) as error:
        raise _damaged(folder, error) from error
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise _damaged(folder, "it holds weights that are no numbers")
    for name, variable in variables.items():
        variable.assign(arrays[name])


def shorten_log(log: Path, finished: int) -> None:
    """Keep the rows of so many epochs: a kill may have left one of an epoch to be repeated."""
    if log.is_file():
        lines = log.read_text("utf-8", "replace").splitlines(keepends=True)
        with replacing(log) as part:
            part.write_text("".join(lines[: finished + 1]), "utf-8")


def _variables(model: "keras.Model") -> "dict[str, keras.Variable]":
    model.optimizer.build(model.trainable_variables)
    # of the model also the state of the random numbers for dropout
    kinds = {"model": model.variables, "optimizer": model.optimizer.variables}
    return {
        f"{kind}.{number}": variable
        for kind, variables in kinds.items()
        for number, variable in enumerate(variables)
    }


def _damaged(folder: Path, reason: object) -> UserError:
    return UserError(
        f"{path(folder)} is damaged ({reason}): --init {folder.name} --model NAME starts from "
        f"the model's weights, --force from scratch"
    )
