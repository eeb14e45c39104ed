"""The ONNX file: valid, and the same network as in Keras, for every encoding and grid."""

from fractions import Fraction

import numpy as np
import onnx
import onnxruntime
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, random_weights

from super_resolution.engines import onnx_file
from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.engines.onnx_engines import onnx_content
from super_resolution.network import saved_model
from super_resolution.network.bits import encode_input
from super_resolution.network.onnx_network import INPUT, OUTPUT, Graph
from super_resolution.network.presets import ENCODINGS, SHIPPED

TOLERANCE = 1e-4  # of the largest output
ONE_PER_FRAME = {"samples_per_frame": 1, "bands": 0}
PRESETS = {
    **{
        f"{preset.name}, {encoding}, {'signed' if signed else 'unsigned'}": changed(
            preset, network={"encoding": encoding, "signed": signed}
        )
        for preset in (SMALL_FAITHFUL, SMALL_HIFI)
        for encoding in ENCODINGS
        for signed in (False, True)
    },
    "faithful, gated": changed(SMALL_FAITHFUL, network={"gated": True}),
    "hifi, one sample a frame": changed(SMALL_HIFI, network=ONE_PER_FRAME),
    "hifi, not gated": changed(SMALL_HIFI, network={"gated": False}),
    "hifi, bands of one sample": changed(SMALL_HIFI, network={"samples_per_frame": 1}),
    "three layers": changed(
        SMALL_HIFI, network={"lstm_units": (6, 5, 4), "dense_units": (7, 8, 3)}
    ),
}
QUICK = ("faithful, offset, unsigned", "hifi, offset, signed")  # the encodings of the presets
SAMPLES = np.random.default_rng(0).integers(-32768, 32768, 10_000).astype(np.int16)


def windows_of(model, count: int) -> np.ndarray:
    network = model.preset.network
    index = model.grid.low_index(np.arange(count * model.predict_steps))
    windows = SAMPLES[index].reshape(count, -1)
    return encode_input(windows, network.encoding, signed=network.signed)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in PRESETS],
)
def test_the_file_is_valid_and_every_engine_gives_what_keras_gives(name):
    model = make_model(PRESETS[name])
    weights = random_weights(model, spread=0.6)
    onnx.checker.check_model(onnx.load_from_string(onnx_content(model, weights)), full_check=True)
    windows = windows_of(model, 3)
    results = {
        engine: load_engine(model, weights, EngineOptions(engine)).run(windows)
        for engine in ("keras", "onnx", "openvino")
    }
    expected = results["keras"]
    assert expected.shape == (3, model.grid.samples_of_steps(model.predict_steps))
    assert expected.std() > 0.01
    limit = TOLERANCE * np.abs(expected).max()
    for engine in ("onnx", "openvino"):
        assert results[engine].shape == expected.shape
        assert results[engine].dtype == np.float32
        assert np.abs(results[engine] - expected).max() < limit


@pytest.mark.parametrize("low_rate", [8000, 22050, 32000])
def test_other_rates_give_what_keras_gives(low_rate):
    model = make_model(SMALL_HIFI, low_rate)
    assert model.grid.ratio == Fraction(44100, low_rate)
    weights, windows = random_weights(model), windows_of(model, 2)
    by_keras, by_onnx = (
        load_engine(model, weights, EngineOptions(engine)).run(windows)
        for engine in ("keras", "onnx")
    )
    assert np.abs(by_keras - by_onnx).max() < TOLERANCE * np.abs(by_keras).max()


@pytest.mark.parametrize("preset", [SMALL_FAITHFUL, SMALL_HIFI], ids=["faithful", "hifi"])
def test_any_batch_and_any_legal_length_run(preset):
    model = make_model(preset)
    session = onnxruntime.InferenceSession(onnx_content(model, random_weights(model)))
    for batch, steps in ((1, 50), (3, 100), (2, 250)):
        encoded = np.zeros((batch, steps, 16), np.float32)
        (high,) = session.run([OUTPUT], {INPUT: encoded})
        assert high.shape == (batch, model.grid.samples_of_steps(steps))


def test_inputs_and_outputs_are_named_and_typed():
    model = make_model(SMALL_HIFI)
    graph = onnx.load_from_string(onnx_content(model, random_weights(model))).graph

    def shape(value) -> list:
        return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]

    assert [(v.name, shape(v)) for v in graph.input] == [(INPUT, ["batch", "steps", 16])]
    assert [(v.name, shape(v)) for v in graph.output] == [(OUTPUT, ["batch", "frames"])]
    kinds = {v.type.tensor_type.elem_type for v in (*graph.input, *graph.output)}
    assert kinds == {onnx.TensorProto.FLOAT}


def test_arrays_are_written_bit_for_bit():
    graph = Graph(1)
    arrays = {
        "whole": [3, -1, 2**40],
        "scalar": 0.1,
        "matrix": np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32).T,
        "unusual": np.array([-0.0, 1e-45, 3.4e38], np.float32),
    }
    for name, values in arrays.items():
        graph.array(name, values)
    graph.add("Identity", INPUT, to=OUTPUT)
    written = onnx.load_from_string(onnx_file.to_bytes(graph)).graph.initializer
    assert [tensor.name for tensor in written] == list(arrays)
    for tensor in written:
        read_back, given = onnx.numpy_helper.to_array(tensor), graph.arrays[tensor.name]
        assert (read_back.dtype, read_back.shape) == (given.dtype, given.shape)
        assert read_back.tobytes() == given.tobytes()


def test_the_same_network_gives_the_same_bytes():
    model = make_model(SMALL_HIFI)
    one, other = (onnx_content(model, random_weights(model)) for _ in range(2))
    assert one == other


def test_the_shipped_network_is_valid():
    folder = saved_model.PRETRAINED / SHIPPED
    model = saved_model.load(folder)
    content = onnx_content(model, saved_model.load_weights(folder, model))
    network = onnx.load_from_string(content)
    onnx.checker.check_model(network, full_check=True)
    assert (network.ir_version, network.opset_import[0].version) == (8, 14)
