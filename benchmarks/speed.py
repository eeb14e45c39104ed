"""How fast the networks run and train on this machine, and what they take.

    python3 benchmarks/speed.py                        one table of all but `lengths`
    python3 benchmarks/speed.py engines --preset hifi  only that
    python3 benchmarks/speed.py lengths                cost and memory, from 1 s to 1 h
    python3 benchmarks/speed.py lengths --points 300 3600 --runs 1

engines   each engine upsamples one channel, samples in and samples out; a fresh --predict
          shows how soon its first sample comes, and the peak of its memory
training  updates, in 44.1 kHz samples
data      10-scan.py and 20-make-py on a 4-minute stereo WAV, and what reads
          their dataset for training, alone and on one core
lengths   whole runs of --predict on stereo files; an hour takes 0.75 GB of disk

Medians of several runs, and from where to where they went. What is compared runs in
turn, a round of all before the next round. The share of the limit is GFLOP/s over those
of a large matrix product through the same library and in the same precision, process
and round. Arithmetic is that of all products of the network, the context of windows
among it, which is run and thrown away; training counts three times the forward pass.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import arithmetic
import measuring
import works
from bench import Bench, predict
from lengths import POINTS, lengths
from measuring import Worker
from rows import HEAD, PRODUCT, Entrant, Row, table

from super_resolution import cli, errors
from super_resolution.dataset.reader import DATASET_FOLDER
from super_resolution.engines.base import PACKAGES, EngineOptions
from super_resolution.network import presets, saved_model
from super_resolution.network.grid import Grid
from super_resolution.network.config import Preset
from super_resolution.tracks.track import HIGH_RATE, LOW_RATE, RATIO

WAYS = (*map(EngineOptions, PACKAGES), EngineOptions("openvino", "bf16"))
SONG = {"rate": HIGH_RATE, "channels": 2, "seconds": 240.0}
PREDICTED = {"hold": 1.0, "polyphase": 20.0}  # seconds of the file for --predict: some batches
REAL_TIME, SAMPLES, GFLOPS, SECONDS = "x real time", "k samples/s", "GFLOP/s", "s"


def engines(bench: Bench) -> list[Row]:
    """Measure every engine there is, and plain Keras and soxr beside them."""
    return [row for preset in bench.chosen for row in engines_of(bench, preset)]


def engines_of(bench: Bench, preset: Preset) -> list[Row]:
    """Measure a preset's engines."""
    folder = bench.model(preset)
    form = {"rate": LOW_RATE, "channels": 1, "seconds": PREDICTED[preset.grid]}
    file = bench.wav(preset.name, **form)
    auto = EngineOptions(measuring.in_child(works.automatic, folder))
    with ExitStack() as stack:
        entrants = []
        for wishes in WAYS:
            try:
                worker = stack.enter_context(closing(Worker(works.engine, folder, wishes)))
            except errors.UsageError as error:
                log(f"left out: {error}")
                continue
            rows = rows_of(folder, wishes, note=" (auto)" if wishes == auto else "")
            entrants.append(Entrant(worker, rows, predict(folder, file, "-", wishes)))
        worker = stack.enter_context(closing(Worker(works.machine)))
        entrants.append(Entrant(worker, machine_rows(preset)))
        return bench.take_part(entrants, f"engines, {preset.name}")


def rows_of(folder: Path, wishes: EngineOptions, *, note: str) -> dict[str, Row]:
    """Make the rows of an engine."""
    model = saved_model.load(folder)
    label, name = f"{wishes.engine} {wishes.precision}", model.preset.name
    useful = gflop(model.preset, model.grid) * model.sample_rate
    run = useful * arithmetic.overlap(model)
    rows = {"engine": Row(f"{name}, {label}{note}", REAL_TIME, run)}
    if wishes.engine == "keras":
        rows["predict"] = Row(f"{name}, plain model.predict", REAL_TIME, useful)
    return rows | {PRODUCT: Row(f"{name}, product, {label}", GFLOPS)}


def machine_rows(preset: Preset) -> dict[str, Row]:
    """Make the rows of what needs no network, in the same rounds."""
    return {
        "soxr": Row(f"{preset.name}, beside it soxr VHQ", REAL_TIME),
        PRODUCT: Row(f"{preset.name}, product, numpy f32", GFLOPS),
    }


def gflop(preset: Preset, grid: Grid) -> float:
    """Give the floating-point operations of a 44.1 kHz sample, in billions."""
    return 2 * arithmetic.multiply_adds(preset, grid) / 1e9


def training(bench: Bench) -> list[Row]:
    """Measure updates."""
    with ExitStack() as stack:
        entrants = []
        for preset in bench.chosen:
            grid = Grid(preset.grid, RATIO, preset.hop)
            cost = arithmetic.TRAINING_COST * gflop(preset, grid) * 1e3
            worker = stack.enter_context(closing(Worker(works.training, preset)))
            rows = {
                "training": Row(f"{preset.name}, training", SAMPLES, cost, 1e3),
                PRODUCT: Row(f"{preset.name}, training, product", GFLOPS),
            }
            entrants.append(Entrant(worker, rows))
        return bench.take_part(entrants, "training")


def data(bench: Bench) -> list[Row]:
    """Measure the way from a WAV to batches."""
    song, rows = bench.wav("song", **SONG), []
    scan = Row("10-scan.py, 4 minutes stereo", SECONDS)
    made = {p.name: Row(f"20-make-py, {p.name}", SECONDS) for p in bench.chosen}
    for _ in bench.rounds("data"):
        for preset in bench.chosen:
            folder = bench.scratch / f"data-{preset.name}"
            scan.runs.append(measuring.run("10-scan.py", song, "--data", folder, "--force"))
            command = ("20-make-py", "--data", folder, "--preset", preset.name)
            made[preset.name].runs.append(measuring.run(*command))
    with ExitStack() as stack:
        entrants = []
        for preset in bench.chosen:
            folder = bench.scratch / f"data-{preset.name}" / DATASET_FOLDER
            worker = stack.enter_context(closing(Worker(works.feed, folder)))
            fed = Row(f"{preset.name}, feed of training", SAMPLES, scale=1e3)
            entrants.append(Entrant(worker, {"feed": fed}))
            size = sum(path.stat().st_size for path in folder.iterdir())
            frames = SONG["rate"] * SONG["channels"] * SONG["seconds"]
            rows.append(Row(f"{preset.name}, dataset", "bytes a sample", rates=[size / frames]))
        return [scan, *made.values(), *rows, *bench.take_part(entrants, "feed")]


def log(text: str) -> None:
    """Say something beside the table."""
    print(text, file=sys.stderr, flush=True)


def get_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cli.add_models_folder(parser)
    add = parser.add_argument
    add("--debug", action="store_true", help="show the traceback of an error")
    add("part", nargs="?", choices=(*PARTS, "lengths"), help="only this (all but lengths)")
    add("--preset", choices=presets.PRESETS, help="only this (both; hifi for lengths)")
    add("--runs", type=cli.whole, default=5, help="rounds (5)")
    how = "each speed is measured for so long at least in a round (1)"
    add("--seconds", type=cli.positive, default=1.0, help=how)
    what = "seconds of music, for lengths (1 to 3600)"
    add("--points", type=cli.positive, nargs="+", default=POINTS, metavar="SECONDS", help=what)
    return parser


def run(args: argparse.Namespace) -> None:
    """Measure what is asked for, and print it."""
    with tempfile.TemporaryDirectory() as scratch:
        chosen = (presets.PRESETS[args.preset],) if args.preset else (*presets.PRESETS.values(),)
        bench = Bench(args.runs, args.seconds, args.models, chosen, Path(scratch))
        print(f"{measuring.machine()}; medians of {args.runs} (lowest to highest)\n", flush=True)
        if args.part == "lengths":
            print(lengths(bench, presets.PRESETS[args.preset or presets.HIFI.name], args.points))
            return
        parts = [PARTS[args.part]] if args.part else PARTS.values()
        found = [row for part in parts for row in part(bench)]
        print(table(HEAD, [row.cells() for row in found]))


PARTS = {"engines": engines, "training": training, "data": data}


def main(argv: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    args = get_parser().parse_args(argv)
    return errors.run(lambda: run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
