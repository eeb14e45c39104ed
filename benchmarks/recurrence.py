"""Measure what makes a training step of an LSTM fast: backend, loop, compiler, batch.

    python3 benchmarks/recurrence.py                    training steps of `faithful`
    python3 benchmarks/recurrence.py --backends jax --runs 3

    loop      the backend's own: TensorFlow's `while`, JAX's `scan`, torch's of Python
    unrolled  every step of the window is compiled on its own
    compiled  by XLA (`jit_compile`); JAX always is

All ways take turns in each round: medians (lowest to highest) of samples at 44.1 kHz a second.
"Of the default" compares with the preset on TensorFlow in the same round; "start" is the time
until the first step is done, which compiles.
"""

import argparse
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

import harness
import workloads
from harness import Worker, start_worker
from tables import spread, table
from tqdm import tqdm
from workloads import Workload

from super_resolution import cli, errors
from super_resolution.network.presets import FAITHFUL, Preset

BACKENDS = ("tensorflow", "jax", "torch")
HEAD = ("", "batch x steps", "k samples/s", "of the default", "start, s")


@dataclass(frozen=True)
class Way:
    """One way to run the training steps."""

    backend: str
    kind: str = "loop"  # loop, unrolled, compiled
    batch: int = FAITHFUL.training.batch_size
    window: int = FAITHFUL.training.window


WAYS = tuple(
    way
    for name in BACKENDS
    for way in (
        Way(name),
        Way(name, batch=512),
        Way(name, batch=512, window=25),
        Way(name, batch=2048, window=10),
        Way(name, "unrolled"),
        *([Way(name, "compiled")] if name == "tensorflow" else []),
    )
)


def prepare(way: Way, preset: Preset) -> list[Workload]:
    """Give the training step of one way; runs in its own process."""
    changed = replace(
        preset, training=replace(preset.training, batch_size=way.batch, window=way.window)
    )
    step, _ = workloads.training(changed, change=partial(_change, way.kind))
    return [step]


def _change(kind: str, network) -> None:
    if kind == "compiled":
        network.jit_compile = True
    for layer in network.layers if kind == "unrolled" else ():
        for side in ("forward_layer", "backward_layer"):
            if hasattr(layer, side):
                getattr(layer, side).unroll = True


def measure(ways: list[Way], preset: Preset, rounds: int, seconds: float) -> str:
    """Measure all ways in turn; gives the table."""
    started: list[tuple[Way, Worker, float]] = []
    with ExitStack() as stack:
        for way in tqdm(ways, desc="start", disable=None, leave=False):
            os.environ["KERAS_BACKEND"] = way.backend  # of the process that is started
            begin = time.monotonic()
            worker = stack.enter_context(start_worker(prepare, way, preset))
            started.append((way, worker, time.monotonic() - begin))
        for _ in tqdm(range(rounds), unit="round", disable=None, leave=False):
            for _, worker, _ in started:
                worker.run_round(seconds)
    default = started[0][1].rows[0].values
    rows = []
    for way, worker, start in started:
        values = worker.rows[0].values
        ratio = median(a / b for a, b in zip(values, default, strict=True))
        name, size = f"{way.backend}, {way.kind}", f"{way.batch} x {way.window}"
        rows.append((name, size, spread(values), f"{ratio:.2f}", f"{start:.0f}"))
    return table(HEAD, rows)


def run(args: argparse.Namespace) -> None:
    """Measure, and print the table."""
    ways = [way for way in WAYS if way.backend in args.backends and find_spec(way.backend)]
    print(f"{harness.describe_machine()}; medians of {args.runs} rounds\n", flush=True)
    print(measure(ways, FAITHFUL, args.runs, args.seconds))


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--debug", action="store_true", help="show the traceback of an error")
    add("--backends", nargs="+", choices=BACKENDS, default=BACKENDS, help="only these")
    add("--runs", type=cli.whole, default=3, help="rounds (3)")
    add("--seconds", type=cli.positive, default=2.0, help="shortest measurement, in seconds (2)")
    args = parser.parse_args()
    return errors.run(lambda: run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
