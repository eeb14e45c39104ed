"""The two grids against loops, and lengths against soxr itself."""

from fractions import Fraction

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st

from super_resolution.audio.blocks import scaled_frames
from super_resolution.errors import UsageError
from super_resolution.network.grid import Grid
from super_resolution.network.presets import FAITHFUL, HIFI

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
    assert (grid.step_multiple, grid.samples_of_steps(50)) == (1, 50)


def test_a_step_of_polyphase_is_a_low_sample_and_150_of_them_are_441_high_ones():
    grid = Grid("polyphase", RATIO)
    assert np.array_equal(grid.low_index(np.arange(-3, 500)), np.arange(-3, 500))
    assert (grid.step_multiple, grid.samples_of_steps(150)) == (150, 441)
    assert grid.samples_of_steps(28_800) == 84_672


@pytest.mark.parametrize(
    ("wanted", "legal"), [(1, 150), (150, 150), (220, 150), (230, 300), (6000, 6000)]
)
def test_whole_steps_are_multiples_on_polyphase(wanted, legal):
    assert Grid("polyphase", RATIO).whole_steps(wanted) == legal
    assert Grid("hold", RATIO).whole_steps(wanted) == wanted


@pytest.mark.parametrize("steps", [1, 50, 149, 151])
def test_parts_of_a_multiple_are_refused(steps):
    with pytest.raises(ValueError, match="multiple of 150"):
        Grid("polyphase", RATIO).samples_of_steps(steps)


@pytest.mark.parametrize("ratio", [Fraction(3), Fraction(44100, 16000), Fraction(2)])
def test_polyphase_takes_no_other_ratio(ratio):
    with pytest.raises(UsageError, match="hifi goes from 15000 to 44100 Hz.*preset faithful"):
        Grid("polyphase", ratio)


@pytest.mark.parametrize("low_rate", [14700, 8000, 22050])
def test_so_hifi_refuses_other_rates_and_faithful_takes_them(low_rate):
    ratio = Fraction(44100, low_rate)
    with pytest.raises(UsageError, match="ratio of 147/50"):
        Grid.of(HIFI.network, ratio)
    assert Grid.of(FAITHFUL.network, ratio) == Grid("hold", ratio)


def test_each_preset_has_its_grid():
    assert Grid.of(HIFI.network, RATIO) == Grid("polyphase", RATIO)
    assert Grid.of(FAITHFUL.network, RATIO) == Grid("hold", RATIO)


@pytest.mark.parametrize(("name", "ratio"), [("linear", RATIO), ("hold", Fraction(1))])
def test_unknown_grids_and_ratios_are_refused(name, ratio):
    with pytest.raises(ValueError, match="expected"):
        Grid(name, ratio)
