"""Measure training and upsampling on a GPU, and train there, all within a time limit.

    KERAS_BACKEND=jax python3 benchmarks/gpu.py --data data --models models --minutes 8
    python3 benchmarks/gpu.py --data data --minutes 1 --batches 8 16    a rehearsal on a CPU

Prints backend and device; whether the LSTM takes the cuDNN kernel, by its time beside that of
the plain loop; training samples a second by batch size, with their share of the device's
matrix-product limit, which is measured in the same run; the real-time factor of upsampling; and
the course of a training until the time is over. Needs numpy, Keras, one of its backends, and a
dataset (`20-make-dataset.py`); the model and its log stay in MODELS/gpu-PRESET/.

The measurements take at most half of the time, and stop where it is over; the training takes
the rest.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import workloads
from tables import table
from workloads import Workload

from super_resolution import cli, errors
from super_resolution.console import print_line
from super_resolution.dataset.reader import DATASET_FOLDER, Dataset, load_dataset
from super_resolution.engines.base import EngineOptions
from super_resolution.network import backend
from super_resolution.network.presets import PRESETS, Preset

BATCHES = (128, 512, 2048, 8192, 32768)
MEASURED = 0.5  # of the time at most; the rest is for the training
LSTM_BATCH, LSTM_STEPS, LSTM_UNITS, LSTM_WIDTH = 512, 50, 300, 500  # the second of `faithful`
HEAD = ("", "batch", "k samples/s", "GFLOP/s", "of the product")


class Clock:
    """Tell how much of the time is left."""

    def __init__(self, minutes: float) -> None:
        self._seconds, self._start = minutes * 60, time.monotonic()

    def left(self, share: float = 1.0) -> float:
        """Give the seconds until this share of the time is over."""
        return share * self._seconds - (time.monotonic() - self._start)


def speed(call: Callable[[], object], seconds: float) -> float:
    """Give the calls a second, after one that may compile."""
    call()
    calls, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds or not calls:
        call()
        calls += 1
    return calls / elapsed


def lstm_kernels(seconds: float) -> str:
    """Compare the LSTM that Keras chooses with the plain loop."""
    import keras
    import numpy as np

    times = {}
    for kind in ("auto", False):
        layer = keras.layers.LSTM(LSTM_UNITS, return_sequences=True, use_cudnn=kind)
        inputs = keras.Input((LSTM_STEPS, LSTM_WIDTH))
        network = keras.Model(inputs, layer(inputs))
        network.compile("sgd", "mae", jit_compile="auto" if kind else False)
        if keras.backend.backend() == "jax":
            network.jit_compile = True
        x = np.ones((LSTM_BATCH, LSTM_STEPS, LSTM_WIDTH), np.float32)
        y = np.ones((LSTM_BATCH, LSTM_STEPS, LSTM_UNITS), np.float32)
        times[kind] = 1 / speed(partial(network.train_on_batch, x, y), seconds)
    return (
        f"LSTM of {LSTM_UNITS} units, {LSTM_BATCH} x {LSTM_STEPS} steps, training: "
        f"{times['auto'] * 1e3:.1f} ms as Keras chooses, {times[False] * 1e3:.1f} ms in the plain "
        f"loop ({times[False] / times['auto']:.1f} x)"
    )


def training_rows(preset: Preset, batches: list[int], clock: Clock, seconds: float) -> list:
    """Give the rows of a preset's training steps, until the time is over."""
    rows = []
    for batch in batches:
        if clock.left(MEASURED) < 0:
            print_line(f"{preset.name}: no time left for batches of {batch} and more")
            break
        size = max(1, batch // preset.training.segment)
        changed = replace(preset, training=replace(preset.training, batch_size=size))
        (row, step), product = workloads.training(changed)
        steps = speed(step, seconds)
        limit = speed(product[1], seconds) * product[0].amount
        gflops = steps * row.gflop
        rate = f"{steps * row.amount:,.1f}"
        rows.append((row.name, f"{size:,}", rate, f"{gflops:,.0f}", f"{gflops / limit:.1%}"))
    return rows


def real_time(preset: Preset, seconds: float) -> str:
    """Give the real-time factor of upsampling one channel."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = workloads.make_model(Path(scratch) / preset.name, preset)
        work: list[Workload] = workloads.upsampling(folder, EngineOptions("keras"), preset.name)
        row, call = work[0]
        return f"{preset.name}, upsampling: {speed(call, seconds) * row.amount:,.1f} x real time"


def train(data: Dataset, models: Path, clock: Clock) -> None:
    """Train until the time is over."""
    from super_resolution.training.start import TrainOptions
    from super_resolution.training.train import train_network

    folder, minutes = models / f"gpu-{data.preset.name}", max(clock.left(), 1.0) / 60
    preset = replace(data.preset, training=replace(data.preset.training, epochs=10**6))
    model = train_network(data, preset, TrainOptions(folder, minutes, force=True, log=print_line))
    print_line(f"{folder}/: best epoch {model.metrics['epoch']} of those above")


def run(args: argparse.Namespace) -> None:
    """Measure, train, and print."""
    clock, data = Clock(args.minutes), load_dataset(args.data / DATASET_FOLDER)
    backend.load()
    print(f"{backend.device()}; {args.minutes:g} minutes at most\n", flush=True)
    print(lstm_kernels(args.seconds), flush=True)
    rows = []
    for preset in PRESETS.values():
        if clock.left(MEASURED) > 0:
            print(real_time(preset, args.seconds), flush=True)
            rows += training_rows(preset, args.batches, clock, args.seconds)
    print(f"\n{table(HEAD, rows)}\n" if rows else "", flush=True)
    train(data, args.models, clock)


def main() -> int:
    """Print all; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--debug", action="store_true", help="show the traceback of an error")
    add("--data", type=Path, default=Path("data"), metavar="FOLDER", help="of the dataset (data)")
    add("--models", type=Path, default=cli.MODELS, metavar="FOLDER", help="(models)")
    add("--minutes", type=cli.positive, default=8.0, help="of the whole run (8)")
    add("--batches", type=cli.whole, nargs="+", default=BATCHES, help="windows in a step")
    add("--seconds", type=cli.positive, default=2.0, help="shortest measurement, in seconds (2)")
    args = parser.parse_args()
    return errors.run(lambda: run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
