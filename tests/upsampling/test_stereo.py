"""Two channels: sounds in the middle stay there, sounds on one side stay there."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import SMALL_HIFI, make_model, random_weights

from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.upsampling import stereo
from super_resolution.upsampling.stream import upsample_blocks

FRAMES = 15000
INNER = slice(2000, -2000)  # away from the ends, where windows of power hold silence too
INNER_HIGH = slice(6000, -6000)  # the same at 44.1 kHz


def noise(level: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, FRAMES)


def stereo_of(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.stack([left, right], axis=-1).round().astype(np.int16)


def one_sided(channel: int) -> np.ndarray:
    """Give noise in one channel, and silence in the other."""
    low = np.zeros((FRAMES, 2))
    low[:, channel] = noise(2000, 0)
    return low.round().astype(np.int16)


def shares(low: np.ndarray, size: int = FRAMES) -> np.ndarray:
    blocks = (low[first : first + size] for first in range(0, len(low), size))
    return np.concatenate([np.zeros((0, 2)), *stereo.power_shares(blocks, 15000)])


def test_left_and_right_come_back_from_mid_and_side():
    low = stereo_of(noise(3000, 0), noise(3000, 1))
    low[:4] = [[32767, 32767], [-32768, 32767], [32767, -32768], [-32768, -32768]]
    back = stereo.left_right(stereo.mid_side(low).astype(np.float32))
    assert np.abs(back - low).max() <= 1


def test_shares_are_those_of_the_low_version():
    share = shares(stereo_of(noise(2000, 0), noise(1000, 1)))
    assert np.allclose(share.sum(axis=1), 1, atol=1e-5)
    assert share[INNER].mean(axis=0) == pytest.approx([0.8, 0.2], abs=0.02)


@pytest.mark.parametrize("channel", [0, 1])
def test_a_silent_channel_has_no_share(channel):
    assert shares(one_sided(channel))[INNER][:, channel].min() > 1 - 1e-5


def test_silent_and_equal_channels_have_equal_shares():
    same = noise(2000, 0)
    assert np.allclose(shares(stereo_of(same, same)), 0.5, atol=1e-3)
    # of digital silence there is nothing to share
    assert not shares(np.zeros((FRAMES, 2), np.int16)).any()


def test_low_frequencies_do_not_count():
    time = np.arange(FRAMES) / 15000
    bass = 8000 * np.sin(2 * np.pi * 300 * time)
    share = shares(stereo_of(bass + noise(100, 0), noise(100, 1)))[INNER]
    assert share[:, 0].mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("size", [1, 97, 4000])
@pytest.mark.parametrize("frames", [0, 1, 49, 50, 1001])
def test_the_sizes_of_blocks_do_not_matter(frames, size):
    low = stereo_of(noise(2000, 0), noise(500, 1))[:frames]
    whole, joined = shares(low), shares(low, size)
    assert whole.shape == joined.shape == (frames, 2)
    assert np.allclose(whole, joined, atol=1e-3)


def test_gains_bring_powers_to_their_shares_and_keep_the_sum():
    power = np.array([[4.0, 1.0], [1.0, 1.0], [0.0, 8.0], [0.0, 0.0]], np.float32)
    share = np.array([[0.5, 0.5], [0.75, 0.25], [0.1, 0.9], [0.5, 0.5]], np.float32)
    balanced = stereo.balance_gains(share, power) ** 2 * power
    assert np.allclose(balanced[:2], [[2.5, 2.5], [1.5, 0.5]], atol=1e-4)
    # silence stays silence, whatever its gain
    assert np.allclose(balanced[2:], [[0, 7.2], [0, 0]], atol=1e-4)


def test_gains_are_limited_to_6_db():
    share = np.array([[0.5, 0.5]], np.float32)
    power = np.array([[1.0, 1e-6]], np.float32)
    assert stereo.balance_gains(share, power)[0, 1] == pytest.approx(2)


@pytest.fixture(scope="module")
def loud():
    """Give a network with random weights that adds much: an engine and its model."""
    model = make_model(SMALL_HIFI)
    return load_engine(model, random_weights(model), EngineOptions("onnx")), model


def added(loud, low: np.ndarray) -> np.ndarray:
    """Give what the network adds."""
    engine, model = loud
    silent = replace(model, scale=1e-9)
    parts = [upsample_blocks([low], engine, m, channels=low.shape[1]) for m in (model, silent)]
    with_it, without = (np.concatenate(list(blocks)).astype(float) for blocks in parts)
    return with_it - without


def test_a_sound_in_the_middle_stays_there(loud):
    same = noise(2000, 0)
    both = added(loud, stereo_of(same, same))
    mono = added(loud, stereo_of(same, same)[:, :1])
    assert np.abs(mono).max() > 20
    # the side is silent, and a network with random weights adds a little to silence
    to_silence = added(loud, np.zeros((FRAMES, 1), np.int16))
    mid, side = both.sum(axis=1) / 2, np.diff(both, axis=1)[:, 0] / 2
    assert np.corrcoef(mid, mono[:, 0])[0, 1] > 0.99
    assert np.std(side) < np.std(to_silence) + 0.1 * np.std(mid)


@pytest.mark.parametrize("channel", [0, 1])
def test_nothing_is_added_to_a_silent_channel(loud, channel):
    power = np.mean(added(loud, one_sided(channel))[INNER_HIGH] ** 2, axis=0)
    assert power[channel] > 100
    assert power[1 - channel] < 1e-6 * power[channel]


@pytest.mark.parametrize("channel", [0, 1])
def test_one_channel_alone_gets_the_power_of_mid_and_side(loud, channel):
    low = one_sided(channel)
    mid_side = stereo.mid_side(low)
    parts = [added(loud, mid_side[:, i : i + 1])[INNER_HIGH] for i in (0, 1)]
    expected = 2 * sum(np.mean(part**2) for part in parts)
    power = np.mean(added(loud, low)[INNER_HIGH, channel] ** 2)
    assert power == pytest.approx(expected, rel=0.02)
