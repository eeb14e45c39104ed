"""The networks: the author's numbers, shapes, and what training wraps around them."""

from dataclasses import replace
from fractions import Fraction

import h5py
import keras
import numpy as np
import pytest
from helpers import SMALL_HIFI, SMALL_SEED

from super_resolution.audio.filters import residual_high_pass
from super_resolution.network import keras_network, presets
from super_resolution.network.grid import Grid

RATIO = Fraction(147, 50)
GRID = Grid("polyphase", RATIO, SMALL_HIFI.hop)
RATES = {"sample_rate": 44100, "low_rate": 15000}


def some_bits(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, (*shape, 16)).astype(np.float32)


def with_random_output(core: keras.Model) -> keras.Model:
    kernel = core.get_layer("output").kernel
    kernel.assign(np.random.default_rng(1).normal(0, 0.1, kernel.shape))
    return core


def test_the_seed_is_the_authors_network():
    seed = keras_network.of_preset(presets.SEED, RATIO)
    assert seed.count_params() == 3_294_241
    assert (seed.input_shape, seed.output_shape) == ((None, 50, 16), (None, 50, 1))
    kinds = [type(layer).__name__ for layer in seed.layers[1:]]
    assert kinds == ["Bidirectional", "Dense", "Bidirectional", "Dense", "Dense", "Dense"]
    activations = [layer.activation.__name__ for layer in seed.layers if hasattr(layer, "units")]
    assert activations == ["relu", "relu", "relu", "linear"]


def test_the_summary_names_every_layer_and_the_total():
    lines = keras_network.summary(keras_network.of_preset(presets.SEED, RATIO)).splitlines()
    assert lines[1].split() == ["bits", "50", "x", "16", "0"]
    assert lines[-1].split() == ["total", "3,294,241"]
    assert len({len(line) for line in lines}) == 1


def test_hifi_gives_all_high_samples_of_its_window():
    hifi = keras_network.of_preset(presets.HIFI, RATIO)
    assert (hifi.input_shape, hifi.output_shape) == ((None, 500, 16), (None, 1470, 1))


def test_untrained_seed_gives_no_residual():
    core = keras_network.build(SMALL_SEED, Grid("hold", RATIO), 100)
    assert not core.predict_on_batch(some_bits(2, 100)).any()


def test_untrained_hifi_sounds_so_that_its_loss_has_a_slope():
    core = keras_network.build(SMALL_HIFI, GRID, 100)
    assert core.predict_on_batch(some_bits(2, 100)).std() > 1e-3


def test_gates_multiply_sources_made_of_the_same_frame():
    core = with_random_output(keras_network.build(SMALL_HIFI, GRID, 100))
    names = ["frame", "gates", "sources", "gated"]
    parts = keras.Model(core.inputs, [core.get_layer(name).output for name in names])
    frame, gates, sources, gated = parts.predict_on_batch(some_bits(2, 100))
    assert frame.shape == (2, 10, 160)
    [kernel] = core.get_layer("sources").get_weights()
    assert np.allclose(sources, frame @ kernel, atol=1e-4)
    assert np.allclose(gated, gates * sources, atol=1e-4)


@pytest.mark.parametrize("signed", [True, False])
def test_no_constant_sounds_once_a_frame(signed):
    core = keras_network.build(replace(SMALL_HIFI, signed=signed), GRID, 100)
    core = with_random_output(core)
    sources, output = (core.get_layer(name) for name in ("sources", "output"))
    # bits of 0 and 1 have a mean, which a bias has to take away
    assert len(sources.get_weights()) == (1 if signed else 2)
    assert len(output.get_weights()) == 1
    weights = sources.get_weights()
    sources.set_weights([np.zeros_like(weight) for weight in weights])
    assert not core.predict_on_batch(some_bits(1, 100)).any()


def test_the_gather_picks_the_used_outputs():
    core = with_random_output(keras_network.build(SMALL_HIFI, GRID, 100))
    slots = keras.Model(core.inputs, core.get_layer("slots").output)
    seen = some_bits(2, 100)
    expected = slots.predict_on_batch(seen)[:, GRID.gather_index(100)]
    assert np.array_equal(core.predict_on_batch(seen)[..., 0], expected)


def test_training_runs_the_windows_one_by_one_and_filters_them_joined():
    core = with_random_output(keras_network.build(SMALL_HIFI, GRID, 100))
    wrapped = keras_network.build_for_training(core, SMALL_HIFI, **RATES)
    seen = some_bits(2, 800)
    joined = core.predict_on_batch(seen.reshape(16, 100, 16)).reshape(2, -1)
    expected = [np.convolve(row, residual_high_pass(**RATES), mode="same") for row in joined]
    given = wrapped.predict_on_batch(seen)[..., 0]
    assert given.shape == (2, 8 * 294)
    assert np.allclose(given, expected, atol=1e-5)


@pytest.mark.parametrize("preset", [SMALL_SEED, SMALL_HIFI], ids=["seed", "hifi"])
def test_the_weights_file_holds_no_optimizer(preset, tmp_path):
    core = keras_network.build(preset, Grid(preset.grid, RATIO, preset.hop), 100)
    wrapped = keras_network.build_for_training(core, preset, **RATES)
    wrapped.compile("rmsprop", "mae")
    core.save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.weights.h5") as file:
        assert "layers" in file and "optimizer" not in file
