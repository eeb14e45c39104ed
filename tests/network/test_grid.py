"""The two grids against loops, and lengths against soxr itself."""

from fractions import Fraction

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st

from super_resolution.audio.blocks import scaled_frames
from super_resolution.network.grid import Grid

RATIO = Fraction(147, 50)
RATIOS = st.builds(Fraction, st.integers(2, 600), st.integers(1, 200)).filter(lambda r: 1 < r < 12)


@pytest.mark.parametrize("frames", [1, 2, 10, 25, 49, 50, 51, 75, 146, 147, 148, 175, 1001])
@pytest.mark.parametrize("rates", [(15000, 44100), (44100, 15000), (14700, 44100), (16000, 44100)])
def test_lengths_equal_those_of_soxr(frames, rates):
    resampled = soxr.resample(np.zeros(frames, np.float32), *rates, quality="VHQ")
    assert scaled_frames(frames, Fraction(rates[1], rates[0])) == len(resampled)


@given(RATIOS, st.integers(-5000, 5000))
def test_a_step_of_hold_sees_the_low_sample_that_it_falls_on(ratio, step):
    low = int(Grid("hold", ratio).low_index(step))
    assert low * ratio <= step < (low + 1) * ratio


def test_hold_gives_one_high_sample_a_step():
    grid = Grid("hold", RATIO)
    assert (grid.outputs, grid.period, grid.samples_of_steps(50)) == (1, 147, 50)
    assert np.array_equal(grid.gather_index(50), np.arange(50))


def test_polyphase_gathers_147_of_every_150():
    grid = Grid("polyphase", RATIO)
    index = grid.gather_index(50)
    assert (grid.outputs, len(index), len(set(index.tolist()))) == (3, 147, 147)
    assert index.max() < 150


@given(RATIOS, st.integers(1, 3), st.integers(1, 12))
def test_polyphase_gather_equals_a_loop(ratio, periods, per_frame):
    grid = Grid("polyphase", ratio, per_frame)
    steps = periods * grid.step_multiple
    slots = {}
    for high in range(grid.samples_of_steps(steps)):
        low = high * ratio.denominator // ratio.numerator
        slots.setdefault(low // per_frame, []).append(high)
    expected = [frame * grid.outputs + i for frame in slots for i in range(len(slots[frame]))]
    assert max(map(len, slots.values())) <= grid.outputs
    assert grid.gather_index(steps).tolist() == expected


def test_a_longer_gather_begins_with_the_shorter_one():
    grid = Grid("polyphase", RATIO)
    assert np.array_equal(grid.gather_index(500)[:147], grid.gather_index(50))
    assert np.array_equal(grid.gather_index(500)[147:294], grid.gather_index(50) + 150)


@pytest.mark.parametrize(("wanted", "legal"), [(1, 50), (500, 500), (510, 500), (530, 550)])
def test_whole_steps_are_periods_on_polyphase(wanted, legal):
    assert Grid("polyphase", RATIO).whole_steps(wanted) == legal
    assert Grid("hold", RATIO).whole_steps(wanted) == wanted


def test_ten_low_samples_give_29_or_30():
    grid = Grid("polyphase", RATIO, 10)
    assert (grid.outputs, grid.step_multiple) == (30, 50)
    assert np.bincount(grid.gather_index(50) // 30).tolist() == [30, 29, 30, 29, 29]


@pytest.mark.parametrize(("name", "per_frame"), [("hold", 2), ("polyphase", 0)])
def test_illegal_frames_are_refused(name, per_frame):
    with pytest.raises(ValueError, match="samples_per_frame"):
        Grid(name, RATIO, per_frame)


def test_part_periods_are_refused():
    with pytest.raises(ValueError, match="multiple of 50"):
        Grid("polyphase", RATIO).samples_of_steps(51)


@pytest.mark.parametrize(("name", "ratio"), [("linear", RATIO), ("hold", Fraction(1))])
def test_unknown_grids_and_ratios_are_refused(name, ratio):
    with pytest.raises(ValueError, match="expected"):
        Grid(name, ratio)
