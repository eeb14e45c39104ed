"""The engine `onnx`: ONNX Runtime on the CPU."""

from pathlib import Path

import numpy as np

from super_resolution.engines import onnx_check
from super_resolution.engines.base import windows_at_once
from super_resolution.errors import UsageError
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


# FOLDED engine_openvino
# """The engine `openvino`: OpenVINO on the CPU, in f32 or bf16."""


DEVICE = "CPU"
MOST_FRAMES, MOST_WINDOWS = 1 << 15, 32


class OpenVinoEngine:
    """A network run by OpenVINO.

    Parameters
    ----------
    path : Path
        The ONNX file.
    model : Model
    threads : int or None
        None takes one for each core.
    precision : {"f32", "bf16"}
        Of the matrix products; bf16 keeps 8 bits of a number and needs a CPU that has it.

    Raises
    ------
    UsageError
        If the CPU has no bf16.
    UserError
        If the file does not hold the model's network.
    """

    def __init__(
        self, path: Path, model: Model, *, threads: int | None = None, precision: str = "f32"
    ) -> None:
        content = read(path, model)
        with suppress_stderr(shown_on_error=True):
            import openvino

            core = openvino.Core()
        capabilities = core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")
        if precision != "f32" and precision.upper() not in capabilities:
            raise UsageError(f"this CPU has no {precision}: run it without --precision")
        self.steps = model.predict_steps
        self.batch = windows_at_once(model, most_frames=MOST_FRAMES, most_windows=MOST_WINDOWS)
        network = core.read_model(content)
        graph_input = network.inputs[0]
        # a fixed shape lets it plan its memory and its products ahead
        network.reshape({graph_input: [self.batch, self.steps, graph_input.partial_shape[2]]})
        options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        self._request = core.compile_model(network, DEVICE, options).create_infer_request()
        self._full = np.zeros(tuple(network.inputs[0].shape), np.float32)

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
        self._full[: len(bits)] = bits
        return self._request.infer({0: self._full})[0][: len(bits)].copy()
