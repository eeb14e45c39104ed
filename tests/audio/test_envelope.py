"""Loudness around each moment, and what is too quiet to be added."""

import numpy as np
import pytest

from super_resolution.audio.envelope import AROUND, noise_gate, short_time_power

RATE, FRAMES = 44100, 20000
HALF = round(AROUND * RATE / 2)


def noise(level: float, frames: int = FRAMES, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, (frames, channels)).astype(np.float32)


def in_blocks(call, signal: np.ndarray, size: int) -> np.ndarray:
    blocks = (signal[first : first + size] for first in range(0, len(signal), size))
    return np.concatenate([np.zeros((0, signal.shape[1])), *call(blocks, RATE)])


def test_the_power_of_a_constant_is_its_square():
    found = in_blocks(short_time_power, np.full((FRAMES, 1), 3, np.float32), 5000)
    assert np.allclose(found[HALF:-HALF], 9, rtol=1e-4)


def test_the_power_of_an_impulse_is_the_window():
    signal = np.zeros((FRAMES, 1), np.float32)
    signal[9000] = 10
    found = in_blocks(short_time_power, signal, FRAMES)[:, 0]
    assert np.argmax(found) == 9000
    assert found.sum() == pytest.approx(100, rel=1e-3)
    assert np.abs(found[: 9000 - HALF - 1]).max() < 1e-4


def test_what_is_quiet_goes_and_what_is_loud_stays():
    assert not in_blocks(noise_gate, noise(0.5), 4000)[HALF:-HALF].any()
    loud = noise(100)
    assert np.allclose(in_blocks(noise_gate, loud, 4000), loud, rtol=1e-3)


def test_each_channel_is_heard_alone():
    signal = np.concatenate([noise(50, channels=1), noise(0.3, channels=1)], axis=1)
    found = in_blocks(noise_gate, signal, 4000)[HALF:-HALF]
    assert np.abs(found[:, 0]).max() > 100 and not found[:, 1].any()


@pytest.mark.parametrize("size", [1, 999, 7000])
@pytest.mark.parametrize("frames", [0, 1, 2, 999, 3000])
def test_blocks_give_what_the_whole_gives(frames, size):
    signal = noise(1, frames)
    whole = in_blocks(noise_gate, signal, max(1, frames))
    joined = in_blocks(noise_gate, signal, size)
    assert joined.shape == whole.shape == signal.shape
    assert np.allclose(joined, whole, atol=1e-3)
