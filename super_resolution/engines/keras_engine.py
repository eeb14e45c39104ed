"""The engine `keras`: whichever backend and device Keras finds."""

import numpy as np

from super_resolution.engines.base import batch_size_for
from super_resolution.network.saved_model import Model

MAX_FRAMES = 1 << 14  # they fill the matrix products of a GPU


class KerasEngine:
    """A network run by Keras.

    Parameters
    ----------
    model : Model
    weights : dict of ndarray, float32
        As `saved_model.load_weights` gives them.
    """

    def __init__(self, model: Model, weights: dict[str, np.ndarray]) -> None:
        from super_resolution.network import backend, keras_network

        backend.full_precision()
        self.steps = model.predict_steps
        self.batch_size = batch_size_for(model, max_frames=MAX_FRAMES)
        self._network = keras_network.build(model.preset.network, self.steps)
        keras_network.set_weights(self._network, weights)

    def run(self, bits: np.ndarray) -> np.ndarray:
        """Run the network, as `Engine.run` says."""
        # each batch size would be compiled anew, so all batches are full
        full = np.zeros((self.batch_size, *bits.shape[1:]), np.float32)
        full[: len(bits)] = bits
        return np.asarray(self._network.predict_on_batch(full))[: len(bits)]
