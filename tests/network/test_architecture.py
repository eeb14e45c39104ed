"""The network `hifi`: what its features are, and that its output has the envelope it is told.

Weights of zero with a bias of the last layer make the envelope and the noise constant: each
band's power is then a known part of the loudness.
"""

from functools import cache
from itertools import pairwise

import keras
import numpy as np
import pytest
import scipy.signal
from helpers import SMALL_HIFI, make_model

from super_resolution.audio.pcm import to_int16
from super_resolution.dataset.envelopes import band_edges, low_features, noise_shares
from super_resolution.network import architecture, filterbank, keras_network, saved_model
from super_resolution.network.bits import encode_input
from super_resolution.network.filterbank import BANDS, STEP
from super_resolution.network.keras_network import KerasOps

MODEL = make_model(SMALL_HIFI)
# of the features
LONG, SHORT, ENERGIES, FLATNESS = slice(0, 48), slice(48, 96), slice(0, 96), slice(96, 108)
NOISE, TONES = 20.0, -20.0  # logits


def noise(steps: int, level: float = 3000.0) -> np.ndarray:
    return to_int16(np.random.default_rng(0).normal(0, level, steps * STEP))


def features(low: np.ndarray) -> np.ndarray:
    """Give the features of samples, (steps, 108)."""
    return low_features((low / 32768).astype(np.float32))


@cache
def built(steps: int) -> keras.Model:
    return keras_network.build(MODEL.preset.network, steps)


def output(low: np.ndarray, envelope: np.ndarray | float, logits: float) -> np.ndarray:
    """Give the output, in [-1, 1), with a constant envelope, log10 of a power."""
    shapes = saved_model.weight_shapes(MODEL.preset.network)
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    weights["envelope.bias"][:BANDS] = envelope
    weights["envelope.bias"][BANDS:] = logits
    network = built(len(low))
    keras_network.set_weights(network, weights)
    return network.predict_on_batch(encode_input(low[np.newaxis]))[0]


def band_powers(signal: np.ndarray) -> np.ndarray:
    """Give the power that white noise as loud as each band of the treble has, (20,)."""
    hertz, density = scipy.signal.welch(signal, 44100, nperseg=4096)
    edges = band_edges()
    inside = [(hertz >= a) & (hertz < b) for a, b in pairwise(edges)]
    return np.array([density[band].mean() * 44100 / 2 for band in inside])


def slow_features(low: np.ndarray) -> np.ndarray:
    # the middle of the long window is the second of the short ones', 50 samples into a step
    padded, rows, rounding = np.pad(low / 32768, 256), [], 1 / 12 / 32768**2
    for step in range(len(low) // STEP):
        row, powers = [], {}
        for size, bands, hops in ((512, 48, (1,)), (128, 16, (0, 1, 2))):
            edges, window = filterbank.band_edges(size, bands), np.hanning(size + 1)[:-1]
            for hop in hops:
                middle = 256 + step * STEP + hop * 50
                frame = padded[middle - size // 2 : middle + size // 2]
                power = np.abs(np.fft.rfft(frame * window)) ** 2 / np.sum(window**2)
                row += [np.log10(power[a:b].mean() + rounding) for a, b in pairwise(edges)]
                powers[size] = power
        for a, b in pairwise(filterbank.band_edges(512, 12)):
            long = powers[512][a:b] + rounding
            row.append(np.log10(long.mean()) - np.log10(long).mean())
        rows.append(row)
    return np.array(rows)


def test_features_equal_a_loop():
    low = noise(12)
    assert features(low).shape == (12, architecture.FEATURES)
    assert np.allclose(features(low), slow_features(low), atol=1e-4)


def test_the_features_of_training_are_those_that_the_network_computes_of_bits():
    low = noise(12)
    inputs = keras.Input((len(low), 16))
    samples = keras.ops.matmul(inputs, filterbank.sample_weights()[:, np.newaxis]) - 1.0
    network = keras.Model(inputs, architecture.features(KerasOps(), samples))
    computed = network.predict_on_batch(encode_input(low[np.newaxis]))[0]
    assert np.allclose(computed, features(low), atol=1e-4)


@pytest.mark.parametrize("band", [0, 7, 31, 47])
def test_a_tone_is_loudest_in_its_own_band_of_the_long_window(band):
    edges = filterbank.band_edges(512, 48) * 15000 / 512
    hertz = (edges[band] + edges[band + 1]) / 2
    tone = to_int16(10_000 * np.sin(2 * np.pi * hertz / 15000 * np.arange(20 * STEP)))
    inner = features(tone)[3:-3]
    assert np.all(inner[:, LONG].argmax(axis=1) == band)


@pytest.mark.parametrize("band", [0, 7, 15])
def test_a_tone_is_loudest_in_its_own_band_of_the_three_short_windows(band):
    edges = filterbank.band_edges(128, 16) * 15000 / 128
    hertz = (edges[band] + edges[band + 1]) / 2
    tone = to_int16(10_000 * np.sin(2 * np.pi * hertz / 15000 * np.arange(20 * STEP)))
    inner = features(tone)[3:-3, SHORT].reshape(-1, 3, 16)
    assert np.all(inner.argmax(axis=2) == band)


def test_energies_of_noise_are_its_power():
    means = 10 ** features(noise(400))[:, ENERGIES]
    assert means.mean(axis=0) * 32768**2 == pytest.approx(np.full(96, 3000.0**2), rel=0.2)


def test_twenty_decibels_are_two():
    quiet, loud = (features(noise(20, level)) for level in (300, 3000))
    assert np.allclose((loud - quiet)[:, ENERGIES], 2, atol=0.02)
    assert np.allclose((loud - quiet)[:, FLATNESS], 0, atol=0.02)


def test_silence_has_the_energy_of_rounding():
    silent = features(np.zeros(3 * STEP, np.int16))
    assert np.allclose(silent[:, ENERGIES], np.log10(1 / 12 / 32768**2), atol=1e-3)
    assert np.allclose(silent[:, FLATNESS], 0, atol=1e-3)


def test_the_flatness_of_noise_is_a_quarter_and_that_of_tones_is_more():
    assert features(noise(400))[5:-5, FLATNESS].mean(axis=0) == pytest.approx(0.25, abs=0.03)
    time = np.arange(20 * STEP) / 15000
    tones = sum(np.sin(2 * np.pi * hertz * time + hertz) for hertz in range(300, 7500, 600))
    assert features(to_int16(2000 * tones))[5:-5, FLATNESS].min() > 0.6


@pytest.mark.parametrize("logits", [TONES, 0.0, NOISE], ids=["tones", "both", "noise"])
def test_the_output_has_the_power_of_its_envelope_in_each_band(logits):
    low, envelope = noise(400), np.linspace(-1, -3, BANDS)
    high = output(low, envelope, logits)
    assert high.shape == (400 * 441,)
    # relative to the loudness from 5 to 7.5 kHz
    level = 10 ** features(low)[:, architecture.LOUDNESS].mean(axis=1)
    expected = 10 ** (envelope + architecture.MEAN_OF_LOGS) * level.mean()
    error = 10 * np.log10(band_powers(high[4410:-4410]) / expected)
    assert np.abs(error).max() < 1


def test_nothing_is_added_to_the_low_band():
    high = output(noise(400), -1.0, 0.0)
    hertz, density = scipy.signal.welch(high, 44100, nperseg=1024)
    low, treble = density[hertz < 6000].max(), density[hertz > 8000].mean()
    assert 10 * np.log10(low / treble) < -35


@pytest.mark.parametrize(("logits", "share"), [(TONES, 0.0), (NOISE, 0.8)], ids=["tones", "noise"])
def test_the_shares_of_noise_choose_the_carriers(logits, share):
    time = np.arange(400 * STEP) / 15000
    harmonics = sum(np.sin(2 * np.pi * 440 * k * time + k * k) for k in range(1, 17))
    shares = noise_shares(output(to_int16(1500 * harmonics), -1.0, logits))[20:-20]
    assert np.abs(shares.mean(axis=0) - share).max() < 0.2


def test_the_shares_of_noise_are_steeper_than_what_is_learnt():
    low = noise(400)
    noises, tones, mixed = (output(low, -1.0, logit) for logit in (NOISE, TONES, -1.0))
    # the third carrier is nearly uncorrelated with both
    parts = np.linalg.lstsq(np.stack([noises, tones], axis=1), mixed, rcond=None)[0]
    share = 1 / (1 + np.exp(1.75))
    assert parts == pytest.approx([np.sqrt(share), 1 - share], abs=0.02)


def test_a_burst_stays_where_it_is():
    low = noise(40)
    low[: 18 * STEP] = low[21 * STEP :] = 0
    power = np.square(output(low, -1.0, 0.0))
    middle = np.sum(power * np.arange(len(power))) / power.sum() / 44100
    assert middle == pytest.approx(19.5 * STEP / 15000, abs=0.002)


@pytest.mark.parametrize("logits", [TONES, NOISE], ids=["tones", "noise"])
def test_no_envelope_overflows(logits):
    for envelope in (1e9, -1e9):
        for low in (noise(3), np.zeros(3 * STEP, np.int16), np.full(3 * STEP, -32768, np.int16)):
            assert np.isfinite(output(low, envelope, logits)).all()
