"""The losses against numpy and against what they are for."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import scipy.signal
from helpers import ROOT, SMALL_HIFI, SMALL_SEED

from super_resolution.network import presets
from super_resolution.training import losses

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


def test_the_right_answer_costs_nothing_but_its_own_chance_unevenness():
    cost = value(stft_loss(), high_noise(0), high_noise(0), base=50.0)
    given = high_noise(0)[:, :29988, np.newaxis].astype(np.float32) / SCALE
    uneven = SMALL_HIFI.loss_weights[3] * float(losses.unevenness(given, 147))
    assert uneven < 0.1
    assert cost == pytest.approx(uneven, abs=2e-3)


def test_noise_of_the_right_level_beats_silence_and_beats_half_the_level():
    loss, wanted = stft_loss(), high_noise(0)
    silence, right, half = (value(loss, wanted, level * high_noise(1)) for level in (0, 1, 0.5))
    assert right < half < silence


def spectra_of(wanted, given, base, size: int) -> list[np.ndarray]:
    truth = np.stack([wanted, base], axis=-1).astype(np.float32) / SCALE
    output = given[..., np.newaxis].astype(np.float32) / SCALE
    found = losses.powers_above(truth, output, size, 0.3, SCALE)
    return [np.asarray(keras.ops.convert_to_numpy(power)) for power in found]


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


def test_powers_and_distances_equal_a_loop():
    wanted, given, base = high_noise(0), high_noise(1), high_noise(2, 20)
    found = spectra_of(wanted, given, base, 512)
    floor = 3 / 8 * 512 / 12
    slow = [slow_power(signal + base, 512, 0.3) + floor for signal in (wanted, given)]
    for power, expected in zip(found, slow, strict=True):
        assert np.allclose(power * SCALE**2, expected, rtol=1e-2, atol=1e-3 * expected.mean())
    logs = np.log10(slow[1]) - np.log10(slow[0])
    expected = np.sqrt((logs**2).mean(axis=-1)).mean()
    assert float(losses.log_spectral_distance(*found)) == pytest.approx(expected, rel=1e-3)
    expected = slow_envelope_distance(*slow)
    assert float(losses.envelope_distance(*found)) == pytest.approx(expected, rel=1e-3)


def slow_envelope_distance(wanted, given) -> float:
    logs = []
    rows, frames, bins = wanted.shape
    for row in range(rows):
        difference = total = 0.0
        for t in range(0, frames - 3, 2):
            for f in range(0, bins - 7, 4):
                patch = (row, slice(t, t + 4), slice(f, f + 8))
                a, b = np.sqrt(wanted[patch].mean()), np.sqrt(given[patch].mean())
                difference, total = difference + (a - b) ** 2, total + a**2
        logs.append(np.log1p(np.sqrt(difference / total)))
    return np.mean(logs)


def test_the_envelope_hears_the_level_and_not_the_phase():
    wanted, base = high_noise(0), np.zeros((2, 30000))
    distances = [
        float(losses.envelope_distance(*spectra_of(wanted, level * high_noise(1), base, 512)))
        for level in (1, 0.5, 0)
    ]
    assert distances[0] < 0.3 < distances[1] < distances[2] < 0.7


def test_noise_in_bursts_of_one_a_frame_is_uneven():
    noise = np.random.default_rng(0).normal(0, 1, (4, 29400, 1)).astype(np.float32)
    bursts = noise * (np.arange(29400) % 147 % 29 < 3)[:, np.newaxis]
    assert float(losses.unevenness(noise, 147)) < 0.1
    power = np.square(bursts).reshape(-1, 147).mean(axis=0)
    expected = power.std() / power.mean()  # of every segment, as all are as loud
    assert expected > 2
    assert float(losses.unevenness(bursts, 147)) == pytest.approx(expected, rel=0.05)
    assert float(losses.unevenness(0 * noise, 147)) < 1e-3


def test_silence_against_silence_is_finite():
    silence = np.zeros((2, 30000))
    assert value(stft_loss(), silence, silence) == pytest.approx(0, abs=1e-3)


def test_a_whisper_over_silence_costs_no_more_than_missing_music():
    silence, loss = np.zeros((2, 30000)), stft_loss()
    whisper = np.random.default_rng(0).normal(0, 1, silence.shape)
    assert value(loss, silence, whisper) < value(loss, high_noise(0), silence)


def test_the_known_band_does_not_count_in_the_spectral_part():
    time = np.arange(30000) / 44100
    tone = 1000 * np.sin(2 * np.pi * 1000 * time)[np.newaxis].repeat(2, 0)
    truth = np.stack([tone, tone], axis=-1).astype(np.float32) / SCALE
    silent = np.zeros((2, 30000, 1), np.float32)
    powers = losses.powers_above(truth, silent, 2048, 0.31, SCALE)
    assert float(losses.log_spectral_distance(*powers)) < 0.05


def test_the_metric_is_in_lsb():
    metric = losses.MaeLsb(SCALE)
    truth, output = np.ones((2, 5, 2), np.float32), np.zeros((2, 5, 1), np.float32)
    metric.update_state(truth, output)
    assert float(metric.result()) == pytest.approx(SCALE)


LOSS_SCRIPT = """
import sys
import keras, numpy as np
from super_resolution import losses, presets
truth, output = (np.load(path) for path in sys.argv[1:])
loss = losses.make(presets.HIFI, sample_rate=44100, low_rate=15000, scale=300.0)
given = loss(keras.ops.convert_to_tensor(truth), keras.ops.convert_to_tensor(output))
print(keras.backend.backend(), float(keras.ops.convert_to_numpy(given)))
"""


def test_the_loss_is_the_same_on_another_backend(tmp_path):
    wanted, given, base = high_noise(0), high_noise(1), high_noise(2, 20)
    truth = np.stack([wanted, base], axis=-1).astype(np.float32) / SCALE
    output = (given[..., np.newaxis] / SCALE).astype(np.float32)
    for name, array in {"truth": truth, "output": output}.items():
        np.save(tmp_path / f"{name}.npy", array)
    other = "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"
    done = subprocess.run(
        [sys.executable, "-c", LOSS_SCRIPT, tmp_path / "truth.npy", tmp_path / "output.npy"],
        env=os.environ | {"KERAS_BACKEND": other},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    backend, value = done.stdout.split()
    expected = losses.make(presets.HIFI, **RATES, scale=SCALE)(truth, output)
    assert backend == other
    assert float(value) == pytest.approx(float(expected), rel=1e-4)
