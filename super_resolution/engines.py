"""What runs a trained network, behind one call.

An engine takes a batch of windows of bits and gives the network's output:

    run(bits float32 (B, steps, 16)) -> float32 (B, frames), in units of the scale

B is always `batch`; the caller fills the last one up.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from super_resolution.models import Model

if TYPE_CHECKING:
    import keras

BATCH_STEPS = 1 << 14  # steps in a batch: enough to fill the matrix products


class Engine(Protocol):
    """Anything that runs a network."""

    batch: int
    steps: int

    def run(self, bits: np.ndarray) -> np.ndarray:
        """Run one batch of windows."""


class KerasEngine:
    """Keras, on whichever backend and device it finds.

    Parameters
    ----------
    network : keras.Model
        As `network.build` makes it.
    """

    def __init__(self, network: "keras.Model") -> None:
        self.steps = network.input_shape[1]
        self.batch = max(1, BATCH_STEPS // self.steps)
        self._network = network

    def run(self, bits: np.ndarray) -> np.ndarray:
        """Run one batch of windows.

        Parameters
        ----------
        bits : ndarray, float32, shape (batch, steps, 16)

        Returns
        -------
        ndarray, float32, shape (batch, frames)
        """
        return np.asarray(self._network.predict_on_batch(bits))[..., 0]


def load(folder: Path, model: Model) -> Engine:
    """Build a model's network and read its weights.

    Parameters
    ----------
    folder : Path
        The model's folder.
    model : Model

    Raises
    ------
    UserError
        If the weights do not fit the network that model.json describes.
    """
    from super_resolution import network

    built = network.build(model.preset, model.grid, model.predict_steps)
    network.load_weights(built, folder)
    return KerasEngine(built)
