"""The losses against numpy and against what they are for."""

import numpy as np
import pytest
import scipy.signal
from helpers import SMALL_HIFI, SMALL_SEED

from super_resolution import losses

RATES = {"sample_rate": 44100, "low_rate": 15000}
SCALE = 300.0


def high_noise(seed: int, level: float = 300.0, frames: int = 30000) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, level, (2, frames))
    return scipy.signal.sosfilt(scipy.signal.butter(8, 8000, "high", fs=44100, output="sos"), noise)


def value(loss, wanted, given, base=0.0) -> float:
    truth = np.stack([wanted, np.broadcast_to(base, wanted.shape)], axis=-1) / SCALE
    return float(
        loss(truth.astype(np.float32), (given / SCALE)[..., np.newaxis].astype(np.float32))
    )


def stft_loss():
    return losses.make(SMALL_HIFI, **RATES, scale=SCALE)


def test_mae():
    loss = losses.make(SMALL_SEED, **RATES, scale=SCALE)
    wanted, given = high_noise(0), high_noise(1)
    assert value(loss, wanted, given) == pytest.approx(np.abs(wanted - given).mean() / SCALE, 1e-4)


def test_the_right_answer_costs_nothing():
    assert value(stft_loss(), high_noise(0), high_noise(0), base=50.0) == pytest.approx(0, abs=1e-5)


def test_noise_of_the_right_level_beats_silence_and_beats_half_the_level():
    loss, wanted = stft_loss(), high_noise(0)
    silence, right, half = (value(loss, wanted, level * high_noise(1)) for level in (0, 1, 0.5))
    assert right < half < silence


def test_spectral_distance_equals_a_loop():
    wanted, given, base = high_noise(0), high_noise(1), high_noise(2, 20)
    truth = np.stack([wanted, base], axis=-1).astype(np.float32) / SCALE
    output = given[..., np.newaxis].astype(np.float32) / SCALE
    found = float(losses.spectral_distance(truth, output, 512, 0.3, SCALE))
    assert found == pytest.approx(slow_distance(wanted + base, given + base, 512, 0.3), rel=1e-3)


def slow_distance(wanted, given, size, lowest) -> float:
    window = scipy.signal.get_window("hann", size)
    first = int(np.ceil(lowest * size / 2))
    floor = 3 / 8 * size / 12
    logs, difference, total = [], 0.0, 0.0
    for row in range(len(wanted)):
        for start in range(0, wanted.shape[1] - size + 1, size // 4):
            part = slice(start, start + size)
            a, b = (
                np.sqrt(np.abs(np.fft.rfft(s[row, part] * window)[first:]) ** 2 + floor)
                for s in (wanted, given)
            )
            logs.append(np.abs(np.log(a) - np.log(b)).mean())
            difference, total = difference + np.abs(a - b).sum(), total + a.sum()
    return np.mean(logs) + 0.5 * difference / total


def test_silence_against_silence_is_finite():
    silence = np.zeros((2, 30000))
    assert value(stft_loss(), silence, silence) == pytest.approx(0, abs=1e-6)


def test_the_known_band_does_not_count_in_the_spectral_part():
    time = np.arange(30000) / 44100
    tone = 1000 * np.sin(2 * np.pi * 1000 * time)[np.newaxis].repeat(2, 0)
    truth = np.stack([tone, tone], axis=-1).astype(np.float32) / SCALE
    silent = np.zeros((2, 30000, 1), np.float32)
    assert float(losses.spectral_distance(truth, silent, 2048, 0.31, SCALE)) < 0.05


def test_the_metric_is_in_lsb():
    metric = losses.MaeLsb(SCALE)
    truth, output = np.ones((2, 5, 2), np.float32), np.zeros((2, 5, 1), np.float32)
    metric.update_state(truth, output)
    assert float(metric.result()) == pytest.approx(SCALE)
