"""The workloads that `speed.py` times; each function runs in the process that does the work.

A workload is a call, and the row of the table that its speed belongs to. Where a network runs,
the last workload is a large matrix product by the same library, a yardstick for its GFLOP/s.
"""

import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import flops
import numpy as np
from tables import GFLOPS, Row

from super_resolution.audio import blocks
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import wav_writer
from super_resolution.engines import onnx_file
from super_resolution.engines.base import EngineOptions
from super_resolution.network import backend, saved_model
from super_resolution.network.filterbank import BANDS
from super_resolution.network.onnx_network import INPUT, OUTPUT, Graph
from super_resolution.network.presets import Preset
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import HIGH_RATE, LOW_RATE
from super_resolution.upsampling.upsampler import Upsampler

REAL_TIME, SAMPLES = "x real time", "k samples/s"
MATRIX = (3072, 3072)
BATCHES = 4  # full ones, so that no engine computes padding
PREDICT_STEPS = 32_000  # of plain `predict`: the cost of a call is spread
RESAMPLED_SECONDS = 60
NOISE_LSB = 3000.0  # root mean square
SCALE = 300.0  # LSB for each unit of the network's output

Workload = tuple[Row, Callable[[], object]]


def machine(name: str) -> list[Workload]:
    """Give soxr on one channel, and numpy's matrix product."""
    matrix = np.ones(MATRIX, np.float32)
    low = _noise(LOW_RATE * RESAMPLED_SECONDS).astype(np.float32)
    row = Row(f"{name}, soxr VHQ in the same rounds", REAL_TIME, RESAMPLED_SECONDS)
    call = partial(blocks.resample, low, orig_sr=LOW_RATE, target_sr=HIGH_RATE)
    return [(row, call), _product(f"{name}, numpy f32", lambda: matrix @ matrix)]


def upsampling(folder: Path, options: EngineOptions, name: str) -> list[Workload]:
    """Give an engine's upsampling of one channel, int16 to int16."""
    upsampler = Upsampler.from_pretrained(
        folder.name, models=folder.parent, engine=options.engine, precision=options.precision
    )
    model, engine = upsampler.model, upsampler.engine
    steps = BATCHES * engine.batch_size * (engine.steps - 2 * model.context)
    samples = model.grid.samples_of_steps(steps)
    gflop = _gflop(model) * flops.overlap(model) * samples
    low = _noise(int(samples / model.grid.ratio))
    stream = partial(upsampler.stream, [low], sample_rate=model.low_rate, channels=1)
    first = (Row(name, REAL_TIME, samples / model.sample_rate, gflop), lambda: list(stream()))
    if options.engine != "keras":
        return [first, _product(name, _graph_product(options))]
    return [first, _plain_predict(folder, model), _product(name, _keras_product())]


def _plain_predict(folder: Path, model: Model) -> Workload:
    # the network without streaming: windows of training, which do not overlap, encoded before
    from super_resolution.network import keras_network

    network = keras_network.of_preset(model.preset, model.grid.ratio)
    keras_network.set_weights(network, saved_model.load_weights(folder, model))
    _, steps, width = network.input_shape
    windows = -(-PREDICT_STEPS // steps)
    bits = np.ones((windows, steps, width), np.float32)
    samples = windows * model.grid.samples_of_steps(steps)
    name, gflop = f"{model.preset.name}, plain model.predict", _gflop(model) * samples
    row = Row(name, REAL_TIME, samples / model.sample_rate, gflop)
    return row, lambda: network.predict(bits, verbose=0)


def _product(name: str, call: Callable[[], object]) -> Workload:
    return Row(f"{name}, product", GFLOPS, 2 * MATRIX[0] ** 3 / 1e9), call


def _keras_product() -> Callable[[], object]:
    import keras

    matrix = keras.ops.ones(MATRIX, "float32")
    # reading one number waits for the GPU
    return lambda: float(keras.ops.matmul(matrix, matrix)[0, 0])


def _graph_product(options: EngineOptions) -> Callable[[], object]:
    graph, ones = Graph(MATRIX[1]), np.ones(MATRIX, np.float32)
    # the input of a graph has the shape (batch, steps, width)
    matrix = graph.add("Reshape", INPUT, graph.array((0, -1)))
    graph.add("MatMul", matrix, graph.array(ones), to=OUTPUT)
    content, x = onnx_file.to_bytes(graph), ones[:, np.newaxis]
    if options.engine == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {INPUT: x})
    import openvino

    core = openvino.Core()
    network = core.read_model(content)
    network.reshape(x.shape)
    hints = {"INFERENCE_PRECISION_HINT": options.precision, "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(network, "CPU", hints).create_infer_request()
    return lambda: request.infer({0: x})


def training(preset: Preset, change: Callable[[Any], None] | None = None) -> list[Workload]:
    """Give a training step of a preset, of a network that `change` was called with."""
    backend.load()
    from super_resolution.training.train import compile_for_training

    model, rng = _untrained(preset), np.random.default_rng(0)
    network = compile_for_training(model, steps=1)
    if change:
        change(network)
    batch, window = preset.training.batch_size, preset.training.window * preset.training.segment
    samples = batch * model.grid.samples_of_steps(model.grid.whole_steps(window))
    x = rng.integers(0, 2, (batch, *network.input_shape[1:])).astype(np.float32)
    target = (3 * BANDS,) if preset.network.restores_treble else ()
    y_true = rng.random((batch, network.output_shape[1], *target), np.float32)
    name, gflop = f"{preset.name}, training", flops.TRAINING_COST * _gflop(model) * samples
    row = Row(name, SAMPLES, samples / 1e3, gflop)
    return [(row, lambda: network.train_on_batch(x, y_true)), _product(name, _keras_product())]


def batches(folder: Path) -> list[Workload]:
    """Give the reading of a training batch from a dataset."""
    from super_resolution.dataset.batches import Batches
    from super_resolution.dataset.reader import load_dataset

    dataset = load_dataset(folder)
    data = Batches(dataset, "train", dataset.preset, scale=SCALE, training=True)
    row = Row(f"{dataset.preset.name}, reading batches", SAMPLES, data.seconds * HIGH_RATE / 1e3)
    numbers = itertools.count()
    return [(row, lambda: data.get(*divmod(next(numbers), len(data))))]


def make_model(folder: Path, preset: Preset) -> Path:
    """Write a model with random weights; gives its folder."""
    model, rng = _untrained(preset), np.random.default_rng(0)
    shapes = saved_model.weight_shapes(preset.network).items()
    weights = {n: rng.normal(0, s[0] ** -0.5, s).astype(np.float32) for n, s in shapes}
    saved_model.save(folder, model, weights)
    return folder


def make_wav(path: Path, *, rate: int, channels: int, seconds: float) -> Path:
    """Write a WAV of noise, since the time does not depend on the signal; gives its path."""
    frames, second = round(rate * seconds), _noise(rate, channels)
    with wav_writer(path, sample_rate=rate, channels=channels) as file:
        for first in range(0, frames, rate):
            file.write(second[: frames - first])
    return path


def _untrained(preset: Preset) -> Model:
    return Model(preset, HIGH_RATE, LOW_RATE, downsample="soxr", scale=SCALE, tracks=())


def _gflop(model: Model) -> float:
    # floating-point operations of one sample at the high rate, in 10^9
    return 2 * flops.multiply_adds(model.preset.network, model.grid) / 1e9


def _noise(frames: int, channels: int = 1) -> np.ndarray:
    return to_int16(np.random.default_rng(0).normal(0, NOISE_LSB, (frames, channels)))
