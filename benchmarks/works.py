"""What `speed.py` times, each made in the process that does it.

The first functions give works by name. Where there is arithmetic they add `product`, a
large matrix product through the same library, which shows the machine's limit.
"""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measuring import Work

from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import wav_writer
from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import choose_engine, load_engine
from super_resolution.network import backend, saved_model
from super_resolution.network.config import Preset
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import HIGH_RATE, LOW_RATE, RATIO
from super_resolution.upsampling.stream import upsample_blocks

MATRIX = 3072  # rows and columns of the product
PRODUCT = 2 * MATRIX**3 / 1e9  # GFLOP
BATCHES = 4  # full ones, so that nothing is padded
PREDICT_WINDOWS = 640  # 20 batches of Keras' own size: calling it must cost nothing
LOUDNESS = 3000  # LSB, of noise
SCALE = 300.0  # LSB for a unit of the network's output
RATES = {"sample_rate": HIGH_RATE, "low_rate": LOW_RATE}
BLOCK = 10.0  # seconds of noise, again and again


def machine() -> dict[str, Work]:
    """Give soxr, and numpy's product; real-time factors are of one channel."""
    seconds, matrix = 60, np.ones((MATRIX, MATRIX), np.float32)
    low = _noise(LOW_RATE * seconds).astype(np.float32)

    def resample() -> None:
        resample(low, orig_sr=LOW_RATE, target_sr=HIGH_RATE)

    return {"soxr": Work(resample, seconds), "product": Work(lambda: matrix @ matrix, PRODUCT)}


def engine(folder: Path, wishes: EngineOptions) -> dict[str, Work]:
    """Give an engine's upsampling of one channel, samples in and samples out."""
    model = saved_model.load(folder)
    loaded = load_engine(folder, model, wishes)
    windows = BATCHES * loaded.batch
    frames = windows * model.grid.frames_of(loaded.steps - 2 * model.context)
    low = _noise(int(frames / model.grid.ratio))

    def upsample() -> None:
        for _ in upsample_blocks([low], loaded, model, channels=1):
            pass

    product = _keras_product() if wishes.engine == "keras" else _graph_product(wishes)
    works = {
        "engine": Work(upsample, frames / model.sample_rate),
        "product": Work(product, PRODUCT),
    }
    return works | (_plain_predict(folder, model) if wishes.engine == "keras" else {})


def _plain_predict(folder: Path, model: Model) -> dict[str, Work]:
    # what one would write first: the windows of training through `predict`, none twice
    from super_resolution.network import keras_network, saved_model

    plain = keras_network.of_preset(model.preset, model.grid.ratio)
    saved_model.load_weights(plain, folder)
    _, steps, width = plain.input_shape
    seen = _bits((PREDICT_WINDOWS, steps, width))
    seconds = len(seen) * model.grid.frames_of(steps) / model.sample_rate
    return {"predict": Work(lambda: plain.predict(seen, verbose=0), seconds)}


def _keras_product() -> Callable[[], object]:
    import keras

    matrix = keras.ops.ones((MATRIX, MATRIX), "float32")
    # on a GPU only asking for a number waits for it
    return lambda: float(keras.ops.matmul(matrix, matrix)[0, 0])


def _graph_product(wishes: EngineOptions) -> Callable[[], object]:
    content, matrix = _product_graph(), np.ones((MATRIX, MATRIX), np.float32)
    if wishes.engine == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {"x": matrix})
    import openvino

    options = {"INFERENCE_PRECISION_HINT": wishes.precision, "PERFORMANCE_HINT": "LATENCY"}
    core = openvino.Core()
    request = core.compile_model(core.read_model(content), "CPU", options).create_infer_request()
    return lambda: request.infer({0: matrix})


def _product_graph() -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    from super_resolution.network.onnx_network import IR, OPSET

    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, (MATRIX, MATRIX)) for name in "xy"
    )
    held = numpy_helper.from_array(np.ones((MATRIX, MATRIX), np.float32), "by")
    product = helper.make_node("MatMul", ["x", "by"], ["y"])
    body = helper.make_graph([product], "product", [x], [y], [held])
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(body, opset_imports=opsets, ir_version=IR).SerializeToString()


def training(preset: Preset) -> dict[str, Work]:
    """Give an update of a preset's training, in high samples."""
    backend.load()
    from super_resolution.network import keras_network
    from super_resolution.training.train import compile_for_training

    core = keras_network.of_preset(preset, RATIO)
    wrapped = compile_for_training(core, preset, updates=1, scale=SCALE, **RATES)
    (_, steps, width), frames = wrapped.input_shape, preset.segment * core.output_shape[1]
    seen = _bits((preset.batch, steps, width))
    truth = np.random.default_rng(0).normal(size=(preset.batch, frames, 2)).astype(np.float32)
    return {
        "training": Work(lambda: wrapped.train_on_batch(seen, truth), preset.batch * frames),
        "product": Work(_keras_product(), PRODUCT),
    }


def feed(folder: Path) -> dict[str, Work]:
    """Give a batch from a dataset on disk, as training on many songs gets it, in high samples."""
    from super_resolution.dataset.batches import Batches
    from super_resolution.dataset.reader import load_dataset

    data = load_dataset(folder)
    names = ("batch", "segment", "target", "encoding", "signed", "ranges")
    same = {name: getattr(data.preset, name) for name in names}
    fed = Batches(data, "train", scale=SCALE, **same, shuffle=True)
    numbers = itertools.count()
    return {"feed": Work(lambda: fed.get(*divmod(next(numbers), len(fed))), fed.samples)}


def make_model(folder: Path, preset: Preset) -> None:
    """Write a model with random weights."""
    backend.load()
    from super_resolution.network import keras_network, onnx_network, saved_model

    model = Model(preset, **RATES, downsample="soxr", scale=SCALE, tracks=())
    core = keras_network.of_preset(preset, RATIO)

    def write_onnx(path: Path) -> None:
        onnx_network.write_onnx(core, preset, model.grid, path)

    saved_model.save(folder, model, core.save_weights, write_onnx)


def automatic(folder: Path) -> str:
    """Name the engine that `--engine auto` takes."""
    return choose_engine(saved_model.load(folder), EngineOptions())


def make_wav(path: Path, rate: int, channels: int, seconds: float) -> None:
    """Write noise; what a signal costs does not depend on how it sounds."""
    frames, block = round(rate * seconds), _noise(round(rate * BLOCK), channels)
    with wav_writer(path, sample_rate=rate, channels=channels) as file:
        for first in range(0, frames, len(block)):
            file.write(block[: frames - first])


def _noise(frames: int, channels: int = 1) -> np.ndarray:
    return to_int16(np.random.default_rng(0).normal(0, LOUDNESS, (frames, channels)))


def _bits(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, shape).astype(np.float32)
