"""Long signals in segments: no seam, and the same samples whoever makes them."""

import tracemalloc

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, random_weights

from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.upsampling import segments
from super_resolution.upsampling.segments import Segments, upsample_segment, upsample_segments
from super_resolution.upsampling.stream import upsample_blocks

HOLD = make_model(SMALL_FAITHFUL)
# 1800 samples from one window to the next: a grid that no segment of 1 s begins on
HIFI = make_model(changed(SMALL_HIFI, prediction={"window": 2100, "context": 150}))
LENGTHS = [0, 1, 14_999, 15_000, 15_001, 33_333]


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(frames).integers(-9000, 9000, (frames, channels)).astype(np.int16)


def load(model):
    return load_engine(model, random_weights(model), EngineOptions("onnx", threads=1))


def joined(blocks, channels: int) -> np.ndarray:
    return np.concatenate([np.zeros((0, channels), np.float32), *blocks])


@pytest.fixture
def of_one_second(monkeypatch):
    """Cut signals into segments of one second."""
    whole = Segments.of
    monkeypatch.setattr(segments.Segments, "of", lambda model: whole(model, seconds=1.0))


def test_segments_begin_at_whole_samples_of_both_rates():
    for low_rate in (8000, 14_700, 15_000, 22_050, 15_001):
        cut = Segments.of(make_model(SMALL_FAITHFUL, low_rate=low_rate))
        assert (cut.length * cut.ratio).denominator == (cut.context * cut.ratio).denominator == 1
        first, _ = cut.bounds(3)
        assert cut.kept(3)[0] == (3 * cut.length - first) * cut.ratio
    assert [Segments.of(HIFI).count(n) for n in (0, 1, 1_800_000, 1_800_001)] == [1, 1, 1, 2]


@pytest.mark.parametrize("model", [HOLD, HIFI], ids=["hold", "hifi"])
@pytest.mark.parametrize("frames", LENGTHS)
def test_one_process_and_many_give_the_same_samples(of_one_second, model, frames):
    low, engine, cut = noise(frames), load(model), Segments.of(model)
    blocks = [low[i : i + 999] for i in range(0, frames, 999)]
    undivided = joined(upsample_segments(blocks, engine, model, channels=2), 2)
    parts = [
        joined(upsample_segment([low[slice(*cut.bounds(n))]], engine, model, n, channels=2), 2)
        for n in range(cut.count(frames))
    ]
    assert np.array_equal(undivided, joined(parts, 2))
    assert len(undivided) == len(joined(upsample_blocks([low], engine, model, channels=2), 2))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("context", "exact"), [(0, False), (4500, True)])
def test_there_is_no_seam_if_the_context_is_longer_than_all_filters(
    monkeypatch, channels, context, exact
):
    # windows that lie as in one pass, so that nothing but a seam makes a difference
    model = make_model(changed(SMALL_HIFI, prediction={"window": 1800, "context": 150}))
    low, engine = noise(40_000, channels), load(model)
    one = joined(upsample_blocks([low], engine, model, channels=channels), channels)
    cut = Segments(15_000, context, model.grid.ratio)
    monkeypatch.setattr(segments.Segments, "of", lambda model: cut)
    many = joined(upsample_segments([low], engine, model, channels=channels), channels)
    assert (np.abs(one - many).max() < 0.01) == exact


def test_the_context_is_longer_than_that_of_the_network_and_all_filters():
    # high samples: the high-pass, and two windows of short-time power
    filters = 127 + 2 * 1323
    assert Segments.of(HIFI).context > HIFI.context + filters * 50 / 147


def test_a_long_signal_takes_no_more_memory_than_a_segment(of_one_second):
    engine, block = load(HIFI), noise(1500)
    peaks = []
    for count in (30, 120):
        tracemalloc.start()
        for _ in upsample_segments((block for _ in range(count)), engine, HIFI, channels=2):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
