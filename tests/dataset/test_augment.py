"""Data augmentation: segments of known powers, before and after one change at a time."""

import numpy as np
import pytest

from super_resolution.dataset import augment
from super_resolution.dataset.envelopes import band_edges, low_features
from super_resolution.network.architecture import ROUNDING_POWER

BANDS, ENERGIES = 20, 96
ROUNDING = np.log10(ROUNDING_POWER)
TREBLE_HZ = (band_edges()[:-1] + band_edges()[1:]) / 2
HERTZ = np.concatenate([augment.energy_hertz(), TREBLE_HZ])


def segments(count: int = 8, level: float = -3.0) -> tuple[np.ndarray, np.ndarray]:
    """Give features (count, 6, 108) and y_true (count, 6, 60) of powers about a level."""
    rng = np.random.default_rng(0)
    energies = rng.normal(level, 0.5, (count, 6, ENERGIES))
    flatness = rng.uniform(0.2, 1.5, (count, 6, 12))
    treble = rng.normal(level - 1, 0.5, (count, 6, BANDS))
    noise = rng.uniform(0, 1, (count, 6, BANDS))
    weights = np.broadcast_to(rng.choice([0, 0.25, 1], (count, 1, BANDS)), (count, 6, BANDS))
    y_true = np.concatenate([treble, noise, weights], axis=2)
    features = np.concatenate([energies, flatness], axis=2)
    return features.astype(np.float32), y_true.astype(np.float32)


def applied(features: np.ndarray, y_true: np.ndarray, seed: int = 1) -> tuple[np.ndarray, ...]:
    return augment.apply(features, y_true, np.random.default_rng(seed))


def joined(features: np.ndarray, y_true: np.ndarray) -> np.ndarray:
    # the powers of all bands, (count, 6, 116)
    return np.concatenate([features[..., :ENERGIES], y_true[..., :BANDS]], axis=2)


def changes_db(before: tuple[np.ndarray, ...], after: tuple[np.ndarray, ...]) -> np.ndarray:
    """Give what was done to each segment in each band, (count, 116); it must be constant."""
    change = 10 * (joined(*after) - joined(*before))
    assert np.ptp(change, axis=1).max() < 0.05
    return change.mean(axis=1)


def test_without_augmentation_nothing_changes(only):
    only()
    for before, after in zip(segments(), applied(*segments()), strict=True):
        assert after.shape == before.shape and after.dtype == np.float32
        assert np.allclose(before, after, atol=1e-5)


def test_the_energies_bands_are_where_tones_are_found():
    hertz = augment.energy_hertz()
    assert hertz.shape == (96,)
    for band in (3, 40, 51, 60, 90):
        tone = 0.3 * np.sin(2 * np.pi * hertz[band] / 15000 * np.arange(20 * 150))
        window = slice(0, 48) if band < 48 else slice(48, 64) if band < 64 else slice(80, 96)
        energies = low_features(tone.astype(np.float32))[10, window]
        assert energies.argmax() == band - window.start


@pytest.mark.parametrize("gain", [-15.0, 6.0])
def test_a_gain_is_the_same_for_both_versions(only, gain):
    only(GAIN_DB=(gain, gain))
    after = applied(*segments())
    assert np.allclose(changes_db(segments(), after), gain, atol=0.03)
    assert np.allclose(after[1][..., BANDS:], segments()[1][..., BANDS:], atol=1e-6)


def test_each_segment_has_its_own_gain(only):
    only(GAIN_DB=(-15.0, 6.0))
    gains = changes_db(segments(100), applied(*segments(100)))
    assert np.ptp(gains, axis=1).max() < 0.05
    gains = gains.mean(axis=1)
    assert gains.min() > -15.01 and gains.max() < 6.01
    assert gains.mean() == pytest.approx(-4.5, abs=1.5)
    assert gains.std() == pytest.approx(21 / np.sqrt(12), rel=0.15)


@pytest.mark.parametrize("gain", [-15.0, 6.0])
def test_the_noise_of_rounding_is_the_floor(only, gain):
    only(GAIN_DB=(gain, gain))
    silent, y_true = segments(level=ROUNDING)
    silent[..., :ENERGIES] = ROUNDING
    changed = applied(silent, y_true)[0]
    assert np.allclose(changed[..., :ENERGIES], ROUNDING, atol=1e-4)
    assert np.allclose(changed[..., ENERGIES:], 0, atol=1e-3)
    features, y_true = segments(level=ROUNDING + 1)
    after = joined(*applied(features, y_true))
    power = np.maximum(10.0 ** joined(features, y_true) - ROUNDING_POWER, 0)
    expected = np.log10(power * 10 ** (gain / 10) + ROUNDING_POWER)
    assert np.allclose(after, expected, atol=1e-3)
    assert after.min() > ROUNDING - 1e-3


def test_a_tilt_has_its_slope_above_1_khz(only):
    only(TILT_DB=(-3.0, -3.0))
    expected = -3 * np.log2(np.maximum(HERTZ, 1000) / 1000)
    assert np.allclose(changes_db(segments(), applied(*segments())), expected, atol=0.03)


def test_the_equalizer_is_smooth_and_keeps_the_loudness(only):
    only(EQUALIZER_DB=2.0)
    change = changes_db(segments(500), applied(*segments(500)))
    below, above = (np.abs(HERTZ - hertz).argmin() for hertz in (400, 8000))
    # from 400 Hz to 8 kHz it is three steps
    assert (change[:, above] - change[:, below]).std() == pytest.approx(2 * np.sqrt(3), rel=0.15)
    assert np.abs(change.mean(axis=0)).max() < 0.4
    # what lies above the last frequency is as that is
    assert np.allclose(change[:, -1], change[:, -6], atol=0.05)


def test_a_low_pass_changes_only_the_energies(only):
    only(LOW_PASS_SHARE=1.0, LOW_PASS_HZ=(6500.0, 6500.0))
    before, after = segments(), applied(*segments())
    assert np.allclose(before[1], after[1], atol=1e-5)
    change = 10 * (after[0] - before[0])[..., :ENERGIES]
    hertz = augment.energy_hertz()
    expected = -10 * np.clip((hertz - 6500) * augment.STEEPNESS, 0, 12)
    # no power falls below that of rounding
    audible = expected > -20
    assert np.allclose(change[..., audible], expected[audible], atol=0.05)
    silent = hertz > 6500 + 12 / augment.STEEPNESS
    after = after[0][..., :ENERGIES]
    assert silent.any() and np.allclose(after[..., silent], ROUNDING, atol=1e-3)


def test_a_band_limit_empties_both_and_what_was_unknown_is_known(only):
    only(BAND_LIMIT_SHARE=1.0, BAND_LIMIT_HZ=(4000.0, 4000.0))
    features, y_true = applied(*segments())
    energies, flatness = np.split(features, [ENERGIES], axis=2)
    above = augment.energy_hertz() > 4700
    assert np.allclose(energies[..., above], ROUNDING, atol=1e-3)
    # up to 3.7 kHz what it was, less flat at the edge, from 5 kHz on that of silence
    before = segments()[0][..., ENERGIES:]
    assert np.allclose(flatness[..., :6], before[..., :6], atol=1e-3)
    assert np.all(flatness[..., 6] > before[..., 6] + 0.1)
    assert np.allclose(flatness[..., 8:], 0, atol=1e-3)
    assert np.allclose(y_true[..., :BANDS], ROUNDING, atol=1e-3)
    assert np.all(y_true[..., 2 * BANDS :] == 1)
    below = augment.energy_hertz() < 4000
    assert np.allclose(energies[..., below], segments()[0][..., :ENERGIES][..., below], atol=1e-5)


@pytest.mark.parametrize(
    ("name", "band"), [("LOW_PASS", 95), ("BAND_LIMIT", 95), ("BAND_LIMIT", 100)]
)
def test_a_share_of_the_segments_is_chosen_and_the_others_stay(only, name, band):
    only(**{f"{name}_SHARE": 0.2, f"{name}_HZ": (5000.0, 5000.0)})
    before, after = segments(500), applied(*segments(500))
    chosen = np.any(joined(*before)[..., band] - joined(*after)[..., band] > 1, axis=1)
    assert chosen.mean() == pytest.approx(0.2, abs=0.06)
    for one, other in zip(before, after, strict=True):
        assert np.allclose(one[~chosen], other[~chosen], atol=1e-5)


def test_a_mix_adds_the_powers_of_another_segment(only):
    only(MIX_SHARE=1.0, MIX_DB=(-3.0, -3.0))
    features, y_true = segments()
    after = applied(features, y_true)
    factor, other = 10**-0.3, np.roll(np.arange(8), 4)
    power = 10.0 ** joined(features, y_true)
    expected = np.log10(power + factor * power[other])
    assert np.allclose(joined(*after), expected, atol=1e-3)
    # noise is shared by power, and what one of the two does not know is not known
    own, added = power[..., 96:], factor * power[other][..., 96:]
    noise = y_true[..., BANDS : 2 * BANDS]
    expected = (own * noise + added * noise[other]) / (own + added)
    assert np.allclose(after[1][..., BANDS : 2 * BANDS], expected, atol=1e-3)
    weights = y_true[..., 2 * BANDS :]
    assert np.array_equal(after[1][..., 2 * BANDS :], np.minimum(weights, weights[other]))


def test_segments_that_are_not_mixed_stay(only):
    only(MIX_SHARE=0.3, MIX_DB=(0.0, 0.0))
    before, after = segments(500), applied(*segments(500))
    same = np.all(np.abs(joined(*before) - joined(*after)) < 1e-4, axis=(1, 2))
    assert 1 - same.mean() == pytest.approx(0.3, abs=0.07)
    for one, other in zip(before, after, strict=True):
        assert np.allclose(one[same], other[same], atol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_changes_of_training_give_powers_and_shares(count):
    for seed in range(50):
        features, y_true = applied(*segments(count, level=-9.0), seed=seed)
        assert np.isfinite(features).all() and np.isfinite(y_true).all()
        assert joined(features, y_true).min() > ROUNDING - 1e-3
        assert features[..., ENERGIES:].min() >= 0
        assert y_true[..., BANDS:].min() >= 0 and y_true[..., BANDS:].max() <= 1


def test_the_same_seed_gives_the_same_segments():
    first, again, other = (applied(*segments(), seed=seed) for seed in (3, 3, 4))
    assert all(map(np.array_equal, first, again))
    assert not np.array_equal(first[0], other[0])
