"""What every engine is: windows of encoded samples in, the network's output out.

    run(bits float32 (B, steps, width)) -> float32 (B, frames), in units of the model's scale

B is at most the engine's batch size: enough windows to fill its matrix products. Memory is
dominated by the activations between layers, so more windows would only take more of it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from super_resolution.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from super_resolution.network.saved_model import Model

PACKAGES = {"keras": "keras", "onnx": "onnxruntime", "openvino": "openvino"}
ENGINES = ("auto", *PACKAGES)
PRECISIONS = ("f32", "bf16")


class Engine(Protocol):
    """Anything that runs a network.

    Attributes
    ----------
    steps : int
        Of a window.
    batch_size : int
        Most windows in a call.
    """

    steps: int
    batch_size: int

    def run(self, bits: "np.ndarray") -> "np.ndarray":
        """Run the network.

        Parameters
        ----------
        bits : ndarray, float32, shape (B, steps, width)

        Returns
        -------
        ndarray, float32, shape (B, frames)
        """


@dataclass(frozen=True)
class EngineOptions:
    """How a network is run.

    Parameters
    ----------
    engine : str
        One of `ENGINES`.
    precision : {"f32", "bf16"}
        Of the matrix products.
    threads : int or None
        None leaves them to the engine.

    Raises
    ------
    UsageError
        If there is no such engine or precision.
    """

    engine: str = "auto"
    precision: str = "f32"
    threads: int | None = None

    def __post_init__(self) -> None:
        for name, legal in (("engine", ENGINES), ("precision", PRECISIONS)):
            if getattr(self, name) not in legal:
                raise UsageError(
                    f"{name} is {getattr(self, name)!r}, expected one of {', '.join(legal)}"
                )


def batch_size_for(model: "Model", *, max_frames: int, max_windows: int | None = None) -> int:
    """Give the windows of prediction to run at once, 1 at least.

    Parameters
    ----------
    model : Model
    max_frames : int
        Steps of `faithful`, or frames of 1/300 s of `hifi`, that fill the engine's matrix
        products.
    max_windows : int, optional
        Beyond which the engine gets slower.
    """
    from super_resolution.network.filterbank import LOW_HOP

    frame = LOW_HOP if model.preset.network.restores_treble else 1
    windows = max_frames * frame // model.predict_steps
    return max(1, min(windows, max_windows or windows))
