"""benchmarks/speed.py: what it counts, and how it measures processes."""

import harness
import pytest
from flops import multiply_adds, overlap
from harness import CommandResult, Worker, start_worker
from helpers import changed, make_model
from tables import GFLOPS, Row

from super_resolution.errors import UsageError, UserError
from super_resolution.network.grid import Grid
from super_resolution.network.presets import FAITHFUL, HIFI
from super_resolution.tracks.track import RATIO


def test_multiply_adds_of_faithful_are_those_counted_by_hand():
    lstms = 2 * 4 * 300 * (16 + 300) + 2 * 4 * 300 * (500 + 300)
    dense = 600 * 500 + 600 * 500 + 500 * 20 + 20 * 1
    assert lstms + dense == 3_288_420
    assert multiply_adds(FAITHFUL.network, Grid("hold", RATIO)) == lstms + dense


def test_multiply_adds_of_hifi_are_those_counted_by_hand():
    step = 2 * 4 * 128 * (109 + 128) + 256 * 128 + 128 * 40 + 16  # LSTM, dense layers, mean level
    step += 750 * 510 + 255 * (48 + 2 * 12)  # long window: 512 samples in blocks of 150
    frame = 200 * 126 + 63 * 16  # short window: 128 samples in blocks of 50
    frame += 150 * 294 + 588 * 200 + 100 * 200 + 300 * 200  # |x|, copies, lowest bits
    frame += 3 * (200 * 20 + 20 * 200) + 200 * 294  # three times whitened; overlap-add
    counted = multiply_adds(HIFI.network, Grid("polyphase", RATIO))
    # 150 samples are decoded from 16 bits
    assert counted == pytest.approx((step + 3 * frame + 150 * 16) / 441, rel=1e-12)


def test_steps_of_the_context_are_counted_twice():
    preset = changed(FAITHFUL, prediction={"window": 500, "context": 25})
    assert overlap(make_model(preset)) == pytest.approx(500 / 450)


def test_speed_is_compared_with_the_product_of_the_same_round():
    # in the second round the machine has half of its speed
    speeds = iter([[10.0, 2.5], [5.0, 1.25], [10.0, 2.5]])
    rows = [Row("x", "samples/s", amount=3.0, gflop=2.0), Row("product", GFLOPS, amount=10.0)]
    worker = Worker(rows, measure=lambda seconds: next(speeds))
    for _ in range(3):
        worker.run_round(1.0)
    assert rows[0].cells()[1:5] == ("30 (15 to 30)", "samples/s", "20", "80%")
    assert rows[1].cells()[1:5] == ("25 (12.5 to 25)", GFLOPS, "", "")


def test_a_worker_repeats_its_workload():
    with start_worker(_one_row) as worker:
        worker.run_round(0.01)
    assert worker.rows[0].values[0] > 0


def _one_row() -> list:
    return [(Row("x", "calls/s"), dict)]


def test_an_error_in_a_worker_reaches_its_parent():
    with pytest.raises(UsageError, match="this CPU has none"), start_worker(_refuse):
        pass


def _refuse() -> list:
    raise UsageError("this CPU has none")


def test_the_memory_of_a_command_is_its_own():
    # that of its parent would be counted too, and this process is large
    small, large = (harness.in_child(_allocate, size) for size in (200_000_000, 400_000_000))
    assert large.memory - small.memory == pytest.approx(200, abs=10)


def _allocate(size: int) -> CommandResult:
    return harness.run_script("-c", f"b'x' * {size}")


def test_a_command_that_fails_is_an_error():
    with pytest.raises(UserError, match="there is nothing"):
        harness.run_script("-c", "raise SystemExit('there is nothing')")
