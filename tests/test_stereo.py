"""Two channels: what is in the middle stays there, what is at a side stays there."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import SMALL_HIFI, save_random

from super_resolution import engines, stereo, upsampling
from super_resolution.models import Model

FRAMES = 15000
WHOLE = slice(2000, -2000)  # away from the ends, where the window sees silence


def noise(loudness: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, loudness, FRAMES)


def block(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.stack([left, right], axis=-1).round().astype(np.int16)


def gains(low: np.ndarray, size: int = FRAMES) -> np.ndarray:
    blocks = (low[first : first + size] for first in range(0, len(low), size))
    return np.concatenate(list(stereo.balance(blocks, 15000)))


def test_left_and_right_come_back_from_middle_and_side():
    low = block(noise(3000, 0), noise(3000, 1))
    low[:4] = [[32767, 32767], [-32768, 32767], [32767, -32768], [-32768, -32768]]
    back = stereo.left_right(stereo.middle_side(low).astype(np.float32))
    assert np.abs(back - low).max() <= 1


def test_gains_follow_the_balance_and_keep_the_power():
    found = gains(block(noise(2000, 0), noise(1000, 1)))
    assert np.allclose(np.sum(found**2, axis=1), 2, atol=1e-4)
    powers = np.mean(found[WHOLE] ** 2, axis=0)
    assert powers == pytest.approx([1.6, 0.4], abs=0.05)


@pytest.mark.parametrize("channel", [0, 1])
def test_a_silent_channel_gets_nothing(channel):
    channels = [noise(2000, 0), np.zeros(FRAMES)]
    found = gains(block(*channels[:: 1 - 2 * channel]))[WHOLE]
    assert np.allclose(found[:, channel], np.sqrt(2), atol=1e-3)
    assert found[:, 1 - channel].max() < 0.001


def test_silence_and_what_is_alike_are_balanced():
    same = noise(2000, 0)
    for low in (block(same, same), np.zeros((FRAMES, 2), np.int16)):
        assert np.allclose(gains(low), 1, atol=1e-3)


def test_only_the_band_above_counts():
    time = np.arange(FRAMES) / 15000
    bass = 8000 * np.sin(2 * np.pi * 300 * time)
    found = gains(block(bass + noise(100, 0), noise(100, 1)))[WHOLE]
    assert np.mean(found[:, 0] ** 2) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("size", [1, 97, 4000])
@pytest.mark.parametrize("frames", [0, 1, 49, 50, 1001])
def test_blocks_give_what_the_whole_gives(frames, size):
    low = block(noise(2000, 0), noise(500, 1))[:frames]
    whole = np.concatenate([np.zeros((0, 2)), *stereo.balance([low], 15000)])
    joined = np.concatenate(
        [
            np.zeros((0, 2)),
            *stereo.balance((low[i : i + size] for i in range(0, frames, size)), 15000),
        ]
    )
    assert whole.shape == joined.shape == (frames, 2)
    assert np.allclose(whole, joined, atol=1e-3)


@pytest.fixture(scope="module")
def loud(tmp_path_factory):
    """Give a network with random weights that adds much: an engine and its model."""
    folder = tmp_path_factory.mktemp("models") / "loud"
    model = save_random(folder, Model(SMALL_HIFI, 44100, 15000, "soxr", 300.0, ()))
    return engines.load(folder, model, engines.Wishes("onnx")), model


def added(loud, low: np.ndarray) -> np.ndarray:
    engine, model = loud
    silent = replace(model, scale=1e-9)
    parts = [upsampling.upsample([low], engine, m, channels=low.shape[1]) for m in (model, silent)]
    with_it, without = (np.concatenate(list(blocks)).astype(float) for blocks in parts)
    return with_it - without


def test_what_is_in_the_middle_stays_there(loud):
    same = noise(2000, 0)
    wide = added(loud, block(same, same))
    mono = added(loud, block(same, same)[:, :1])
    assert np.abs(mono).max() > 20
    # the side is silence, to which a network with random weights adds a little too
    side = added(loud, np.zeros((FRAMES, 1), np.int16))
    assert np.abs(wide[:, 0] + wide[:, 1] - 2 * mono[:, 0]).max() <= 3
    assert np.abs(wide[:, 0] - wide[:, 1] - 2 * side[:, 0])[WHOLE].max() <= 3


@pytest.mark.parametrize("channel", [0, 1])
def test_nothing_is_added_where_nothing_is(loud, channel):
    channels = [noise(2000, 0), np.zeros(FRAMES)]
    out = added(loud, block(*channels[:: 1 - 2 * channel]))[3 * 2000 : -3 * 2000]
    assert np.abs(out[:, channel]).max() > 20
    assert np.abs(out[:, 1 - channel]).max() <= 1
