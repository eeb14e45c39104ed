"""Loudness matching: equal RMS, no clipping, limited gain."""

import numpy as np
import pytest

from super_resolution.audio.pcm import rms
from super_resolution.report.listening.loudness_matching import MAX_GAIN, matching_gains

VERSIONS = ("original", "low", "soxr", "network")


def noise(level, *, frames=500, seed=0):
    """Give int16 noise of this RMS, shape (frames, 2)."""
    samples = np.random.default_rng(seed).standard_normal((frames, 2)) * level
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def test_all_versions_get_the_rms_of_the_original():
    levels = {"original": 2000, "low": 2600, "soxr": 1500, "network": 1990}
    signals = {version: noise(level, frames=5000) for version, level in levels.items()}
    gains = matching_gains(signals)
    loudness = [gains[version] * rms(signals[version]) for version in VERSIONS]
    np.testing.assert_allclose(loudness, loudness[0], rtol=1e-12)
    assert gains["original"] == 1.0


@pytest.mark.parametrize("low", [100, 3000, 11000])
def test_no_version_clips(low):
    signals = {version: noise(12000, frames=5000) for version in VERSIONS}
    signals["low"] = noise(low, frames=5000)
    signals["soxr"][7] = -32768  # has no opposite in int16
    gains = matching_gains(signals)
    peaks = [gains[v] * np.abs(signals[v].astype(float)).max() / 32768 for v in VERSIONS]
    assert max(peaks) <= 1.0 + 1e-12
    if low == 3000:  # would clip at a gain of 12 dB, so all gains are lowered
        assert gains["original"] < 1.0


def test_gain_of_silent_versions():
    signals = {version: noise(1000) for version in VERSIONS}
    signals["low"] = np.zeros_like(signals["low"])
    signals["soxr"] = noise(1.0)
    gains = matching_gains(signals)
    assert gains["low"] == 1.0
    assert gains["soxr"] == MAX_GAIN
    assert matching_gains(dict.fromkeys(VERSIONS, signals["low"]))["network"] == 1.0
