"""The engine `keras`: whichever backend and device Keras finds."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from super_resolution.engines.base import windows_at_once
from super_resolution.network.saved_model import Model

if TYPE_CHECKING:
    import keras

MOST_FRAMES = 1 << 14  # enough to fill the matrix products of a GPU


class KerasEngine:
    """A network of Keras.

    Parameters
    ----------
    network : keras.Model
        As `keras_network.build` makes it.
    batch : int
        The most windows at once.
    """

    def __init__(self, network: "keras.Model", batch: int) -> None:
        self.steps, self.batch = network.input_shape[1], batch
        self._network = network

    @classmethod
    def load(cls, folder: Path, model: Model) -> "KerasEngine":
        """Build a model's network and read its weights.

        Raises
        ------
        UserError
            If they do not fit the network that model.json describes.
        """
        from super_resolution.network import keras_network, saved_model

        built = keras_network.build(model.preset, model.grid, model.predict_steps)
        saved_model.load_weights(built, folder)
        return cls(built, windows_at_once(model, most_frames=MOST_FRAMES))

    def run(self, bits: np.ndarray) -> np.ndarray:
        """Run a few windows.

        Parameters
        ----------
        bits : ndarray, float32, shape (B, steps, width)
            B is `batch` at most.

        Returns
        -------
        ndarray, float32, shape (B, frames)
        """
        # each new shape would be compiled anew, so all batches are full
        full = np.zeros((self.batch, *bits.shape[1:]), np.float32)
        full[: len(bits)] = bits
        return np.asarray(self._network.predict_on_batch(full))[: len(bits), :, 0]
