"""How many windows an engine runs at once: enough to fill its products, within the memory.

A product with the weights of an LSTM has as many rows as there are windows, so more of
them are faster until the products are full. What the layers say between them has to be
held, and that is what memory goes for.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import psutil

from super_resolution.network.saved_model import Model

MEMORY_SHARE = 8  # an eighth of the memory that is free may go for it
BYTES = 4  # of a float32
GATES = 8  # an LSTM's four gates, in both directions, are held beside its two outputs


def windows_at_once(model: Model, *, most_frames: int, most_windows: int | None = None) -> int:
    """Give the most windows of prediction that should be run at once.

    Parameters
    ----------
    model : Model
    most_frames : int
        Frames of the LSTM that fill the engine's products; more only take memory.
    most_windows : int, optional
        Beyond which the engine gets slower.

    Returns
    -------
    int
        1 at least, however little memory there is.
    """
    fitting = psutil.virtual_memory().available // MEMORY_SHARE // frame_bytes(model)
    windows = min(most_frames, fitting) * model.grid.hop // model.predict_steps
    return max(1, min(windows, most_windows or windows))


def frame_bytes(model: Model) -> int:
    """Estimate the memory of a frame of the LSTM, all layers together.

    ONNX Runtime takes about so much; OpenVINO, which plans ahead, half of it.
    """
    preset = model.preset
    layers = zip(preset.lstm_units, preset.dense_units, strict=True)
    return BYTES * sum((GATES + 2) * lstm + dense for lstm, dense in layers)


PACKAGES = {"keras": "keras", "onnx": "onnxruntime", "openvino": "openvino"}


ENGINES = ("auto", *PACKAGES)


PRECISIONS = ("f32", "bf16")


class Engine(Protocol):
    """Anything that runs a network."""

    batch: int
    steps: int

    def run(self, bits: np.ndarray) -> np.ndarray:
        """Run a few windows."""


@dataclass(frozen=True)
class EngineOptions:
    """How a network is to be run.

    Parameters
    ----------
    engine : str
        One of `ENGINES`.
    precision : {"f32", "bf16"}
        Of the matrix products.
    threads : int or None
        None leaves them to the engine.
    """

    engine: str = "auto"
    precision: str = "f32"
    threads: int | None = None
