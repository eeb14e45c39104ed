"""Rounding, channels, excerpts and resampling: known answers, and blocks equal the whole."""

import weakref
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from super_resolution.audio.blocks import (
    FrameReader,
    Lookup,
    branches,
    excerpt,
    resample,
    resample_blocks,
    scaled_frames,
)
from super_resolution.audio.pcm import to_int16

LENGTHS = [0, 1, 2, 10, 49, 50, 51, 75, 99, 100, 101, 146, 147, 148, 1001]


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(frames).integers(-9000, 9000, (frames, channels)).astype(np.int16)


def in_blocks(signal: np.ndarray, size: int) -> list[np.ndarray]:
    return [signal[i : i + size] for i in range(0, len(signal), size)]


def test_rounding_clips_and_never_wraps():
    values = np.array([-1e9, -32768.6, -32768, -0.5, 0.4, 1.5, 32767.4, 32768, 70000])
    expected = [-32768, -32768, -32768, 0, 0, 2, 32767, 32767, 32767]
    assert to_int16(values).tolist() == expected


def test_rounding_keeps_every_16_bit_sample():
    samples = np.arange(-32768, 32768)
    assert np.array_equal(to_int16(samples.astype(np.float32)), samples)


@given(st.integers(0, 40), st.one_of(st.none(), st.integers(0, 60)), st.integers(1, 13))
def test_excerpt_is_a_slice(start, frames, size):
    signal = np.arange(50).reshape(25, 2)
    end = None if frames is None else start + frames
    parts = [np.zeros((0, 2), int), *excerpt(in_blocks(signal, size), start, frames)]
    assert np.array_equal(np.concatenate(parts), signal[start:end])


@given(st.lists(st.integers(0, 9), max_size=9), st.integers(1, 20))
def test_frame_reader_returns_the_signal_in_parts(sizes, frames):
    signal = np.arange(sum(sizes)).reshape(-1, 1)
    reader = FrameReader(np.split(signal, np.cumsum(sizes)[:-1]) if sizes else [])
    parts = []
    while len(part := reader.read(frames)):
        parts.append(part)
    assert [len(part) for part in parts[:-1]] == [frames] * (len(parts) - 1)
    assert sum(map(len, parts)) == len(signal)
    assert not parts or np.array_equal(np.concatenate(parts), signal)


@pytest.mark.parametrize("frames", LENGTHS)
@pytest.mark.parametrize(("orig_sr", "target_sr"), [(15000, 44100), (44100, 15000), (48000, 44100)])
def test_resampling_has_the_exact_length(frames, orig_sr, target_sr):
    out = resample(noise(frames), orig_sr=orig_sr, target_sr=target_sr)
    assert out.shape == (scaled_frames(frames, Fraction(target_sr, orig_sr)), 2)


@pytest.mark.parametrize("size", [1, 7, 1000, 5000])
def test_resampling_in_blocks_equals_the_whole(size):
    signal = noise(3001)
    whole = resample(signal, orig_sr=15000, target_sr=44100)
    parts = resample_blocks(in_blocks(signal, size), orig_sr=15000, target_sr=44100, channels=2)
    assert np.array_equal(np.concatenate(list(parts)), whole)


def test_a_tone_keeps_its_level_and_phase():
    low_time, high_time = np.arange(15000) / 15000, np.arange(44100) / 44100
    tone = 10000 * np.sin(2 * np.pi * 1000 * low_time)[:, np.newaxis]
    high = resample(tone, orig_sr=15000, target_sr=44100)[:, 0]
    expected = 10000 * np.sin(2 * np.pi * 1000 * high_time)
    assert np.abs(high - expected)[2000:-2000].max() < 1


def test_resampling_does_not_delay_an_impulse():
    low = np.zeros((400, 1), np.float32)
    low[200] = 10000
    assert np.argmax(resample(low, orig_sr=15000, target_sr=44100)) == 200 * 147 // 50


@pytest.mark.parametrize("size", [1, 7, 100])
def test_lookup_returns_samples_by_position_and_zeros_outside(size):
    signal = noise(30)
    lookup = Lookup(in_blocks(signal, size), channels=2)
    padded = np.concatenate([np.zeros((5, 2), np.int16), signal, np.zeros((9, 2), np.int16)])
    for index in (np.arange(-5, 3), np.array([[2, 2], [20, 4]]), np.arange(28, 39)):
        assert np.array_equal(lookup.read(index), padded[index + 5])
    assert lookup.end == 30


def test_branches_read_the_same_at_their_own_pace_and_keep_no_more_than_they_must():
    alive = weakref.WeakSet()

    class Block:
        def __init__(self, number: int) -> None:
            self.number = number
            alive.add(self)

    one, other = branches(map(Block, range(100)), 2)
    assert [next(one).number for _ in range(20)] == list(range(20))
    assert [next(other).number for _ in range(19)] == list(range(19)) and len(alive) == 1
    assert [block.number for block in other] == list(range(19, 100))
    assert [block.number for block in one] == list(range(20, 100))
