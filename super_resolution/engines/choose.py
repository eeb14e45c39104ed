"""What runs a trained network, behind one call.

An engine takes a few windows of bits and gives the network's output:

    run(bits float32 (B, steps, width)) -> float32 (B, frames), in units of the scale

B is `batch` at most: so many windows fill the matrix products, and more of them would only
take more memory. There are three:

    keras     any backend of Keras, on a GPU where there is one
    onnx      ONNX Runtime on the CPU: small, and there within a fraction of a second
    openvino  OpenVINO on the CPU, which can multiply in bf16
"""

from importlib.util import find_spec
from pathlib import Path

from super_resolution.engines.base import PACKAGES, Engine, EngineOptions
from super_resolution.engines.keras_engine import KerasEngine
from super_resolution.engines.onnx_engines import OnnxEngine, OpenVinoEngine
from super_resolution.errors import UsageError
from super_resolution.network import backend
from super_resolution.network.saved_model import ONNX, Model

# the faster one first, in f32 on two cores; hifi is a tie, which the smaller one wins
BY_SPEED = {"hold": ("openvino", "onnx"), "polyphase": ("onnx", "openvino")}
GPU_FILES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")  # CUDA, ROCm, WSL


def load_engine(folder: Path, model: Model, wishes: EngineOptions | None = None) -> Engine:
    """Build what runs a model's network, with its weights.

    Parameters
    ----------
    folder : Path
        The model's folder.
    model : Model
    wishes : EngineOptions, optional

    Raises
    ------
    UsageError
        If the engine is not installed, or cannot do what is wished.
    UserError
        If the weights do not fit the network that model.json describes.
    """
    wishes = wishes or EngineOptions()
    name = choose_engine(model, wishes)
    if wishes.precision == "bf16" and name != "openvino":
        raise UsageError(f"engine {name} runs in f32 only: --engine openvino takes bf16")
    if name == "keras":
        backend.load(wishes.threads)
        return KerasEngine.load(folder, model)
    kind = OnnxEngine if name == "onnx" else OpenVinoEngine
    return kind(folder / ONNX, model, threads=wishes.threads, precision=wishes.precision)


def choose_engine(model: Model, wishes: EngineOptions) -> str:
    """Name the engine that `load_engine` takes.

    `auto` is Keras where there is a GPU, else the fastest that is installed for the
    preset's grid, else Keras.

    Raises
    ------
    UsageError
        If it is not installed, or the model has no ONNX file to run.
    """
    name = wishes.engine
    if name == "auto":
        name = _automatic(model, wishes)
    if find_spec(PACKAGES[name]) is None:
        what = "-r requirements.txt" if name == "keras" else PACKAGES[name]
        remedy = "or take another with --engine"
        raise UsageError(f"engine {name} is not installed: pip install {what}, {remedy}")
    if name != "keras" and not model.onnx_sha256:
        raise UsageError(f"engine {name} needs {ONNX}, which this model has not: --engine keras")
    return name


def _automatic(model: Model, wishes: EngineOptions) -> str:
    if wishes.precision == "bf16":
        return "openvino"
    installed = {name for name, package in PACKAGES.items() if find_spec(package)}
    # looking for the GPU takes seconds, so look for its driver first
    if "keras" in installed and any(Path(path).exists() for path in GPU_FILES):
        backend.load(wishes.threads)
        if backend.has_gpu():
            return "keras"
    if not model.onnx_sha256:
        return "keras"
    return next((name for name in BY_SPEED[model.preset.grid] if name in installed), "keras")
