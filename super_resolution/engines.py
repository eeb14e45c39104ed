"""What runs a trained network, behind one call.

An engine takes a batch of windows of bits and gives the network's output:

    run(bits float32 (B, steps, 16)) -> float32 (B, frames), in units of the scale

B is always `batch`; the caller fills the last one up.
"""

from pathlib import Path
from typing import Protocol

import numpy as np

from super_resolution import models
from super_resolution.errors import UserError
from super_resolution.models import Model

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
    folder : Path
        The model's folder.
    model : Model

    Raises
    ------
    UserError
        If the weights do not fit the network that model.json describes.
    """

    def __init__(self, folder: Path, model: Model) -> None:
        from super_resolution import network

        self.steps = model.predict_steps
        self.batch = max(1, BATCH_STEPS // self.steps)
        self._network = network.build(model.preset, model.grid, self.steps)
        try:
            self._network.load_weights(folder / models.WEIGHTS)
        except (ValueError, KeyError, OSError) as error:
            raise UserError(
                f"{folder / models.WEIGHTS} does not hold the network that {models.DESCRIPTION} "
                f"describes: train it again, or fetch it again"
            ) from error

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
