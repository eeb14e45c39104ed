"""The classical methods against slow oracles, known filters and tones."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from super_resolution.errors import UserError
from super_resolution.evaluation import baselines

RATES = {"orig_sr": 15000, "target_sr": 44100}
LENGTHS = (0, 1, 2, 24, 25, 26, 49, 50, 51, 75, 99, 100, 101, 146, 147, 148)


def noise(frames: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, (frames, channels), np.int16)


def random_fir(ratio: Fraction, taps: int = 32) -> baselines.FittedFir:
    shape = (ratio.numerator, 2 * taps + 1)
    return baselines.FittedFir(ratio, np.random.default_rng(1).normal(size=shape))


def half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@pytest.mark.parametrize("method", baselines.METHODS.values(), ids=baselines.METHODS)
@settings(max_examples=60, deadline=None)
@given(
    frames=st.sampled_from(LENGTHS) | st.integers(0, 700),
    channels=st.integers(1, 2),
    rates=st.sampled_from([(15000, 44100), (14700, 44100), (16000, 44100), (48000, 44100)]),
)
def test_length_is_exact_with_halves_up(method, frames, channels, rates):
    orig_sr, target_sr = rates
    high = method(noise(frames, channels), orig_sr=orig_sr, target_sr=target_sr)
    assert high.shape == (half_up(Fraction(frames * target_sr, orig_sr)), channels)
    assert high.dtype == np.float32
    assert np.isfinite(high).all()


@pytest.mark.parametrize("frames", LENGTHS)
def test_hold_agrees_with_a_loop(frames):
    low = noise(frames, 2)
    high = baselines.hold(low, **RATES)
    expected = [low[n * 50 // 147] for n in range(len(high))]
    np.testing.assert_array_equal(high, np.reshape(expected, (-1, 2)))


@pytest.mark.parametrize("frames", LENGTHS)
def test_linear_agrees_with_interp(frames):
    low = noise(frames)
    high = baselines.linear(low, **RATES)[:, 0]
    points = np.append(low[:, 0], 0)
    expected = np.interp(np.arange(len(high)) * 50 / 147, np.arange(frames + 1), points)
    np.testing.assert_allclose(high, expected, atol=0.01)


@pytest.mark.parametrize("frames", LENGTHS)
def test_fir_agrees_with_a_loop(frames):
    ratio, low = Fraction(147, 50), noise(frames)[:, 0].astype(float)
    fir = random_fir(ratio)
    high = fir.apply(low[:, None])[:, 0]
    expected = np.zeros(len(high))
    for n in range(len(high)):
        nearest = half_up(n / ratio)
        for tap, coefficient in enumerate(fir.coefficients[n % 147]):
            k = nearest - 32 + tap
            expected[n] += coefficient * low[k] if 0 <= k < frames else 0
    np.testing.assert_allclose(high, expected, rtol=1e-4, atol=0.1)


@pytest.mark.parametrize("name", ["linear", "cubic", "soxr"])
@pytest.mark.parametrize("k", [0, 1, 50, 77, 149])
def test_an_impulse_comes_back_at_its_place(name, k):
    low = np.zeros((150, 1), np.int16)
    low[k] = 20000
    high = baselines.METHODS[name](low, **RATES)
    assert np.argmax(high) == round(k * 147 / 50)


@pytest.mark.parametrize("name", ["linear", "cubic"])
def test_a_triple_rate_keeps_the_known_samples(name):
    low = noise(500, 2)
    high = baselines.METHODS[name](low, orig_sr=14700, target_sr=44100)
    np.testing.assert_allclose(high[::3], low, atol=0.01)


@pytest.mark.parametrize("frequency", [100, 1000, 5000, 6900])
def test_soxr_passes_tones_below_the_nyquist(frequency):
    phase = 2 * np.pi * frequency * np.arange(30000)[:, None]
    high = baselines.soxr_vhq(10000 * np.sin(phase / 15000), **RATES)
    middle = slice(20000, 29000)
    expected = 10000 * np.sin(phase[middle] / 44100)
    np.testing.assert_allclose(high[middle], expected, atol=10)  # 0.01 dB


def test_each_method_is_nearer_to_a_slow_tone_than_the_one_before():
    phase = 2 * np.pi * 1000 * np.arange(15000)[:, None]
    truth = 10000 * np.sin(phase[5000:10000] / 44100)
    low = 10000 * np.sin(phase[:5000] / 15000)
    errors = [
        np.abs(method(low, **RATES)[5000:10000] - truth).mean()
        for method in baselines.METHODS.values()
    ]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("method", baselines.METHODS.values(), ids=baselines.METHODS)
def test_full_scale_does_not_wrap(method):
    low = np.full((3000, 1), -32768, np.int16)
    middle = method(low, **RATES)[3000:6000]
    np.testing.assert_allclose(middle, -32768, rtol=1e-4)


@pytest.mark.parametrize("rates", [(15000, 44100), (14700, 44100)])
def test_fit_recovers_a_known_filter(rates):
    orig_sr, target_sr = rates
    ratio = Fraction(target_sr, orig_sr)
    up, down = ratio.numerator, ratio.denominator
    low, unseen = noise(12000, 2).astype(float), noise(999, seed=5).astype(float)
    original = resample_poly(low, up, down)  # a filter 10 low samples to each side
    fir = baselines.fit_fir(low, original, orig_sr=orig_sr, target_sr=target_sr)
    high, expected = fir.apply(unseen), resample_poly(unseen, up, down)
    np.testing.assert_allclose(high, expected[: len(high)], atol=0.05)


def test_fit_in_blocks_equals_the_whole(monkeypatch):
    low, original = noise(1000, 2), noise(2940, 2, seed=3)
    whole = baselines.fit_fir(low, original, taps=4, **RATES)
    monkeypatch.setattr(baselines, "FIR_BLOCK", 7)
    blocks = baselines.fit_fir(low, original, taps=4, **RATES)
    np.testing.assert_allclose(blocks.coefficients, whole.coefficients, atol=1e-9)
    np.testing.assert_allclose(blocks.apply(low), whole.apply(low), rtol=1e-5, atol=0.1)


def test_fit_beats_every_other_filter_where_it_was_fitted():
    original = np.cumsum(noise(30000) // 100, axis=0) % 8000
    low = original[::3]
    rates = {"orig_sr": 14700, "target_sr": 44100}
    fitted = baselines.fit_fir(low, original, **rates).apply(low)
    for method in (baselines.linear, baselines.soxr_vhq):
        other = method(low, **rates)
        assert np.square(fitted - original).mean() < np.square(other - original).mean()


@pytest.mark.parametrize("frames", [0, 1, 50, 400])
def test_silence_gives_a_silent_filter(frames):
    low = np.zeros((frames, 1), np.int16)
    high = baselines.hold(low, **RATES)
    fir = baselines.fit_fir(low, high, **RATES)
    assert fir.coefficients.shape == (147, 65)
    assert not fir.apply(low).any()


def test_fit_refuses_unlike_channels():
    with pytest.raises(UserError, match="2 channels and original 1"):
        baselines.fit_fir(noise(50, 2), noise(147, 1), **RATES)


def test_rows_stand_in_their_order():
    assert [*baselines.METHODS, baselines.FITTED_FIR] == [
        *("hold", "linear", "cubic", "soxr", "fitted FIR")
    ]
