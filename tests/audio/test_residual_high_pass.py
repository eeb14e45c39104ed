"""The high-pass: what it keeps, what it takes, and blocks equal the whole."""

import numpy as np
import pytest

from super_resolution.audio.filters import CUTOFF, residual_high_pass

RATES = {"sample_rate": 44100, "low_rate": 15000}
TAPS = residual_high_pass(**RATES)


def gain_db(hertz: float) -> float:
    phase = np.exp(-2j * np.pi * hertz / 44100 * np.arange(len(TAPS)))
    return 20 * np.log10(abs(np.dot(TAPS, phase)))


@pytest.mark.parametrize("hertz", [20, 1000, 5000, 6900])
def test_the_known_band_is_kept_out(hertz):
    assert gain_db(hertz) < -50


@pytest.mark.parametrize("hertz", [7500, 10000, 16000, 22000])
def test_the_high_band_passes(hertz):
    assert abs(gain_db(hertz)) < 0.1


def test_half_amplitude_at_the_cutoff():
    assert gain_db(CUTOFF * 7500) == pytest.approx(-6.02, abs=0.05)
