"""The Keras network: the author's numbers, weights by name, and what is trained of it."""

from fractions import Fraction

import keras
import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, random_weights

from super_resolution.network import keras_network, presets, saved_model
from super_resolution.network.presets import Preset

RATIO = Fraction(147, 50)
STEPS = 300
SMALL = [SMALL_FAITHFUL, SMALL_HIFI]
MORE_DENSE = {"lstm_units": (3,), "dense_units": (4, 5, 6)}


def random_bits(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, (*shape, 16)).astype(np.float32)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def slow_lstm(x: np.ndarray, weights: dict, name: str) -> np.ndarray:
    # (T, n) -> (T, units); the gates are input, forget, cell, output
    kernel, recurrent, bias = (
        weights[f"{name}.{part}"] for part in ("kernel", "recurrent_kernel", "bias")
    )
    h = c = np.zeros(len(recurrent))
    rows = []
    for row in x:
        i, f, g, o = np.split(row @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        rows.append(h)
    return np.array(rows)


def slow_bi_lstm(x: np.ndarray, weights: dict, name: str) -> np.ndarray:
    forward = slow_lstm(x, weights, f"{name}.forward")
    backward = slow_lstm(x[::-1], weights, f"{name}.backward")[::-1]
    return np.concatenate([forward, backward], axis=1)


def slow_faithful(x: np.ndarray, weights: dict) -> np.ndarray:
    """Give the author's network layer by layer, (steps, 16) -> (steps,)."""

    def dense(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]

    x = np.maximum(dense(slow_bi_lstm(x, weights, "bi_lstm_1"), "dense_1"), 0)
    x = np.maximum(dense(slow_bi_lstm(x, weights, "bi_lstm_2"), "dense_2"), 0)
    return dense(np.maximum(dense(x, "dense_3"), 0), "output")[:, 0]


def test_faithful_is_the_authors_network():
    network = keras_network.of_preset(presets.FAITHFUL, RATIO)
    assert network.count_params() == 3_294_241
    assert (network.input_shape, network.output_shape) == ((None, 50, 16), (None, 50))
    layers = [layer for layer in network.layers if layer.weights]
    kinds = [type(layer).__name__ for layer in layers]
    assert kinds == ["Bidirectional", "Dense", "Bidirectional", "Dense", "Dense", "Dense"]
    assert [layer.output.shape[-1] for layer in layers] == [600, 500, 600, 500, 20, 1]


def test_faithful_equals_a_loop():
    weights = random_weights(make_model(SMALL_FAITHFUL), spread=0.5)
    network, encoded = keras_network.build(SMALL_FAITHFUL.network, 50), random_bits(3, 50)
    keras_network.set_weights(network, weights)
    expected = [slow_faithful(x, weights) for x in encoded]
    assert np.std(expected) > 0.01
    assert np.allclose(network.predict_on_batch(encoded), expected, atol=1e-5)


# one segment of as many steps as there are bands or features could be taken for a bias
@pytest.mark.parametrize(
    ("steps", "rounding"), [(20, 0), (30, 0), (108, 0), (20, 1 / 12 / 32768**2)]
)
def test_the_trained_part_of_hifi_equals_a_loop(steps, rounding):
    weights = random_weights(make_model(SMALL_HIFI), spread=0.5)
    # with that of rounding, powers about as low
    features = np.random.default_rng(0).uniform(*(-13, -9) if rounding else (-9, -3), (steps, 108))
    level = features[:, 32:48].mean(axis=1, keepdims=True)
    parts = [0.5 * (features[:, :96] - level), 0.4 * level + 3, 2 * features[:, 96:]]
    x = np.concatenate(parts, axis=1)
    x = slow_bi_lstm(x, weights, "bi_lstm_1")
    x = np.maximum(x @ weights["dense_1.kernel"] + weights["dense_1.bias"], 0)
    x = x @ weights["envelope.kernel"] + weights["envelope.bias"]
    # the envelope is relative to the loudness, the shares of noise are not
    x[:, :20] = np.log10(10 ** (x[:, :20] + level) + rounding)
    network = keras_network.for_training(SMALL_HIFI, steps, one_song=rounding > 0)
    keras_network.set_weights(network, weights)
    given = network.predict_on_batch(features[np.newaxis].astype(np.float32))[0]
    assert np.allclose(given, x, atol=1e-4)


def test_the_summary_names_every_layer_and_the_total():
    lines = keras_network.summary(keras_network.of_preset(presets.FAITHFUL, RATIO)).splitlines()
    assert lines[1].split() == ["bits", "50", "x", "16", "0"]
    names = [line.split()[0] for line in lines[2:]]
    assert names == [
        *("bi_lstm_1", "dense_1", "bi_lstm_2", "dense_2", "dense_3", "output", "total")
    ]
    assert lines[-1].split() == ["total", "3,294,241"]
    assert len({len(line) for line in lines}) == 1


def test_hifi_gives_all_high_samples_of_its_window():
    hifi = keras_network.of_preset(presets.HIFI, RATIO)
    assert (hifi.input_shape, hifi.output_shape) == ((None, 28_800, 16), (None, 84_672))


@pytest.mark.parametrize("preset", [*SMALL, changed(SMALL_HIFI, network=MORE_DENSE)])
def test_what_is_trained_has_the_weights_of_the_network(preset):
    network, trained = (
        keras_network.build(preset.network, STEPS),
        keras_network.for_training(preset, 20),
    )
    weights = keras_network.get_weights(trained)
    keras_network.set_weights(network, weights)
    read_back = keras_network.get_weights(network)
    assert read_back.keys() == weights.keys()
    assert all(np.array_equal(read_back[name], weights[name]) for name in weights)


def test_the_shapes_of_what_is_trained():
    faithful = keras_network.for_training(SMALL_FAITHFUL, 50)
    assert (faithful.input_shape, faithful.output_shape) == ((None, 50, 16), (None, 50))
    hifi = keras_network.for_training(SMALL_HIFI, 20)
    assert (hifi.input_shape, hifi.output_shape) == ((None, 20, 108), (None, 20, 40))


def test_the_residual_starts_at_zero_and_the_waveform_does_not():
    encoded = random_bits(2, 50)
    waveform = changed(SMALL_FAITHFUL, network={"target": "waveform"})
    assert not keras_network.for_training(SMALL_FAITHFUL, 50).predict_on_batch(encoded).any()
    assert keras_network.for_training(waveform, 50).predict_on_batch(encoded).std() > 1e-3


def test_dropout_is_only_for_training():
    features = np.random.default_rng(0).uniform(-9, -3, (2, 20, 108)).astype(np.float32)
    network = keras_network.for_training(SMALL_HIFI, 20)
    plain = keras_network.for_training(changed(SMALL_HIFI, training={"dropout": 0.0}), 20)
    keras_network.set_weights(plain, keras_network.get_weights(network))
    first, again = (network.predict_on_batch(features) for _ in range(2))
    assert np.array_equal(first, again)
    assert np.allclose(first, plain.predict_on_batch(features), atol=1e-6)
    dropped = keras.ops.convert_to_numpy(network(features, training=True))
    assert not np.allclose(dropped, first, atol=1e-3)


@pytest.mark.parametrize(
    "preset",
    [
        *SMALL,
        changed(SMALL_FAITHFUL, network={"encoding": "float+bits"}),
        changed(SMALL_FAITHFUL, network={"lstm_units": (3,), "dense_units": (4,)}),
        changed(SMALL_HIFI, network={"lstm_units": (3, 4), "dense_units": (5, 6)}),
        changed(SMALL_HIFI, network=MORE_DENSE),
    ],
    ids=["faithful", "hifi", "float+bits", "one layer", "two LSTMs", "more dense layers"],
)
def test_names_and_shapes_of_the_weights_are_those_of_the_files(preset):
    network, model = keras_network.build(preset.network, STEPS), make_model(preset)
    shapes = {name: array.shape for name, array in keras_network.get_weights(network).items()}
    assert shapes == saved_model.weight_shapes(preset.network)
    weights = random_weights(model)
    keras_network.set_weights(network, weights)
    read_back = keras_network.get_weights(network)
    assert all(np.array_equal(read_back[name], weights[name]) for name in weights)


def other_width(preset: Preset) -> Preset:
    return changed(preset, network={"dense_units": (*preset.network.dense_units[:-1], 9)})


@pytest.mark.parametrize("preset", SMALL, ids=["faithful", "hifi"])
def test_weights_of_another_network_are_not_taken(preset):
    network = keras_network.build(preset.network, STEPS)
    with pytest.raises(ValueError, match="shape"):
        keras_network.set_weights(network, random_weights(make_model(other_width(preset))))
