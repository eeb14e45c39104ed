"""Choose the engine for a model, and load it.

keras     any backend of Keras, on a GPU where there is one
onnx      ONNX Runtime on the CPU: small, starts within a fraction of a second
openvino  OpenVINO on the CPU, which can multiply in bf16
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from super_resolution.engines.base import PACKAGES, Engine, EngineOptions
from super_resolution.engines.keras_engine import KerasEngine
from super_resolution.engines.onnx_engines import OnnxEngine, OpenVinoEngine
from super_resolution.errors import UsageError
from super_resolution.network import backend
from super_resolution.network.saved_model import Model

# by architecture, the fastest first, in f32 on two cores; hifi is a tie, which the smaller one wins
BY_SPEED = {"faithful": ("openvino", "onnx"), "hifi": ("onnx", "openvino")}
GPU_FILES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")  # CUDA, ROCm, WSL


def load_engine(
    model: Model, weights: dict[str, np.ndarray], options: EngineOptions | None = None
) -> Engine:
    """Build a model's network in an engine.

    Parameters
    ----------
    model : Model
    weights : dict of ndarray, float32
        As `saved_model.load_weights` gives them.
    options : EngineOptions, optional

    Raises
    ------
    UsageError
        If the engine is not installed, or it or the network does not have the precision.
    """
    options = options or EngineOptions()
    name = choose_engine(model, options)
    if options.precision == "bf16" and model.preset.network.restores_treble:
        raise UsageError(
            "hifi runs in f32 only: in bf16 the energies that it hears in quiet bands are wrong by "
            "up to 30 dB. Leave out --precision"
        )
    if options.precision == "bf16" and name != "openvino":
        raise UsageError(f"engine {name} runs in f32 only: --engine openvino takes bf16")
    if name == "keras":
        backend.load(options.threads)
        return KerasEngine(model, weights)
    if name == "onnx":
        return OnnxEngine(model, weights, threads=options.threads)
    return OpenVinoEngine(model, weights, threads=options.threads, precision=options.precision)


def choose_engine(model: Model, options: EngineOptions) -> str:
    """Name the engine that `load_engine` takes.

    `auto` is Keras where there is a GPU, else the fastest that is installed for the
    network, else Keras.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    name = options.engine if options.engine != "auto" else _automatic(model, options)
    if find_spec(PACKAGES[name]) is None:
        what = '".[train]"' if name == "keras" else PACKAGES[name]
        remedy = "or take another with --engine"
        raise UsageError(f"engine {name} is not installed: pip install {what}, {remedy}")
    return name


def _automatic(model: Model, options: EngineOptions) -> str:
    if options.precision == "bf16":
        return "openvino"
    installed = {name for name, package in PACKAGES.items() if find_spec(package)}
    # asking Keras takes seconds, so look for the GPU's driver first
    if "keras" in installed and any(Path(path).exists() for path in GPU_FILES):
        backend.load(options.threads)
        if backend.has_gpu():
            return "keras"
    by_speed = BY_SPEED[model.preset.network.architecture]
    return next((name for name in by_speed if name in installed), "keras")
