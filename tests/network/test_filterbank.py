"""The filterbank: samples read from every encoding, and tones in their bands."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from helpers import SMALL_HIFI

from super_resolution.audio.filters import CUTOFF, TAPS
from super_resolution.network import filterbank, keras_network
from super_resolution.network.encodings import ENCODINGS, encode
from super_resolution.network.config import MAX_LOG_GATE

SAMPLES = np.random.default_rng(0).integers(-32768, 32768, (2, 100)).astype(np.int16)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("signed", [True, False])
def test_the_network_reads_the_samples_from_every_encoding(encoding, signed):
    preset = replace(SMALL_HIFI, encoding=encoding, signed=signed)
    seen = encode(SAMPLES, encoding, signed=signed)
    found = keras.ops.convert_to_numpy(keras_network._samples(seen, preset))
    assert np.abs(found * 32768 - SAMPLES).max() < 0.6


@pytest.mark.parametrize("band", [0, 5, 15])
def test_a_tone_is_loudest_in_its_band(band):
    preset = replace(SMALL_HIFI, bands=16)
    time = np.arange(1000)
    tone = 10000 * np.sin(np.pi * (band + 0.5) / 16 * time + 1)
    seen = encode(tone.astype(np.int16)[np.newaxis], signed=True)
    energies = keras_network._band_energies(keras.ops.convert_to_tensor(seen), preset, 10)
    energies = keras.ops.convert_to_numpy(energies)[0, 3:-3]
    assert energies.shape == (94, 16)
    assert np.all(energies.argmax(axis=1) == band)


def test_ten_decibels_are_one_step_at_every_level():
    preset = replace(SMALL_HIFI, bands=16)
    noise = np.random.default_rng(0).normal(0, 1, (1, 1000))
    seen = [encode((level * noise).astype(np.int16), signed=True) for level in (100, 1000, 10000)]
    means = [
        float(
            keras.ops.mean(keras_network._band_energies(keras.ops.convert_to_tensor(x), preset, 10))
        )
        for x in seen
    ]
    step = filterbank.LOG_SCALE * np.log(100)
    assert np.diff(means) == pytest.approx([step, step], rel=0.05)


def test_energies_equal_a_loop():
    preset = replace(SMALL_HIFI, bands=8)
    seen = encode(SAMPLES, signed=True)
    found = keras.ops.convert_to_numpy(
        keras_network._band_energies(keras.ops.convert_to_tensor(seen), preset, 10)
    )
    padded = np.pad((SAMPLES + 0.5) / 32768, ((0, 0), (20, 20)))
    taps = filterbank.design(10, 8).reshape(50, 16).astype(float)
    for frame in range(10):
        parts = (padded[:, frame * 10 : frame * 10 + 50] @ taps) ** 2
        expected = np.log(parts[:, :8] + parts[:, 8:] + filterbank.FLOOR)
        expected = expected * filterbank.LOG_SCALE + filterbank.LOG_OFFSET
        assert np.allclose(found[:, frame], expected, atol=1e-3)


def test_the_numbers_that_every_trained_model_relies_on():
    # a model.json does not hold them: with others, the weights that are shipped are worth nothing
    assert (filterbank.FRAMES, filterbank.FLOOR) == (5, 1e-8)
    assert (filterbank.LOG_SCALE, filterbank.LOG_OFFSET) == (0.2, 2.0)
    assert (MAX_LOG_GATE, TAPS, CUTOFF) == (8.0, 255, 0.96)
