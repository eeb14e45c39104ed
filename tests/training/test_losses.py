"""The losses: against numpy, and against what each term must punish."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import scipy.signal
from helpers import ROOT, SMALL_FAITHFUL, SMALL_HIFI

from super_resolution.network.presets import HIFI
from super_resolution.training import losses

RATES = {"sample_rate": 44100, "low_rate": 15000}
SCALE = 300.0  # LSB
FRAMES = 30000  # samples of a segment


def high_noise(seed: int, level: float = 300.0) -> np.ndarray:
    # (2, FRAMES), in LSB: noise above 8 kHz
    noise = np.random.default_rng(seed).normal(0, level, (2, FRAMES))
    return scipy.signal.sosfilt(scipy.signal.butter(8, 8000, "high", fs=44100, output="sos"), noise)


def tensors(target, predicted, base=0.0) -> tuple[np.ndarray, np.ndarray]:
    # (2, FRAMES) in LSB -> y_true (2, FRAMES, 2) and y_pred (2, FRAMES, 1)
    y_true = np.stack([target, np.broadcast_to(base, target.shape)], axis=-1) / SCALE
    return y_true.astype(np.float32), (predicted / SCALE)[..., np.newaxis].astype(np.float32)


def value(loss, target, predicted, base=0.0) -> float:
    return float(loss(*tensors(target, predicted, base)))


def stft_loss():
    return losses.make(SMALL_HIFI, **RATES, scale=SCALE)


def test_mae():
    loss = losses.make(SMALL_FAITHFUL, **RATES, scale=SCALE)
    target, predicted = high_noise(0), high_noise(1)
    expected = np.abs(target - predicted).mean() / SCALE
    assert value(loss, target, predicted) == pytest.approx(expected, 1e-4)


def test_an_exact_prediction_costs_nothing_but_its_own_modulation():
    cost = value(stft_loss(), high_noise(0), high_noise(0), base=50.0)
    y_pred = high_noise(0)[:, :29988, np.newaxis].astype(np.float32) / SCALE
    weight = SMALL_HIFI.training.loss_weights[3]
    modulation = weight * float(losses.frame_rate_modulation(y_pred, 147))
    assert modulation < 0.1
    assert cost == pytest.approx(modulation, abs=2e-3)


def test_noise_of_the_right_level_costs_less_than_half_the_level_and_than_silence():
    loss, target = stft_loss(), high_noise(0)
    silence, right, half = (value(loss, target, level * high_noise(1)) for level in (0, 1, 0.5))
    assert right < half < silence


def spectra_of(target, predicted, base, size: int) -> list[np.ndarray]:
    powers = losses.power_spectra(*tensors(target, predicted, base), size, 0.3, SCALE)
    return [np.asarray(keras.ops.convert_to_numpy(power)) for power in powers]


def slow_power(signal: np.ndarray, size: int, lowest: float) -> np.ndarray:
    window = scipy.signal.get_window("hann", size)
    first = int(np.ceil(lowest * size / 2))
    starts = range(0, signal.shape[1] - size + 1, size // 4)
    return np.array(
        [
            [np.abs(np.fft.rfft(row[at : at + size] * window)[first:]) ** 2 for at in starts]
            for row in signal
        ]
    )


def slow_envelope_distance(target, predicted) -> float:
    logs = []
    rows, frames, bins = target.shape
    for row in range(rows):
        difference = total = 0.0
        for t in range(0, frames - 3, 2):
            for f in range(0, bins - 7, 4):
                patch = (row, slice(t, t + 4), slice(f, f + 8))
                a, b = np.sqrt(target[patch].mean()), np.sqrt(predicted[patch].mean())
                difference, total = difference + (a - b) ** 2, total + a**2
        logs.append(np.log1p(np.sqrt(difference / total)))
    return np.mean(logs)


def test_powers_and_distances_equal_a_loop():
    target, predicted, base = high_noise(0), high_noise(1), high_noise(2, 20)
    powers = spectra_of(target, predicted, base, 512)
    floor = 3 / 8 * 512 / 12
    slow = [slow_power(signal + base, 512, 0.3) + floor for signal in (target, predicted)]
    for power, expected in zip(powers, slow, strict=True):
        assert np.allclose(power * SCALE**2, expected, rtol=1e-2, atol=1e-3 * expected.mean())
    logs = np.log10(slow[1]) - np.log10(slow[0])
    expected = np.sqrt((logs**2).mean(axis=-1)).mean()
    assert float(losses.log_spectral_distance(*powers)) == pytest.approx(expected, rel=1e-3)
    expected = slow_envelope_distance(*slow)
    assert float(losses.envelope_distance(*powers)) == pytest.approx(expected, rel=1e-3)


def test_the_envelope_distance_depends_on_the_level_and_not_on_the_phase():
    target, base = high_noise(0), np.zeros((2, FRAMES))
    distances = [
        float(losses.envelope_distance(*spectra_of(target, level * high_noise(1), base, 512)))
        for level in (1, 0.5, 0)
    ]
    assert distances[0] < 0.3 < distances[1] < distances[2] < 0.7


def test_one_burst_of_noise_in_each_frame_is_modulation():
    noise = np.random.default_rng(0).normal(0, 1, (4, 29400, 1)).astype(np.float32)
    bursts = noise * (np.arange(29400) % 147 % 29 < 3)[:, np.newaxis]
    assert float(losses.frame_rate_modulation(noise, 147)) < 0.1
    power = np.square(bursts).reshape(-1, 147).mean(axis=0)
    expected = power.std() / power.mean()  # the segments are of one level
    assert expected > 2
    modulation = float(losses.frame_rate_modulation(bursts, 147))
    assert modulation == pytest.approx(expected, rel=0.05)
    assert float(losses.frame_rate_modulation(0 * noise, 147)) < 1e-3


def test_the_loss_of_silence_against_silence_is_finite():
    silence = np.zeros((2, FRAMES))
    assert value(stft_loss(), silence, silence) == pytest.approx(0, abs=1e-3)


def test_faint_noise_in_silence_costs_less_than_missing_music():
    silence, loss = np.zeros((2, FRAMES)), stft_loss()
    faint = np.random.default_rng(0).normal(0, 1, silence.shape)
    assert value(loss, silence, faint) < value(loss, high_noise(0), silence)


def test_the_spectral_terms_ignore_the_known_band():
    time = np.arange(FRAMES) / 44100
    tone = 1000 * np.sin(2 * np.pi * 1000 * time)[np.newaxis].repeat(2, 0)
    y_true, y_pred = tensors(tone, np.zeros_like(tone), tone)
    powers = losses.power_spectra(y_true, y_pred, 2048, 0.31, SCALE)
    assert float(losses.log_spectral_distance(*powers)) < 0.05


def test_the_metric_is_in_lsb():
    metric = losses.MaeLsb(SCALE)
    metric.update_state(np.ones((2, 5, 2), np.float32), np.zeros((2, 5, 1), np.float32))
    assert float(metric.result()) == pytest.approx(SCALE)


LOSS_SCRIPT = """
import sys
import keras, numpy as np
from super_resolution.network.presets import HIFI
from super_resolution.training import losses

y_true, y_pred = (keras.ops.convert_to_tensor(np.load(path)) for path in sys.argv[1:])
loss = losses.make(HIFI, sample_rate=44100, low_rate=15000, scale=300.0)
print(keras.backend.backend(), float(keras.ops.convert_to_numpy(loss(y_true, y_pred))))
"""


@pytest.mark.slow
def test_the_loss_is_the_same_on_another_backend(tmp_path):
    y_true, y_pred = tensors(high_noise(0), high_noise(1), high_noise(2, 20))
    np.save(tmp_path / "true.npy", y_true)
    np.save(tmp_path / "pred.npy", y_pred)
    other = "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"
    done = subprocess.run(
        [sys.executable, "-c", LOSS_SCRIPT, tmp_path / "true.npy", tmp_path / "pred.npy"],
        env=os.environ | {"KERAS_BACKEND": other},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    backend, value = done.stdout.split()
    expected = losses.make(HIFI, **RATES, scale=SCALE)(y_true, y_pred)
    assert backend == other
    assert float(value) == pytest.approx(float(expected), rel=1e-4)
