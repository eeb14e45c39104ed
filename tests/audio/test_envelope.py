"""Short-time power and the noise gate: known answers, and blocks equal the whole."""

import numpy as np
import pytest

from super_resolution.audio.envelope import WINDOW_SECONDS, noise_gate, short_time_power

RATE, FRAMES = 44100, 20000
HALF_WINDOW = round(WINDOW_SECONDS * RATE / 2)  # samples


def noise(level: float, frames: int = FRAMES, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, (frames, channels)).astype(np.float32)


def in_blocks(call, signal: np.ndarray, size: int) -> np.ndarray:
    blocks = (signal[first : first + size] for first in range(0, len(signal), size))
    return np.concatenate([np.zeros((0, signal.shape[1])), *call(blocks, RATE)])


def test_power_of_a_constant_is_its_square():
    power = in_blocks(short_time_power, np.full((FRAMES, 1), 3, np.float32), 5000)
    assert np.allclose(power[HALF_WINDOW:-HALF_WINDOW], 9, rtol=1e-4)


def test_power_of_an_impulse_is_the_window():
    signal = np.zeros((FRAMES, 1), np.float32)
    signal[9000] = 10
    power = in_blocks(short_time_power, signal, FRAMES)[:, 0]
    assert np.argmax(power) == 9000
    assert power.sum() == pytest.approx(100, rel=1e-3)
    assert np.abs(power[: 9000 - HALF_WINDOW - 1]).max() < 1e-4


def test_gate_removes_rounding_noise_and_keeps_louder_signals():
    assert not in_blocks(noise_gate, noise(0.5), 4000)[HALF_WINDOW:-HALF_WINDOW].any()
    loud = noise(100)
    assert np.allclose(in_blocks(noise_gate, loud, 4000), loud, rtol=1e-3)


def test_each_channel_is_gated_by_its_own_power():
    signal = np.concatenate([noise(50, channels=1), noise(0.3, channels=1)], axis=1)
    gated = in_blocks(noise_gate, signal, 4000)[HALF_WINDOW:-HALF_WINDOW]
    assert np.abs(gated[:, 0]).max() > 100 and not gated[:, 1].any()


@pytest.mark.parametrize("size", [1, 999, 7000])
@pytest.mark.parametrize("frames", [0, 1, 2, 999, 3000])
def test_gate_in_blocks_equals_the_whole(frames, size):
    signal = noise(1, frames)
    whole = in_blocks(noise_gate, signal, max(1, frames))
    joined = in_blocks(noise_gate, signal, size)
    assert joined.shape == whole.shape == signal.shape
    assert np.allclose(joined, whole, atol=1e-3)
