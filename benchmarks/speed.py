"""How fast the networks train and run on this machine.

    python3 benchmarks/speed.py              all presets
    python3 benchmarks/speed.py --runs 9     more runs, a narrower spread

Prints medians and the spread of several runs: training in 44.1 kHz samples a
second, prediction as a multiple of real time (mono), each also as arithmetic a
second beside what one large matrix product reaches in the same process.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from super_resolution import audio, backend, bits, presets, tracks
from super_resolution.grid import Grid
from super_resolution.models import Model

MATRIX = 4096  # rows and columns of the product that shows the machine's limit
TRAINING_COST = 3  # forward, and twice that backward


def rate(work: Callable[[], object], amount: float, runs: int) -> tuple[float, float, float]:
    """Give the median, lowest and highest of `amount` a second over several runs."""
    work()
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        found.append(amount / (time.perf_counter() - started))
    return statistics.median(found), min(found), max(found)


def row(name: str, unit: str, scale: float, rates: tuple[float, ...], flops: float = 0) -> str:
    """Format a line of the table; `flops` are those of one unit of the rate."""
    middle, low, high = (value / scale for value in rates)
    arithmetic = f"{rates[0] * flops / 1e9:10.0f}" if flops else " " * 10
    return f"{name:<24}{middle:12.2f}  ({low:.2f} to {high:.2f}) {unit:<14}{arithmetic}"


def multiply_adds(preset: presets.Preset) -> float:
    """Count the multiply-adds of a step: a weight each, less the biases."""
    total, width = 0, bits.BITS
    for lstm, dense in zip(preset.lstm_units, preset.dense_units, strict=True):
        total += 2 * 4 * lstm * (width + lstm) + 2 * lstm * dense
        width = dense
    outputs = Grid(preset.grid, tracks.RATIO).outputs
    return total + width * preset.last_units + preset.last_units * outputs


def measure(preset: presets.Preset, runs: int) -> list[str]:
    """Time a preset's training and prediction on noise."""
    import keras

    from super_resolution import engines, losses, network

    grid = Grid(preset.grid, tracks.RATIO)
    core = network.of_preset(preset, tracks.RATIO)
    rates = {"sample_rate": tracks.HIGH_RATE, "low_rate": tracks.LOW_RATE}
    wrapped = network.build_for_training(core, preset, **rates)
    loss = losses.make(preset, scale=300.0, **rates)
    wrapped.compile(keras.optimizers.Adam(1e-4), loss, jit_compile=False)
    rng = np.random.default_rng(0)
    steps, frames = (preset.segment * shape[1] for shape in (core.input_shape, core.output_shape))
    seen = rng.integers(0, 2, (preset.batch, steps, bits.BITS)).astype(np.float32)
    truth = rng.normal(size=(preset.batch, frames, 2)).astype(np.float32)
    cost = 2 * multiply_adds(preset) * steps / frames  # flops of a 44.1 kHz sample
    training = rate(lambda: wrapped.train_on_batch(seen, truth), preset.batch * frames, runs)

    model = Model(preset, **rates, downsample="soxr", scale=300.0, tracks=())
    engine = engines.KerasEngine(network.build(preset, grid, model.predict_steps))
    some = rng.integers(0, 2, (engine.batch, engine.steps, bits.BITS)).astype(np.float32)
    kept = engine.batch * grid.frames_of(engine.steps - 2 * model.context)
    prediction = rate(lambda: engine.run(some), kept, runs)
    return [
        row(f"{preset.name} training", "k samples/s", 1e3, training, TRAINING_COST * cost),
        row(f"{preset.name} prediction", "x real time", tracks.HIGH_RATE, prediction, cost),
    ]


def main(argv: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each line (5)")
    runs = parser.parse_args(argv).runs
    backend.load()
    from super_resolution import network

    print(f"{network.device()}, medians of {runs} runs (lowest to highest)\n")
    print(f"{'':<66}{'GFLOP/s':>10}")
    matrix = np.ones((MATRIX, MATRIX), np.float32)
    product = rate(lambda: matrix @ matrix, 1, runs)
    print(row("numpy f32 product", "products/s", 1, product, 2 * MATRIX**3))
    low = np.random.default_rng(0).normal(0, 3000, (tracks.LOW_RATE * 10, 1))
    resampled = rate(
        lambda: audio.resample(low, orig_sr=tracks.LOW_RATE, target_sr=tracks.HIGH_RATE), 10, runs
    )
    print(row("soxr VHQ", "x real time", 1, resampled))
    for preset in presets.PRESETS.values():
        print("\n".join(measure(preset, runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
