"""The speed benchmark: what it counts, and how it takes what cannot be measured."""

from dataclasses import replace

import measuring
import pytest
from arithmetic import multiply_adds, overlap
from measuring import Ran, Work, Worker
from rows import Row

from super_resolution.errors import UsageError, UserError
from super_resolution.network import presets
from super_resolution.network.grid import Grid
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import RATIO

UNITS = {"lstm_units": (64, 64), "dense_units": (128, 128), "last_units": 128}
GATED = replace(presets.HIFI, hop=10, bands=32, gated=True, encoding="offset", **UNITS)


def test_multiply_adds_of_the_authors_network_are_those_counted_by_hand():
    lstms = 2 * 4 * 300 * (16 + 300) + 2 * 4 * 300 * (500 + 300)
    dense = 600 * 500 + 600 * 500 + 500 * 20 + 20 * 1
    assert lstms + dense == 3_288_420
    assert multiply_adds(presets.SEED, Grid("hold", RATIO)) == lstms + dense


def test_multiply_adds_of_a_gated_network_with_bands_are_those_counted_by_hand():
    lstms = 2 * 4 * 64 * (10 * 16 + 32 + 64) + 2 * 4 * 64 * (128 + 64)
    dense = 128 * 128 + 128 * 128
    gates, sources, output = 128 * 128, 10 * 16 * 128, 128 * 30
    filters, samples = 2 * 32 * 5 * 10, 10 * 16
    frame = lstms + dense + gates + sources + output + filters + samples
    # 10 low samples are 29.4 high ones
    counted = multiply_adds(GATED, Grid("polyphase", RATIO, 10))
    assert counted == pytest.approx(frame / 29.4, rel=1e-12)


def test_context_is_counted_as_what_is_run_twice():
    seed = replace(presets.SEED, predict_window=500, context=25)
    model = Model(seed, 44100, 15000, "soxr", 300.0, ())
    assert overlap(model) == pytest.approx(500 / 450)


def test_a_share_is_held_against_the_limit_of_its_own_round():
    # the machine slowed down to a half, and its limit with it
    row = Row("x", "samples/s", cost=2.0, rates=[10.0, 5.0, 10.0], limits=[25.0, 12.5, 25.0])
    assert row.cells()[1:5] == ("10 (5 to 10)", "samples/s", "20", "80%")


def test_what_a_worker_cannot_do_is_told_as_it_was_said():
    with pytest.raises(UsageError, match="this CPU has none"):
        Worker(_refuse)


def _refuse() -> dict[str, Work]:
    raise UsageError("this CPU has none")


def test_the_memory_of_a_command_is_its_own():
    # what the one that starts it holds would be counted too, and this process is large
    sizes = (200_000_000, 400_000_000)
    small, large = (measuring.in_child(_allocate, size) for size in sizes)
    assert large.memory - small.memory == pytest.approx(200, abs=10)


def _allocate(size: int) -> Ran:
    return measuring.run("-c", f"b'x' * {size}")


def test_a_command_that_fails_is_an_error():
    with pytest.raises(UserError, match="there is nothing"):
        measuring.run("-c", "raise SystemExit('there is nothing')")
