"""Filters on blocks: against the slow convolution of the whole."""

import numpy as np
import pytest

from super_resolution.audio.filters import filter_blocks, high_pass_taps


@pytest.mark.parametrize("frames", [0, 1, 10, 127, 128, 254, 255, 256, 2000])
@pytest.mark.parametrize("size", [1, 100, 5000])
@pytest.mark.parametrize("count", [3, 255, 901, 3001])
def test_blocks_equal_the_whole_convolution(frames, size, count):
    taps = np.hanning(count + 2)[1:-1].astype(np.float32)
    taps /= taps.sum()
    signal = np.random.default_rng(frames).normal(0, 1000, (frames, 2)).astype(np.float32)
    blocks = [signal[i : i + size] for i in range(0, frames, size)]
    joined = np.concatenate([np.zeros((0, 2)), *filter_blocks(blocks, taps)])
    slow = (
        [np.convolve(signal[:, c], taps)[len(taps) // 2 :][:frames] for c in (0, 1)]
        if frames
        else []
    )
    expected = np.array(slow).T.reshape(frames, 2)
    assert joined.shape == expected.shape
    assert np.abs(joined - expected).max(initial=0) < 0.01


def test_an_impulse_stays_where_it_was():
    signal = np.zeros((1000, 1), np.float32)
    signal[500] = 1
    filtered = np.concatenate(list(filter_blocks([signal], high_pass_taps(0.5, 63))))
    assert np.argmax(np.abs(filtered)) == 500
