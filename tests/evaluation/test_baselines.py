"""The baselines against slow oracles, known filters and tones."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from super_resolution.errors import UserError
from super_resolution.evaluation import baselines

LENGTHS = (0, 1, 2, 24, 25, 26, 49, 50, 51, 75, 99, 100, 101, 146, 147, 148)


def noise(frames: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, (frames, channels), np.int16)


def upsample(method, low: np.ndarray) -> np.ndarray:
    """Upsample from 15 to 44.1 kHz."""
    return method(low, orig_sr=15000, target_sr=44100)


def fit(low: np.ndarray, original: np.ndarray, **options) -> baselines.FittedFir:
    """Fit a FIR from 15 to 44.1 kHz."""
    return baselines.fit_fir(low, original, orig_sr=15000, target_sr=44100, **options)


def random_fir(ratio: Fraction, side_taps: int = 32) -> baselines.FittedFir:
    shape = (ratio.numerator, 2 * side_taps + 1)
    return baselines.FittedFir(ratio, np.random.default_rng(1).normal(size=shape))


def round_half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@pytest.mark.parametrize("method", baselines.METHODS.values(), ids=baselines.METHODS)
@settings(max_examples=60, deadline=None)
@given(
    frames=st.sampled_from(LENGTHS) | st.integers(0, 700),
    channels=st.integers(1, 2),
    orig_sr=st.sampled_from([15000, 14700, 16000, 48000]),
)
def test_length_is_rounded_half_up(method, frames, channels, orig_sr):
    high = method(noise(frames, channels), orig_sr=orig_sr, target_sr=44100)
    assert high.shape == (round_half_up(Fraction(frames * 44100, orig_sr)), channels)
    assert high.dtype == np.float32
    assert np.isfinite(high).all()


@pytest.mark.parametrize("frames", LENGTHS)
def test_hold_equals_a_loop(frames):
    low = noise(frames, 2)
    high = upsample(baselines.hold, low)
    expected = [low[n * 50 // 147] for n in range(len(high))]
    np.testing.assert_array_equal(high, np.reshape(expected, (-1, 2)))


@pytest.mark.parametrize("frames", LENGTHS)
def test_linear_equals_numpy_interp(frames):
    low = noise(frames)
    high = upsample(baselines.linear, low)[:, 0]
    points = np.append(low[:, 0], 0)
    expected = np.interp(np.arange(len(high)) * 50 / 147, np.arange(frames + 1), points)
    np.testing.assert_allclose(high, expected, atol=0.01)


@pytest.mark.parametrize("frames", LENGTHS)
def test_fir_equals_a_loop(frames):
    ratio, low = Fraction(147, 50), noise(frames)[:, 0].astype(float)
    fir = random_fir(ratio)
    high = fir.apply(low[:, None])[:, 0]
    expected = np.zeros(len(high))
    for n in range(len(high)):
        nearest = round_half_up(n / ratio)
        for tap, coefficient in enumerate(fir.coefficients[n % 147]):
            k = nearest - 32 + tap
            expected[n] += coefficient * low[k] if 0 <= k < frames else 0
    np.testing.assert_allclose(high, expected, rtol=1e-4, atol=0.1)


@pytest.mark.parametrize("name", ["linear", "cubic", "soxr"])
@pytest.mark.parametrize("k", [0, 1, 50, 77, 149])
def test_an_impulse_keeps_its_position(name, k):
    low = np.zeros((150, 1), np.int16)
    low[k] = 20000
    high = upsample(baselines.METHODS[name], low)
    assert np.argmax(high) == round(k * 147 / 50)


@pytest.mark.parametrize("name", ["linear", "cubic"])
def test_a_ratio_of_3_keeps_the_low_samples(name):
    low = noise(500, 2)
    high = baselines.METHODS[name](low, orig_sr=14700, target_sr=44100)
    np.testing.assert_allclose(high[::3], low, atol=0.01)


@pytest.mark.parametrize("frequency", [100, 1000, 5000, 6900])
def test_soxr_passes_tones_below_the_nyquist(frequency):
    phase = 2 * np.pi * frequency * np.arange(30000)[:, None]
    high = upsample(baselines.soxr_vhq, 10000 * np.sin(phase / 15000))
    middle = slice(20000, 29000)
    expected = 10000 * np.sin(phase[middle] / 44100)
    np.testing.assert_allclose(high[middle], expected, atol=10)  # 0.01 dB


def test_each_method_has_a_smaller_error_than_the_one_before():
    phase = 2 * np.pi * 1000 * np.arange(15000)[:, None]
    expected = 10000 * np.sin(phase[5000:10000] / 44100)
    low = 10000 * np.sin(phase[:5000] / 15000)
    errors = [
        np.abs(upsample(method, low)[5000:10000] - expected).mean()
        for method in baselines.METHODS.values()
    ]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("method", baselines.METHODS.values(), ids=baselines.METHODS)
def test_full_scale_does_not_overflow(method):
    low = np.full((3000, 1), -32768, np.int16)
    middle = upsample(method, low)[3000:6000]
    np.testing.assert_allclose(middle, -32768, rtol=1e-4)


@pytest.mark.parametrize("orig_sr", [15000, 14700])
def test_fit_recovers_a_known_filter(orig_sr):
    ratio = Fraction(44100, orig_sr)
    up, down = ratio.numerator, ratio.denominator
    low, unseen = noise(12000, 2).astype(float), noise(999, seed=5).astype(float)
    original = resample_poly(low, up, down)  # a filter of 10 low samples on each side
    fir = baselines.fit_fir(low, original, orig_sr=orig_sr, target_sr=44100)
    high, expected = fir.apply(unseen), resample_poly(unseen, up, down)
    np.testing.assert_allclose(high, expected[: len(high)], atol=0.05)


def test_fit_in_blocks_equals_one_block(monkeypatch):
    low, original = noise(1000, 2), noise(2940, 2, seed=3)
    whole = fit(low, original, side_taps=4)
    monkeypatch.setattr(baselines, "FIR_BLOCK_ROWS", 7)
    blocks = fit(low, original, side_taps=4)
    np.testing.assert_allclose(blocks.coefficients, whole.coefficients, atol=1e-9)
    np.testing.assert_allclose(blocks.apply(low), whole.apply(low), rtol=1e-5, atol=0.1)


def test_fitted_fir_has_the_least_squared_error():
    original = np.cumsum(noise(30000) // 100, axis=0) % 8000
    low = original[::3]
    fitted = baselines.fit_fir(low, original, orig_sr=14700, target_sr=44100).apply(low)
    for method in (baselines.linear, baselines.soxr_vhq):
        other = method(low, orig_sr=14700, target_sr=44100)
        assert np.square(fitted - original).mean() < np.square(other - original).mean()


@pytest.mark.parametrize("frames", [0, 1, 50, 400])
def test_silence_gives_a_silent_filter(frames):
    low = np.zeros((frames, 1), np.int16)
    fir = fit(low, upsample(baselines.hold, low))
    assert fir.coefficients.shape == (147, 65)
    assert not fir.apply(low).any()


def test_fit_refuses_different_channels():
    with pytest.raises(UserError, match="2 channels and original 1"):
        fit(noise(50, 2), noise(147, 1))


def test_order_of_the_rows():
    names = [*baselines.METHODS, baselines.FITTED_FIR]
    assert names == ["hold", "linear", "cubic", "soxr", "fitted FIR"]
