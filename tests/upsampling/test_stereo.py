"""Two channels: what is in the middle stays there, what is at a side stays there."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import SMALL_HIFI, save_random

from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.network.saved_model import Model
from super_resolution.upsampling import stereo
from super_resolution.upsampling.stream import upsample_blocks

FRAMES = 15000
WHOLE = slice(2000, -2000)  # away from the ends, where the window sees silence


def noise(loudness: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, loudness, FRAMES)


def block(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.stack([left, right], axis=-1).round().astype(np.int16)


def shares(low: np.ndarray, size: int = FRAMES) -> np.ndarray:
    blocks = (low[first : first + size] for first in range(0, len(low), size))
    return np.concatenate([np.zeros((0, 2)), *stereo.shares(blocks, 15000)])


def test_left_and_right_come_back_from_middle_and_side():
    low = block(noise(3000, 0), noise(3000, 1))
    low[:4] = [[32767, 32767], [-32768, 32767], [32767, -32768], [-32768, -32768]]
    back = stereo.left_right(stereo.middle_side(low).astype(np.float32))
    assert np.abs(back - low).max() <= 1


def test_shares_follow_the_low_version():
    found = shares(block(noise(2000, 0), noise(1000, 1)))
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    assert found[WHOLE].mean(axis=0) == pytest.approx([0.8, 0.2], abs=0.02)


@pytest.mark.parametrize("channel", [0, 1])
def test_a_silent_channel_has_no_share(channel):
    channels = [noise(2000, 0), np.zeros(FRAMES)]
    found = shares(block(*channels[:: 1 - 2 * channel]))[WHOLE]
    assert found[:, channel].min() > 1 - 1e-5


def test_silence_and_what_is_alike_are_shared():
    same = noise(2000, 0)
    for low in (block(same, same), np.zeros((FRAMES, 2), np.int16)):
        assert np.allclose(shares(low), 0.5, atol=1e-3)


def test_only_the_band_above_counts():
    time = np.arange(FRAMES) / 15000
    bass = 8000 * np.sin(2 * np.pi * 300 * time)
    found = shares(block(bass + noise(100, 0), noise(100, 1)))[WHOLE]
    assert found[:, 0].mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("size", [1, 97, 4000])
@pytest.mark.parametrize("frames", [0, 1, 49, 50, 1001])
def test_blocks_give_what_the_whole_gives(frames, size):
    low = block(noise(2000, 0), noise(500, 1))[:frames]
    whole, joined = shares(low), shares(low, size)
    assert whole.shape == joined.shape == (frames, 2)
    assert np.allclose(whole, joined, atol=1e-3)


def test_gains_bring_powers_to_their_shares_and_keep_the_sum():
    power = np.array([[4.0, 1.0], [1.0, 1.0], [0.0, 8.0], [0.0, 0.0]], np.float32)
    share = np.array([[0.5, 0.5], [0.75, 0.25], [0.1, 0.9], [0.5, 0.5]], np.float32)
    found = stereo.gains(share, power) ** 2 * power
    assert np.allclose(found[:2], [[2.5, 2.5], [1.5, 0.5]], atol=1e-4)
    # where nothing sounds nothing can be made louder
    assert np.allclose(found[2:], [[0, 7.2], [0, 0]], atol=1e-4)


@pytest.fixture(scope="module")
def loud(tmp_path_factory):
    """Give a network with random weights that adds much: an engine and its model."""
    folder = tmp_path_factory.mktemp("models") / "loud"
    model = save_random(folder, Model(SMALL_HIFI, 44100, 15000, "soxr", 300.0, ()))
    return load_engine(folder, model, EngineOptions("onnx")), model


def added(loud, low: np.ndarray) -> np.ndarray:
    engine, model = loud
    silent = replace(model, scale=1e-9)
    parts = [upsample_blocks([low], engine, m, channels=low.shape[1]) for m in (model, silent)]
    with_it, without = (np.concatenate(list(blocks)).astype(float) for blocks in parts)
    return with_it - without


def test_what_is_in_the_middle_stays_there(loud):
    same = noise(2000, 0)
    wide = added(loud, block(same, same))
    mono = added(loud, block(same, same)[:, :1])
    assert np.abs(mono).max() > 20
    # the side is silence, to which a network with random weights adds a little too
    side = added(loud, np.zeros((FRAMES, 1), np.int16))
    middle, rest = wide.sum(axis=1) / 2, np.diff(wide, axis=1)[:, 0] / 2
    assert np.corrcoef(middle, mono[:, 0])[0, 1] > 0.99
    assert np.std(rest) < np.std(side) + 0.1 * np.std(middle)


@pytest.mark.parametrize("channel", [0, 1])
def test_nothing_is_added_where_nothing_is(loud, channel):
    channels = [noise(2000, 0), np.zeros(FRAMES)]
    out = added(loud, block(*channels[:: 1 - 2 * channel]))[3 * 2000 : -3 * 2000]
    assert np.abs(out[:, channel]).max() > 20
    assert np.abs(out[:, 1 - channel]).max() <= 2


@pytest.mark.parametrize("channel", [0, 1])
def test_a_side_alone_is_as_loud_as_in_middle_and_side(loud, channel):
    channels = [noise(2000, 0), np.zeros(FRAMES)]
    low = block(*channels[:: 1 - 2 * channel])
    half = stereo.middle_side(low)
    parts = [added(loud, half[:, place : place + 1])[6000:-6000] for place in (0, 1)]
    expected = 2 * sum(np.mean(part**2) for part in parts)
    power = np.mean(added(loud, low)[6000:-6000, channel] ** 2)
    assert power == pytest.approx(expected, rel=0.02)
