"""Data augmentation of the flatness of noise and tones, against that of what is heard."""

import numpy as np
import pytest

from super_resolution.dataset import augment
from super_resolution.dataset.envelopes import low_features

ENERGIES = 96
SAMPLES = 60 * 150
TIME = np.arange(SAMPLES) / 15000
HARMONICS = sum(np.sin(2 * np.pi * hertz * TIME + hertz) for hertz in range(300, 7500, 220))
SOUNDS = {
    "noise": np.random.default_rng(0).normal(size=SAMPLES),
    "tones": HARMONICS / HARMONICS.std(),
}


def features_of(sound: np.ndarray) -> np.ndarray:
    """Give the features of samples in LSB, without the ends, (50, 108)."""
    return low_features((sound / 32768).astype(np.float32))[5:-5]


def augmented(*heard: np.ndarray) -> np.ndarray:
    """Give the features of a first segment, which a second may be mixed with."""
    y_true = np.full((len(heard), 50, 60), 0.5, np.float32)
    return augment.apply(np.stack(heard), y_true, np.random.default_rng(1))[0][0]


def flatness_of(features: np.ndarray) -> float:
    # the last band holds the end of the tones
    return float(features[:, ENERGIES:-1].mean())


@pytest.mark.parametrize("level", [0, 0.3, 1, 3, 3000])  # LSB
@pytest.mark.parametrize("sound", ["noise", "tones"])
def test_without_augmentation_quiet_features_stay_too(only, sound, level):
    only()
    heard = features_of(level * SOUNDS[sound])
    assert np.allclose(augmented(heard), heard, atol=1e-3)


@pytest.mark.parametrize("tones_db", [-15, -5, 5])
def test_noise_fills_the_gaps_between_tones(only, tones_db):
    only(MIX_SHARE=1.0, MIX_DB=(0.0, 0.0))
    noise, tones = 300 * SOUNDS["noise"], 300 * 10 ** (tones_db / 20) * SOUNDS["tones"]
    both, mixed = features_of(noise + tones), augmented(features_of(noise), features_of(tones))
    assert np.abs(mixed[:, :48] - both[:, :48]).mean() < 0.12
    # the estimate is an upper bound, between that of noise and that of tones
    true, bound = flatness_of(both), flatness_of(mixed)
    assert true - 0.05 < bound < true + 0.5
    assert bound < 0.5 * flatness_of(features_of(tones))


@pytest.mark.parametrize("gain", [-15.0, -10.0])
@pytest.mark.parametrize("sound", ["noise", "tones"])
def test_a_gain_changes_flatness_only_near_the_noise_of_rounding(only, sound, gain):
    only(GAIN_DB=(gain, gain))
    loud, quiet = features_of(3000 * SOUNDS[sound]), features_of(3 * SOUNDS[sound])
    assert flatness_of(augmented(loud)) == pytest.approx(flatness_of(loud), abs=0.01)
    changed = 3 * 10 ** (gain / 20) * SOUNDS[sound]
    before, true = flatness_of(quiet), flatness_of(features_of(changed))
    assert abs(flatness_of(augmented(quiet)) - true) < 0.65 * abs(before - true)
