"""Envelopes and shares of noise: of noise of known power, and of tones."""

import numpy as np
import pytest

from super_resolution.dataset import envelopes
from super_resolution.dataset.envelopes import band_edges, band_weights, noise_shares
from super_resolution.dataset.envelopes import treble_envelope as envelope_of

BANDS = 20
STEPS = 200  # two seconds
FRAMES = STEPS * 441


def noise(level: float, steps: int = STEPS) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, steps * 441).astype(np.float32)


def tone_in(band: int, level: float = 0.1) -> np.ndarray:
    hertz = band_edges()[band : band + 2].mean()
    return (level * np.sin(2 * np.pi * hertz / 44100 * np.arange(FRAMES))).astype(np.float32)


def test_bands_lie_between_7_and_22_khz():
    edges = band_edges()
    assert (len(edges), edges[0], edges[-1]) == (BANDS + 1, 7125, 22_125)
    assert set(np.diff(edges)) == {750}


@pytest.mark.parametrize("level", [0.3, 0.003])
def test_the_envelope_of_white_noise_is_its_power(level):
    envelope = envelope_of(noise(level))
    assert envelope.shape == (STEPS, 2 * BANDS) and envelope.dtype == np.float32
    mean = np.log10(np.mean(10 ** envelope[:, :BANDS].astype(float), axis=0))
    assert 10 * np.abs(mean - 2 * np.log10(level)).max() < 0.5


@pytest.mark.parametrize("band", [0, 1, 10, 18])
def test_the_envelope_of_a_tone_is_its_power_in_its_own_band(band):
    inner = envelope_of(tone_in(band))[10:-10, :BANDS]
    assert np.all(inner.argmax(axis=1) == band)
    # white noise of this power has that of the tone in 750 Hz
    expected = np.log10(0.1**2 / 2 * 22_050 / 750)
    assert 10 * np.abs(inner[:, band] - expected).max() < 0.5
    others = np.delete(inner, [max(0, band - 1), band, band + 1], axis=1)
    assert others.max() < expected - 2


def test_silence_has_the_power_of_rounding():
    silent = envelope_of(np.zeros(3 * 441, np.float32))[:, :BANDS]
    assert np.allclose(silent, np.log10(1 / 12 / 32768**2), atol=1e-4)


def test_a_click_is_loudest_in_its_own_step():
    for step in (0, 1, 10, 18):
        click = np.zeros(20 * 441, np.float32)
        click[step * 441 + 147] = 1  # the middle of its middle frame
        power = envelope_of(click)[:, :BANDS].mean(axis=1)
        assert power.argmax() == step
        assert np.all(np.delete(power, step) < power[step] - 2)


def test_noise_is_noise_and_tones_are_none():
    shares = noise_shares(noise(0.1))
    assert shares.shape == (STEPS, BANDS)
    assert shares.min() >= 0 and shares.max() <= 1
    # the middle of the logistic function lies at 0.33, and white noise at 0.25
    assert np.abs(shares.mean(axis=0) - 0.79).max() < 0.06
    # harmonics of 440 Hz, one or two in a band
    time = np.arange(FRAMES) / 44100
    partials = sum(np.sin(2 * np.pi * 440 * k * time + k * k) for k in range(16, 50))
    assert noise_shares((0.02 * partials).astype(np.float32))[5:-5].max() < 0.05


def test_each_band_has_its_own_share():
    shares = noise_shares(noise(0.001) + tone_in(7))[5:-5].mean(axis=0)
    assert shares[7] < 0.05
    assert np.delete(shares, [6, 7, 8]).min() > 0.7


def test_what_lies_below_the_noise_of_rounding_is_noise():
    assert noise_shares(tone_in(7, level=1e-7)).mean() > 0.99


def test_many_steps_are_as_one_block(monkeypatch):
    whole = noise_shares(noise(0.1, steps=23))
    monkeypatch.setattr(envelopes, "SPECTRA_AT_ONCE", 5)
    assert np.allclose(noise_shares(noise(0.1, steps=23)), whole, atol=1e-6)


@pytest.mark.parametrize(
    ("bandwidth", "whole", "unknown"),
    [
        (22_050.0, 20, 0),  # no codec cut it off
        (16_000.0, 11, 3),  # whole to 15,375 Hz, unknown to 17,625 Hz
        (20_000.0, 17, 0),
        (7000.0, 0, 14),
    ],
)
def test_bands_that_a_codec_cut_off_count_little_or_nothing(bandwidth, whole, unknown):
    weights = band_weights(bandwidth)
    assert weights.shape == (BANDS,)
    assert np.all(weights[:whole] == 1)
    assert np.all(weights[whole : whole + unknown] == 0)
    assert np.all(weights[whole + unknown :] == envelopes.FAINT_WEIGHT)
