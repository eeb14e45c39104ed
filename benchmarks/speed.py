"""Measure speed and memory of upsampling and training on this machine.

    python3 benchmarks/speed.py                        one table of all but `lengths`
    python3 benchmarks/speed.py engines --preset hifi  only these
    python3 benchmarks/speed.py lengths --points 300 3600 --runs 1

engines   upsampling of one channel, int16 to int16; whole runs of --predict give the time until
          the first sample and the peak memory
training  training steps, in samples at 44.1 kHz
data      10-scan.py and 20-make-dataset.py, and reading the batches of that dataset
lengths   whole runs of --predict on stereo files; an hour takes 0.75 GB of disk

Medians of several rounds (lowest to highest); each round measures everything once. "Of the
product" compares GFLOP/s with those of one large matrix product by the same library, in the same
precision, process and round. GFLOP/s include the context of windows, which prediction throws
away; a training step counts as three forward passes.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import harness
import workloads
from harness import Session, Worker, run_script, start_worker
from scaling import LENGTHS, measure_lengths
from tables import GFLOPS, HEAD, Row, table

from super_resolution import cli, errors
from super_resolution.dataset.reader import DATASET_FOLDER
from super_resolution.engines.base import PACKAGES, EngineOptions
from super_resolution.engines.choose import choose_engine
from super_resolution.network import presets, saved_model
from super_resolution.tracks.track import HIGH_RATE, LOW_RATE

ENGINES = (*map(EngineOptions, PACKAGES), EngineOptions("openvino", "bf16"))
SONG_SECONDS = 240.0  # of stereo
PREDICTED_SECONDS = {"faithful": 1.0, "hifi": 60.0}  # a few batches of --predict


def measure_in_turn(
    session: Session, workers: Iterable[AbstractContextManager[Worker]], name: str
) -> list[Row]:
    """Start the workers and measure all in each round; gives their rows, matrix products last."""
    started: list[Worker] = []
    with ExitStack() as stack:
        for start in workers:
            try:
                started.append(stack.enter_context(start))
            except errors.UsageError as error:
                print(f"left out: {error}", file=sys.stderr)
        for _ in session.progress(name):
            for worker in started:
                worker.run_round(session.seconds)
    rows = [row for worker in started for row in worker.rows]
    return sorted(rows, key=lambda row: row.unit == GFLOPS)


def measure_engines(session: Session) -> list[Row]:
    """Measure the engines that are installed, plain `model.predict` and soxr."""
    rows = []
    for preset in session.presets:
        folder = harness.in_child(workloads.make_model, session.scratch / preset.name, preset)
        path, seconds = folder.with_suffix(".wav"), PREDICTED_SECONDS[preset.name]
        file = workloads.make_wav(path, rate=LOW_RATE, channels=1, seconds=seconds)
        # in a child, since it may load Keras to look for a GPU
        auto = harness.in_child(choose_engine, saved_model.load(folder), EngineOptions())
        workers = []
        for options in ENGINES:
            note = " (auto)" if options == EngineOptions(auto) else ""
            name = f"{preset.name}, {options.engine} {options.precision}{note}"
            run = harness.predict_command(folder, file, "-", options)
            worker = start_worker(workloads.upsampling, folder, options, name, command=run)
            workers.append(worker)
        workers.append(start_worker(workloads.machine, preset.name))
        rows += measure_in_turn(session, workers, f"engines, {preset.name}")
    return rows


def measure_training(session: Session) -> list[Row]:
    """Measure training steps."""
    workers = [start_worker(workloads.training, preset) for preset in session.presets]
    return measure_in_turn(session, workers, "training")


def measure_data(session: Session) -> list[Row]:
    """Measure scanning, making the dataset, and reading it."""
    path, seconds = session.scratch / "song.wav", SONG_SECONDS
    song = workloads.make_wav(path, rate=HIGH_RATE, channels=2, seconds=seconds)
    scans, rows, workers = [], [], []
    for name in (preset.name for preset in session.presets):
        data, made = session.scratch / f"data-{name}", []
        for _ in session.progress(f"data, {name}"):
            scans.append(run_script("10-scan.py", song, "--data", data, "--force"))
            made.append(run_script("20-make-dataset.py", "--data", data, "--preset", name))
        dataset, samples = data / DATASET_FOLDER, 2 * HIGH_RATE * seconds
        size = sum(file.stat().st_size for file in dataset.iterdir()) / samples
        rows.append(_script_row(f"20-make-dataset.py, {name}", made))
        rows.append(Row(f"{name}, dataset", "bytes a sample", values=[size]))
        workers.append(start_worker(workloads.batches, dataset))
    rows.insert(0, _script_row("10-scan.py, 4 minutes of stereo", scans))
    return rows + measure_in_turn(session, workers, "batches")


def _script_row(name: str, runs: list[harness.CommandResult]) -> Row:
    return Row(name, "s", values=[r.seconds for r in runs], memory=[r.memory for r in runs])


PARTS = {"engines": measure_engines, "training": measure_training, "data": measure_data}


def run(args: argparse.Namespace) -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        chosen = (presets.PRESETS[args.preset],) if args.preset else (*presets.PRESETS.values(),)
        session = Session(args.runs, args.seconds, chosen, Path(scratch))
        print(f"{harness.describe_machine()}; medians of {args.runs} rounds\n", flush=True)
        if args.part == "lengths":
            preset = presets.PRESETS[args.preset or presets.HIFI.name]
            print(measure_lengths(session, preset, args.points))
            return
        parts = [PARTS[args.part]] if args.part else PARTS.values()
        rows = [row for part in parts for row in part(session)]
        print(table(HEAD, [row.cells() for row in rows]))


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--debug", action="store_true", help="show the traceback of an error")
    add("part", nargs="?", choices=(*PARTS, "lengths"), help="measure this (all but lengths)")
    add("--preset", type=cli.preset_name, help="faithful or hifi (both; lengths: hifi)")
    add("--runs", type=cli.whole, default=5, help="rounds (5)")
    add("--seconds", type=cli.positive, default=1.0, help="shortest measurement, in seconds (1)")
    add("--points", type=cli.positive, nargs="+", default=LENGTHS, metavar="S", help="of lengths")
    args = parser.parse_args()
    return errors.run(lambda: run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
