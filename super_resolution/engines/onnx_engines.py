"""The engines `onnx` (ONNX Runtime) and `openvino`: fast on a CPU, without Keras.

Both take the network as the content of an ONNX file, which is made in memory.
"""

import functools
from typing import TYPE_CHECKING

import numpy as np

from super_resolution.engines import onnx_file
from super_resolution.engines.base import batch_size_for
from super_resolution.errors import UsageError
from super_resolution.network.onnx_network import INPUT, to_graph
from super_resolution.network.saved_model import Model
from super_resolution.stderr import suppress_stderr

if TYPE_CHECKING:
    import openvino

ONNX_MAX_FRAMES = 1 << 13
ONNX_MAX_WINDOWS = 16  # with more the activations no longer fit into the CPU's cache
OPENVINO_MAX_FRAMES, OPENVINO_MAX_WINDOWS = 1 << 15, 32
ERRORS_ONLY = 3  # severity of ONNX Runtime's log
DEVICE = "CPU"


def onnx_content(model: Model, weights: dict[str, np.ndarray]) -> bytes:
    """Give a model as the content of an ONNX file."""
    return onnx_file.to_bytes(to_graph(model.preset.network, weights))


class OnnxEngine:
    """A network run by ONNX Runtime.

    Parameters
    ----------
    model : Model
    weights : dict of ndarray, float32
        As `saved_model.load_weights` gives them.
    threads : int or None
        None takes one for each core.
    """

    def __init__(
        self, model: Model, weights: dict[str, np.ndarray], *, threads: int | None = None
    ) -> None:
        # ONNX Runtime looks for GPUs when it is imported, and reports that there are none
        with suppress_stderr(shown_on_error=True):
            import onnxruntime

            onnxruntime.set_default_logger_severity(ERRORS_ONLY)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads or 0
            self._session = onnxruntime.InferenceSession(
                onnx_content(model, weights), options, providers=["CPUExecutionProvider"]
            )
        self.steps = model.predict_steps
        self.batch_size = batch_size_for(
            model, max_frames=ONNX_MAX_FRAMES, max_windows=ONNX_MAX_WINDOWS
        )

    def run(self, bits: np.ndarray) -> np.ndarray:
        """Run the network, as `Engine.run` says."""
        return self._session.run(None, {INPUT: bits})[0]


@functools.cache
def openvino_core() -> "openvino.Core":
    """Give the only `openvino.Core` of this process.

    Each one installs a stack for signal handlers. Of two that live at the same time, the second
    one to be freed brings back the stack of the first, whose memory is gone: the next Ctrl-C
    would end the process with a segmentation fault.
    """
    with suppress_stderr(shown_on_error=True):
        import openvino

        return openvino.Core()


class OpenVinoEngine:
    """A network run by OpenVINO.

    Parameters
    ----------
    model : Model
    weights : dict of ndarray, float32
        As `saved_model.load_weights` gives them.
    threads : int or None
        None takes one for each core.
    precision : {"f32", "bf16"}
        Of the matrix products; bf16 keeps 8 bits of a number and needs a CPU that has it.

    Raises
    ------
    UsageError
        If the CPU has no bf16.
    """

    def __init__(
        self,
        model: Model,
        weights: dict[str, np.ndarray],
        *,
        threads: int | None = None,
        precision: str = "f32",
    ) -> None:
        core = openvino_core()
        capabilities = core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")
        if precision != "f32" and precision.upper() not in capabilities:
            raise UsageError(f"this CPU has no {precision}: run it without --precision")
        self.steps = model.predict_steps
        self.batch_size = batch_size_for(
            model, max_frames=OPENVINO_MAX_FRAMES, max_windows=OPENVINO_MAX_WINDOWS
        )
        network = core.read_model(onnx_content(model, weights))
        graph_input = network.inputs[0]
        # with a fixed shape it plans memory and matrix products ahead
        network.reshape({graph_input: [self.batch_size, self.steps, graph_input.partial_shape[2]]})
        options: dict[str, str | int] = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
        }
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        self._request = core.compile_model(network, DEVICE, options).create_infer_request()
        self._full = np.zeros(tuple(network.inputs[0].shape), np.float32)

    def run(self, bits: np.ndarray) -> np.ndarray:
        """Run the network, as `Engine.run` says."""
        self._full[: len(bits)] = bits
        return self._request.infer({0: self._full})[0][: len(bits)].copy()
