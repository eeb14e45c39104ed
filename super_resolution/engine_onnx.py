"""The engine `onnx`: ONNX Runtime on the CPU."""

from pathlib import Path

import numpy as np

from super_resolution import onnx_check
from super_resolution.batch_size import windows_at_once
from super_resolution.network import onnx_network
from super_resolution.network.onnx_network import INPUT
from super_resolution.network.saved_model import Model
from super_resolution.stderr import suppress_stderr

MOST_FRAMES = 1 << 13
# more of them and what one layer gives the next no longer fits into the CPU's cache
MOST_WINDOWS = 16
ERRORS_ONLY = 3  # of the log


def read(path: Path, model: Model) -> bytes:
    """Read a model's ONNX file and check that it holds the model's network.

    Raises
    ------
    UserError
        If it holds anything else.
    """
    content = path.read_bytes()
    onnx_check.check(content, onnx_network.describe(model.preset, model.grid), where=path)
    return content


class OnnxEngine:
    """A network run by ONNX Runtime.

    Parameters
    ----------
    path : Path
        The ONNX file.
    model : Model
    threads : int or None
        None takes one for each core.
    precision : {"f32"}

    Raises
    ------
    UserError
        If the file does not hold the model's network.
    """

    def __init__(
        self, path: Path, model: Model, *, threads: int | None = None, precision: str = "f32"
    ) -> None:
        content = read(path, model)
        # it looks for GPUs as it loads, and says when it finds none
        with suppress_stderr(shown_on_error=True):
            import onnxruntime

            onnxruntime.set_default_logger_severity(ERRORS_ONLY)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads or 0
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        self.steps = model.predict_steps
        self.batch = windows_at_once(model, most_frames=MOST_FRAMES, most_windows=MOST_WINDOWS)

    def run(self, bits: np.ndarray) -> np.ndarray:
        """Run a few windows.

        Parameters
        ----------
        bits : ndarray, float32, shape (B, steps, width)

        Returns
        -------
        ndarray, float32, shape (B, frames)
        """
        return self._session.run(None, {INPUT: bits})[0]
