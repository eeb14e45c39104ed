"""The filterbank: samples decoded from every encoding, and tones in their bands."""

from fractions import Fraction

import keras
import numpy as np
import pytest
from helpers import SMALL_HIFI, changed

from super_resolution.audio.filters import RESIDUAL_CUTOFF, RESIDUAL_TAPS
from super_resolution.network import filterbank, keras_network
from super_resolution.network.bits import encode_input
from super_resolution.network.grid import Grid
from super_resolution.network.presets import ENCODINGS, MAX_LOG_GATE

SAMPLES = np.random.default_rng(0).integers(-32768, 32768, (2, 100)).astype(np.int16)


def band_energies(samples: np.ndarray, bands: int) -> np.ndarray:
    """Give the bands that the network sees, (B, frames, bands)."""
    config = changed(SMALL_HIFI, network={"bands": bands}).network
    encoded = keras.ops.convert_to_tensor(encode_input(samples, signed=True))
    grid = Grid("polyphase", Fraction(147, 50), config.samples_per_frame)
    return keras.ops.convert_to_numpy(keras_network._band_energies(encoded, config, grid))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("signed", [True, False])
def test_the_network_decodes_the_samples_of_every_encoding(encoding, signed):
    config = changed(SMALL_HIFI, network={"encoding": encoding, "signed": signed}).network
    encoded = encode_input(SAMPLES, encoding, signed=signed)
    decoded = keras.ops.convert_to_numpy(keras_network._samples(encoded, config))
    assert np.abs(decoded * 32768 - SAMPLES).max() < 0.6


@pytest.mark.parametrize("band", [0, 5, 15])
def test_a_tone_has_most_energy_in_its_own_band(band):
    time = np.arange(1000)
    tone = 10000 * np.sin(np.pi * (band + 0.5) / 16 * time + 1)
    energies = band_energies(tone.astype(np.int16)[np.newaxis], 16)[0, 3:-3]
    assert energies.shape == (94, 16)
    assert np.all(energies.argmax(axis=1) == band)


def test_twenty_decibels_are_the_same_step_at_every_level():
    noise = np.random.default_rng(0).normal(0, 1, (1, 1000))
    means = [
        band_energies((level * noise).astype(np.int16), 16).mean() for level in (100, 1000, 10000)
    ]
    step = filterbank.LOG_SCALE * np.log(100)
    assert np.diff(means) == pytest.approx([step, step], rel=0.05)


def test_energies_equal_a_loop():
    energies = band_energies(SAMPLES, 8)
    padded = np.pad((SAMPLES + 0.5) / 32768, ((0, 0), (20, 20)))
    taps = filterbank.design(10, 8).reshape(50, 16).astype(float)
    for frame in range(10):
        parts = (padded[:, frame * 10 : frame * 10 + 50] @ taps) ** 2
        expected = np.log(parts[:, :8] + parts[:, 8:] + filterbank.FLOOR)
        expected = expected * filterbank.LOG_SCALE + filterbank.LOG_OFFSET
        assert np.allclose(energies[:, frame], expected, atol=1e-3)


def test_constants_that_trained_weights_depend_on_stay_as_they_are():
    # no description of a model holds them: with others, every trained model is useless
    assert (filterbank.FRAMES, filterbank.FLOOR) == (5, 1e-8)
    assert (filterbank.LOG_SCALE, filterbank.LOG_OFFSET) == (0.2, 2.0)
    assert (MAX_LOG_GATE, RESIDUAL_TAPS, RESIDUAL_CUTOFF) == (8.0, 255, 0.96)
