"""The metrics: known values, slow oracles, limits."""

import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from super_resolution.errors import UsageError, UserError
from super_resolution.evaluation import metrics, spectral_metrics

RATE, LOW_RATE = 44100, 15000
COMB_PERIOD = 147  # samples


def noise(frames: int, channels: int = 1, seed: int = 0, level: float = 1000) -> np.ndarray:
    samples = np.random.default_rng(seed).normal(0, level, (frames, channels))
    return np.rint(samples).clip(-32768, 32767).astype(np.int16)


def evaluate(reference, estimate, *, visqol=False):
    return metrics.evaluate(reference, estimate, sample_rate=RATE, low_rate=LOW_RATE, visqol=visqol)


def lsd(reference, estimate, *, lowest=0.0, end=np.inf):
    """Give the LSD in one band."""
    bands = [(lowest, end)]
    return spectral_metrics.lsd_in_bands(reference, estimate, sample_rate=RATE, bands=bands)[0]


def buzz(reference, estimate, *, low_rate=LOW_RATE):
    return spectral_metrics.buzz(reference, estimate, sample_rate=RATE, low_rate=low_rate)


def test_the_reference_itself_is_perfect():
    x = noise(20000, 2)
    values = evaluate(x, x)
    assert list(values) == [metric.key for metric in metrics.METRICS if metric.key != "visqol"]
    assert values.pop("snr") == values.pop("si_sdr") == np.inf
    assert set(values.values()) == {0}


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_snr_of_known_noise(signal, error):
    x = np.tile(np.array([[signal], [-signal]], np.int16), (50, 1))
    y = x + np.repeat(np.array([[error], [-error]], np.int16), 50, axis=0)
    assert metrics.snr(x, y) == pytest.approx(20 * np.log10(signal / error))
    assert metrics.si_sdr(x, y) == pytest.approx(20 * np.log10(signal / error))
    assert metrics.mae(x, y) == error


@given(st.sampled_from([-3, -1, 2, 5, 8]))
def test_si_sdr_ignores_gain(gain):
    x, y = noise(3000), noise(3000) + noise(3000, seed=1, level=100)
    assert metrics.si_sdr(x, y * gain) == pytest.approx(metrics.si_sdr(x, y))
    assert metrics.snr(x, y * gain) < metrics.snr(x, y)


def test_lsd_of_10_db_is_one():
    x = noise(30000).astype(float)
    assert lsd(x, x * 10**0.5) == pytest.approx(1)


def slow_lsd(x: np.ndarray, y: np.ndarray, lowest: float, end: float) -> float:
    """Compute the definition frame by frame and bin by bin."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)
    x, y = (np.append(s / 32768, np.zeros(max(0, 2048 - len(s)))) for s in (x, y))
    frames = []
    for start in range(0, len(x) - 2047, 512):
        spectrum_x, spectrum_y = (np.fft.rfft(s[start : start + 2048] * window) for s in (x, y))
        squares = [
            (np.log10(max(abs(p) ** 2, 1e-8)) - np.log10(max(abs(q) ** 2, 1e-8))) ** 2
            for k, (p, q) in enumerate(zip(spectrum_x, spectrum_y, strict=True))
            if lowest <= k * RATE / 2048 < end
        ]
        frames.append((sum(squares) / len(squares)) ** 0.5)
    return sum(frames) / len(frames)


@pytest.mark.parametrize("frames", [1, 147, 2047, 2048, 2049, 2559, 2560, 9000])
@pytest.mark.parametrize(("lowest", "end"), [(0, np.inf), (0, 6975), (7500, np.inf)])
def test_lsd_equals_a_loop(frames, lowest, end, monkeypatch):
    monkeypatch.setattr(spectral_metrics, "LSD_BLOCK_FRAMES", 5)
    x, y = noise(frames), noise(frames, seed=1, level=30)
    expected = slow_lsd(x[:, 0], y[:, 0], lowest, end)
    assert lsd(x, y, lowest=lowest, end=end) == pytest.approx(expected)


def test_an_error_counts_in_its_own_band_only():
    # a tone far above the low Nyquist, and one far below it
    x, time = noise(30000, level=300), np.arange(30000)[:, None] / RATE
    above = evaluate(x, x + np.rint(9000 * np.sin(2 * np.pi * 15000 * time)).astype(np.int16))
    below = evaluate(x, x + np.rint(9000 * np.sin(2 * np.pi * 2000 * time)).astype(np.int16))
    assert above["lsd_hf"] > 10 * above["lsd_lf"]
    assert below["lsd_lf"] > 10 * below["lsd_hf"]


def test_buzz_is_two_sided():
    plain, other = noise(RATE * 10), noise(RATE * 10, seed=1)
    comb = np.zeros_like(other)
    comb[::COMB_PERIOD] = 6000
    assert abs(buzz(plain, other)) < 0.5
    assert buzz(plain, other + comb) > 8
    assert buzz(plain + comb, other) < -8
    assert buzz(plain + comb, other + comb) == pytest.approx(0, abs=0.5)


def test_buzz_ignores_the_band_below_the_low_nyquist():
    x = noise(RATE * 5)
    tone = 5000 * np.sin(2 * np.pi * 5000 * np.arange(len(x)) / RATE)
    y = x + np.rint(tone).astype(np.int16)[:, None]
    assert buzz(x, y) == pytest.approx(0, abs=0.1)
    assert buzz(x, y, low_rate=9000) < 1  # a single line is below the percentile


def test_int16_extremes_do_not_overflow():
    x, y = np.full((300, 1), -32768, np.int16), np.full((300, 1), 32767, np.int16)
    assert metrics.mae(x, y) == 65535
    assert metrics.snr(x, y) == pytest.approx(20 * np.log10(32768 / 65535))


def test_all_channels_have_equal_weight():
    x, y = noise(20000, 2), noise(20000, 2, seed=1, level=500)
    both = evaluate(x, y)
    single = [evaluate(x[:, c : c + 1], y[:, c : c + 1]) for c in (0, 1)]
    for key, value in both.items():
        assert value == pytest.approx((single[0][key] + single[1][key]) / 2)


def test_a_channel_silent_in_both_does_not_count():
    x, y = noise(20000), noise(20000, seed=1)
    silent = np.zeros_like(x)
    values = evaluate(np.hstack([x, silent]), np.hstack([y, silent]))
    assert values["snr"] == metrics.snr(x, y)
    assert values["si_sdr"] == metrics.si_sdr(x, y)
    assert evaluate(silent, silent)["snr"] == np.inf
    assert metrics.snr(x, silent) == 0
    assert metrics.si_sdr(x, silent) == metrics.snr(silent, x) == -np.inf


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([1, 2, 50, 147, 2047, 16383]) | st.integers(1, 20000))
def test_short_signals_give_numbers(frames):
    values = evaluate(noise(frames), noise(frames, seed=1))
    assert not np.isnan(list(values.values())).any()


@pytest.mark.parametrize(
    ("reference_shape", "estimate_shape"),
    [((0, 1), (0, 1)), ((5, 1), (6, 1)), ((5, 1), (5, 2)), ((5,), (5,))],
)
def test_different_shapes_are_refused(reference_shape, estimate_shape):
    with pytest.raises(UserError, match="cannot compare signals of shape"):
        evaluate(np.zeros(reference_shape, np.int16), np.zeros(estimate_shape, np.int16))


def test_an_empty_band_is_refused():
    x = noise(20000)
    with pytest.raises(UsageError, match="no frequency to measure between 23000 and 24000 Hz"):
        lsd(x, x, lowest=23000, end=24000)


def test_buzz_is_nan_if_the_low_nyquist_is_too_high():
    x = noise(20000)
    assert np.isnan(buzz(x, x, low_rate=32000))


def test_a_minute_of_stereo_needs_under_200_mb():
    x = noise(60 * RATE, 2)
    y = x[::-1]
    tracemalloc.start()
    evaluate(x, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6


def test_every_metric_has_a_label_and_a_definition():
    assert len({metric.label for metric in metrics.METRICS}) == len(metrics.METRICS) == 10
    assert all(metric.definition for metric in metrics.METRICS)
    best = {metric.label: metric.best for metric in metrics.METRICS}
    assert [label for label in best if best[label] == "highest"] == ["SNR", "SI-SDR", "ViSQOL"]
    assert best["Buzz"] == best["Level"] == "nearest 0"


def test_visqol_is_lower_with_noise():
    pytest.importorskip("visqol", reason="visqol-python is not installed")
    x = noise(2 * RATE, 2)
    perfect = evaluate(x, x, visqol=True)["visqol"]
    noisy = evaluate(x, noise(2 * RATE, 2, seed=1), visqol=True)["visqol"]
    assert perfect == pytest.approx(4.73, abs=0.01)  # the maximum of its audio mode
    assert noisy < perfect - 0.1
    assert np.isnan(metrics.visqol_mos(x, np.zeros_like(x), sample_rate=RATE))
    with pytest.raises(UserError, match="at least 44100 samples, got 44099"):
        metrics.visqol_mos(x[:44099], x[:44099], sample_rate=RATE)


def test_missing_visqol_names_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "visqol", None)
    with pytest.raises(UserError, match="pip install visqol-python"):
        metrics.visqol_mos(noise(RATE), noise(RATE), sample_rate=RATE)
