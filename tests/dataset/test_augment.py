"""Data augmentation: segments of noise with known spectra, before and after."""

import numpy as np
import pytest

from super_resolution.audio.pcm import to_int16
from super_resolution.dataset import augment
from super_resolution.network.presets import Augmentation

RATE, LOW_RATE = 44100, 15000
FRAMES, LOW_FRAMES = 14700, 5000  # the same third of a second


def hertz(frames: int, rate: int) -> np.ndarray:
    return np.fft.rfftfreq(frames, 1 / rate)


def segments(count: int = 8, level: float = 2000.0):
    high = np.random.default_rng(0).normal(0, level, (count, FRAMES)).astype(np.float32)
    base = high.copy()
    low = to_int16(high[:, :LOW_FRAMES])
    return low, high, base


def augmented(augmentation: Augmentation, count: int = 8, level: float = 2000.0, seed: int = 1):
    rng = np.random.default_rng(seed)
    return augment.apply(*segments(count, level), augmentation, rng, sample_rate=RATE)


def change_db(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    spectra = [np.abs(np.fft.rfft(signal.astype(float))) for signal in (before, after)]
    return 20 * np.log10(np.maximum(spectra[1], 1e-9) / spectra[0])


def test_without_augmentation_nothing_changes():
    for before, after in zip(segments(), augmented(Augmentation()), strict=True):
        assert np.array_equal(before, after)


def test_gain_is_the_same_for_both_versions_and_the_base_and_never_clips():
    low, high, base = segments(level=5000.0)
    loud_low, loud, loud_base = augmented(Augmentation(gain_db=(6.0, 6.0)), level=5000.0)
    gains = np.abs(loud).max(axis=1) / np.abs(high).max(axis=1)
    assert np.all(gains > 1.2) and np.all(gains <= 10 ** (6 / 20) + 1e-6)
    assert np.abs(loud).max() <= 32767.01
    assert np.allclose(loud_base, base * gains[:, np.newaxis], rtol=1e-5)
    assert np.abs(loud_low - low * gains[:, np.newaxis]).max() <= 0.51


def test_a_tilt_has_the_same_slope_in_both_versions():
    low, high, _ = segments()
    tilted_low, tilted, tilted_base = augmented(Augmentation(tilt_db=(-3.0, -3.0)))
    expected = -3 * np.log2(np.maximum(hertz(FRAMES, RATE), 1000) / 1000)
    assert np.abs(change_db(high, tilted)[:, 1:-1] - expected[1:-1]).max() < 0.1
    assert np.array_equal(tilted, tilted_base)
    # the low version is rounded to 16 bits, 60 dB below
    error = change_db(low, tilted_low)[:, 1:-1] - expected[1 : low.shape[1] // 2]
    assert np.percentile(np.abs(error), 99) < 0.2


def test_each_segment_has_its_own_tilt():
    _, high, _ = segments()
    _, tilted, _ = augmented(Augmentation(tilt_db=(-3.0, 3.0)))
    at_8k = change_db(high, tilted)[:, np.argmin(np.abs(hertz(FRAMES, RATE) - 8000))]
    assert len(set(np.round(at_8k, 3))) == len(at_8k)
    assert np.abs(at_8k).max() <= 9.01


def test_a_share_of_the_segments_is_band_limited_and_the_others_stay():
    count = 200
    low, high, _ = segments(count)
    in_high, in_low = hertz(FRAMES, RATE), hertz(LOW_FRAMES, LOW_RATE)
    limited_low, limited, limited_base = augmented(Augmentation(band_limit=(0.6, 0.6)), count)
    change = change_db(high, limited)
    chosen = change[:, in_high > 8000].max(axis=1) < -40
    assert 0.5 < chosen.mean() / augment.BAND_LIMIT_SHARE < 2
    cutoff = 0.6 * LOW_RATE / 2
    assert np.abs(change[chosen][:, in_high < cutoff - 10]).max() < 0.1
    assert change[chosen][:, in_high > cutoff * 1.03 + 10].max() < -40
    assert np.array_equal(limited, limited_base)
    assert np.allclose(limited[~chosen], high[~chosen], atol=0.01)
    assert np.array_equal(limited_low[~chosen], low[~chosen])
    # above the cut-off the low version holds nothing but 16-bit rounding noise
    above = in_low > cutoff * 1.03 + 10
    power = np.mean(np.abs(np.fft.rfft(limited_low[chosen])[:, above]) ** 2) / LOW_FRAMES
    assert power == pytest.approx(1 / 12, rel=0.05)


def test_half_of_the_low_versions_are_low_passed():
    low, high, base = segments(40)
    dull, same, same_base = augmented(Augmentation(low_pass=(0.3, 0.3)), 40)
    assert np.array_equal(high, same) and np.array_equal(base, same_base)
    change, in_low = change_db(low, dull), hertz(LOW_FRAMES, LOW_RATE)
    changed = change[:, in_low > 4000].mean(axis=1) < -20
    assert 0.25 < changed.mean() < 0.75
    assert np.array_equal(low[~changed], dull[~changed])
    assert np.abs(np.median(change[changed][:, (in_low > 50) & (in_low < 1000)])) < 0.5


def test_the_same_seed_gives_the_same_segments():
    augmentation = Augmentation((-12.0, 6.0), (-3.0, 3.0), (0.5, 0.96), (0.8, 0.98))
    first, again, other = (augmented(augmentation, seed=seed) for seed in (3, 3, 4))
    assert all(map(np.array_equal, first, again))
    assert not np.array_equal(first[0], other[0])
