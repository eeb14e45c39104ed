"""The Keras network: the author's numbers, shapes, weights by name, and training's wrapper."""

from fractions import Fraction

import keras
import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, random_weights

from super_resolution.audio.filters import residual_high_pass
from super_resolution.network import keras_network, presets, saved_model
from super_resolution.network.grid import Grid
from super_resolution.network.presets import Preset

RATIO = Fraction(147, 50)
RATES = {"sample_rate": 44100, "low_rate": 15000}
TAPS = residual_high_pass(**RATES)


def build(preset: Preset, steps: int = 100, **options) -> keras.Model:
    return keras_network.build(preset.network, Grid.of(preset.network, RATIO), steps, **options)


def random_bits(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, (*shape, 16)).astype(np.float32)


def test_faithful_is_the_authors_network():
    network = keras_network.of_preset(presets.FAITHFUL, RATIO)
    assert network.count_params() == 3_294_241
    assert (network.input_shape, network.output_shape) == ((None, 50, 16), (None, 50, 1))
    kinds = [type(layer).__name__ for layer in network.layers[1:]]
    assert kinds == ["Bidirectional", "Dense", "Bidirectional", "Dense", "Dense", "Dense"]
    dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.activation.__name__ for layer in dense] == ["relu", "relu", "relu", "linear"]


def test_the_summary_names_every_layer_and_the_total():
    lines = keras_network.summary(keras_network.of_preset(presets.FAITHFUL, RATIO)).splitlines()
    assert lines[1].split() == ["bits", "50", "x", "16", "0"]
    assert lines[-1].split() == ["total", "3,294,241"]
    assert len({len(line) for line in lines}) == 1


def test_hifi_gives_all_high_samples_of_its_window():
    hifi = keras_network.of_preset(presets.HIFI, RATIO)
    assert (hifi.input_shape, hifi.output_shape) == ((None, 500, 16), (None, 1470, 1))


@pytest.mark.parametrize("preset", [SMALL_FAITHFUL, SMALL_HIFI], ids=["faithful", "hifi"])
def test_the_output_starts_at_zero_only_where_asked(preset):
    encoded = random_bits(2, 100)
    assert not build(preset, zero_output=True).predict_on_batch(encoded).any()
    assert build(preset).predict_on_batch(encoded).std() > 1e-3


def test_gates_multiply_sources_made_of_the_same_frame():
    network = build(SMALL_HIFI)
    names = ["frame", "gates", "sources", "gated"]
    parts = keras.Model(network.inputs, [network.get_layer(name).output for name in names])
    frame, gates, sources, gated = parts.predict_on_batch(random_bits(2, 100))
    assert frame.shape == (2, 10, 160)
    [kernel] = network.get_layer("sources").get_weights()
    assert np.allclose(sources, frame @ kernel, atol=1e-4)
    assert np.allclose(gated, gates * sources, atol=1e-4)


@pytest.mark.parametrize("signed", [True, False])
def test_sources_of_zero_give_an_output_of_zero(signed):
    # a constant would repeat once a frame and be heard as a tone
    network = build(changed(SMALL_HIFI, network={"signed": signed}))
    sources, output = (network.get_layer(name) for name in ("sources", "output"))
    # bits of 0 and 1 have a mean, which a bias has to take away
    assert len(sources.get_weights()) == (1 if signed else 2)
    assert len(output.get_weights()) == 1
    sources.set_weights([np.zeros_like(array) for array in sources.get_weights()])
    assert not network.predict_on_batch(random_bits(1, 100)).any()


def test_the_gather_picks_the_used_outputs():
    network = build(SMALL_HIFI)
    slots = keras.Model(network.inputs, network.get_layer("slots").output)
    encoded = random_bits(2, 100)
    index = Grid.of(SMALL_HIFI.network, RATIO).gather_index(100)
    expected = slots.predict_on_batch(encoded)[:, index]
    assert np.array_equal(network.predict_on_batch(encoded)[..., 0], expected)


@pytest.mark.parametrize(
    "preset",
    [
        SMALL_FAITHFUL,
        SMALL_HIFI,
        changed(SMALL_HIFI, network={"signed": False, "encoding": "gray"}),
        changed(SMALL_HIFI, network={"gated": False, "samples_per_frame": 1, "bands": 0}),
        changed(SMALL_FAITHFUL, network={"lstm_units": (3,), "dense_units": (4,)}),
    ],
    ids=["faithful", "hifi", "unsigned gray", "one sample a frame", "one layer"],
)
def test_names_and_shapes_of_the_weights_are_those_of_the_files(preset):
    network, model = build(preset), make_model(preset)
    shapes = {name: array.shape for name, array in keras_network.get_weights(network).items()}
    assert shapes == saved_model.weight_shapes(preset.network, model.grid.outputs)
    weights = random_weights(model)
    keras_network.set_weights(network, weights)
    read_back = keras_network.get_weights(network)
    assert all(np.array_equal(read_back[name], weights[name]) for name in weights)


def test_weights_of_another_network_are_not_taken():
    with pytest.raises(ValueError, match="shape"):
        keras_network.set_weights(
            build(SMALL_HIFI),
            random_weights(make_model(changed(SMALL_HIFI, network={"last_units": 5}))),
        )


def test_training_runs_the_windows_one_by_one_and_filters_them_joined():
    core = build(SMALL_HIFI)
    wrapped = keras_network.for_segments(core, 8, TAPS)
    encoded = random_bits(2, 800)
    joined = core.predict_on_batch(encoded.reshape(16, 100, 16)).reshape(2, -1)
    expected = [np.convolve(row, TAPS, mode="same") for row in joined]
    output = wrapped.predict_on_batch(encoded)[..., 0]
    assert output.shape == (2, 8 * 294)
    assert np.allclose(output, expected, atol=1e-5)


@pytest.mark.parametrize(("segment", "taps"), [(1, None), (1, TAPS), (8, None)])
def test_training_leaves_the_network_without_an_optimizer(segment, taps):
    core = build(SMALL_HIFI)
    wrapped = keras_network.for_segments(core, segment, taps)
    wrapped.compile("rmsprop", "mae")
    assert wrapped is not core and not core.compiled
    assert {id(weight) for weight in wrapped.weights} == {id(weight) for weight in core.weights}
