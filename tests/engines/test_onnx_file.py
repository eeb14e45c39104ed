"""The ONNX file: valid, and the same network as in Keras, for every architecture and encoding."""

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
from super_resolution.network import keras_network, saved_model
from super_resolution.network.bits import encode_input
from super_resolution.network.onnx_network import INPUT, OUTPUT, Graph
from super_resolution.network.presets import ENCODINGS, SHIPPED

TOLERANCE = 1e-5  # of full scale, or of the largest output where that is more
PRESETS = {
    **{
        f"faithful, {encoding}": changed(SMALL_FAITHFUL, network={"encoding": encoding})
        for encoding in ENCODINGS
    },
    "faithful, three layers": changed(
        SMALL_FAITHFUL, network={"lstm_units": (6, 5, 4), "dense_units": (7, 8, 3)}
    ),
    "hifi": SMALL_HIFI,
    "hifi, two LSTMs": changed(
        SMALL_HIFI, network={"lstm_units": (6, 5), "dense_units": (7, 8, 4)}
    ),
}
QUICK = ("faithful, offset", "hifi")
SAMPLES = np.random.default_rng(0).normal(0, 3000, 20_000).astype(np.int16)


def windows_of(model, count: int) -> np.ndarray:
    index = model.grid.low_index(np.arange(count * model.predict_steps))
    windows = SAMPLES[index].reshape(count, -1)
    return encode_input(windows, model.preset.network.encoding)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in PRESETS],
)
def test_the_file_is_valid_and_every_engine_gives_what_keras_gives(name):
    model = make_model(PRESETS[name])
    weights = random_weights(model)
    onnx.checker.check_model(onnx.load_from_string(onnx_content(model, weights)), full_check=True)
    windows = windows_of(model, 3)
    results = {
        engine: load_engine(model, weights, EngineOptions(engine)).run(windows)
        for engine in ("keras", "onnx", "openvino")
    }
    expected = results["keras"]
    assert expected.shape == (3, model.grid.samples_of_steps(model.predict_steps))
    assert expected.std() > 1e-3
    limit = TOLERANCE * max(1, np.abs(expected).max())
    for engine in ("onnx", "openvino"):
        assert results[engine].shape == expected.shape
        assert results[engine].dtype == np.float32
        assert np.abs(results[engine] - expected).max() < limit


@pytest.mark.parametrize("low_rate", [8000, 22050, 32000])
def test_other_rates_of_faithful_give_what_keras_gives(low_rate):
    model = make_model(SMALL_FAITHFUL, low_rate)
    assert model.grid.ratio == Fraction(44100, low_rate)
    weights, windows = random_weights(model), windows_of(model, 2)
    by_keras, by_onnx = (
        load_engine(model, weights, EngineOptions(engine)).run(windows)
        for engine in ("keras", "onnx")
    )
    assert np.abs(by_keras - by_onnx).max() < TOLERANCE


@pytest.mark.parametrize("preset", [SMALL_FAITHFUL, SMALL_HIFI], ids=["faithful", "hifi"])
def test_any_batch_and_any_legal_length_give_what_keras_gives(preset):
    model, rng = make_model(preset), np.random.default_rng(1)
    weights = random_weights(model)
    session = onnxruntime.InferenceSession(onnx_content(model, weights))
    for batch, steps in ((1, 150), (3, 300), (2, 3000)):
        encoded = encode_input(rng.normal(0, 3000, (batch, steps)).astype(np.int16))
        (high,) = session.run([OUTPUT], {INPUT: encoded})
        assert high.shape == (batch, model.grid.samples_of_steps(steps))
        network = keras_network.build(preset.network, steps)
        keras_network.set_weights(network, weights)
        expected = network.predict_on_batch(encoded)
        assert np.abs(high - expected).max() < TOLERANCE * max(1, np.abs(expected).max())


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
        graph.array(values, name)
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
