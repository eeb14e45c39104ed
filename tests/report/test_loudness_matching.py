"""Equal loudness, without clipping and without blowing up silence."""

import numpy as np
import pytest

from super_resolution.report.loudness_matching import MAX_GAIN, level_gains

VERSIONS = ("original", "low", "soxr", "network")


def noise(level, *, frames=500, channels=2, seed=0):
    """Give int16 noise of this RMS, shape (frames, channels)."""
    samples = np.random.default_rng(seed).standard_normal((frames, channels)) * level
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def test_gains_make_all_equally_loud():
    levels = {"original": 2000, "low": 2600, "soxr": 1500, "network": 1990}
    signals = {version: noise(level, frames=5000) for version, level in levels.items()}
    gains = level_gains(signals)
    loudness = [gains[v] * np.sqrt(np.mean(np.square(signals[v], dtype=float))) for v in VERSIONS]
    np.testing.assert_allclose(loudness, loudness[0], rtol=1e-12)
    assert gains["original"] == 1.0


@pytest.mark.parametrize("low", [100, 3000, 11000])
def test_no_gain_clips(low):
    signals = {version: noise(12000, frames=5000) for version in VERSIONS}
    signals["low"] = noise(low, frames=5000)
    signals["soxr"][7] = -32768  # the one magnitude that int16 cannot negate
    gains = level_gains(signals)
    peaks = [gains[v] * np.abs(signals[v].astype(float)).max() / 32768 for v in VERSIONS]
    assert max(peaks) <= 1.0 + 1e-12
    if low == 3000:  # needs 12 dB, has the headroom of none: all versions go down together
        assert gains["original"] < 1.0


def test_silence_is_not_blown_up():
    signals = {version: noise(1000) for version in VERSIONS}
    signals["low"] = np.zeros_like(signals["low"])
    signals["soxr"] = noise(1.0)
    gains = level_gains(signals)
    assert gains["low"] == 1.0
    assert gains["soxr"] == MAX_GAIN
    assert level_gains(dict.fromkeys(VERSIONS, signals["low"]))["network"] == 1.0
