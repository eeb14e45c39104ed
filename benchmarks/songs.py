"""Measure making a dataset and training on it by the number of songs.

    python3 benchmarks/songs.py SONG...                 125, 250 and 500 copies of ten seconds each
    python3 benchmarks/songs.py SONG... --counts 500 1000 2000 --seconds 30

Excerpts of the songs, from 0:15 on where they are longer than that, are scanned once and then take
turns as tracks. The dataset is made of all tracks, and a network is trained on it for one epoch.
Both are whole runs of the scripts. "Off the line" is the difference to a straight line through
the seconds of CPU, which other work on the machine changes little. The peak memory of the training
counts what the system has mapped of the dataset's files, too.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import harness
import numpy as np
from harness import CommandResult, run_script
from scaling import fit_line
from tables import table
from tqdm import tqdm

from super_resolution import cli, errors
from super_resolution.dataset.reader import DATASET_FOLDER
from super_resolution.tracks.track import find_tracks

COUNTS = (125, 250, 500)
START = 15.0  # seconds
HEAD = ("songs", "dataset, MB", "CPU, s", "off the line", "peak MB")


def make_excerpts(songs: list[Path], folder: Path, seconds: float) -> list[Path]:
    """Scan an excerpt of each song; gives the folders of the tracks."""
    for number, song in enumerate(songs):
        cut = ("--name", f"{number}", "--seconds", seconds, "--data", folder)
        try:
            run_script("10-scan.py", song, "--start", START, *cut)
        except errors.UserError:  # shorter than that
            run_script("10-scan.py", song, *cut)
    return [track.folder for track in find_tracks(data=folder)]


def repeat(excerpts: list[Path], count: int, data: Path) -> None:
    """Make a data folder of `count` tracks, which share their files on disk."""
    for number in range(count):
        source = excerpts[number % len(excerpts)]
        shutil.copytree(source, data / f"{source.name}-{number}", copy_function=os.link)


def describe(results: dict[int, CommandResult], sizes: dict[int, float]) -> str:
    """Format a table of whole runs, by the number of songs."""
    times = np.array([result.cpu for result in results.values()])
    slope, start, off = fit_line(list(results), times)
    rows = [
        (
            f"{count}",
            f"{sizes[count]:.0f}",
            f"{result.cpu:.1f}",
            f"{error:+.1%}",
            f"{result.memory:.0f}",
        )
        for (count, result), error in zip(results.items(), off, strict=True)
    ]
    return f"{table(HEAD, rows)}\n\n{start:.1f} s to start, {slope:.3f} s a song"


def run(args: argparse.Namespace) -> None:
    """Make the tracks, measure, and print both tables."""
    made: dict[int, CommandResult] = {}
    trained: dict[int, CommandResult] = {}
    sizes: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        excerpts = make_excerpts(args.songs, Path(scratch, "excerpts"), args.seconds)
        for count in tqdm(sorted(args.counts), unit="count", disable=None, leave=False):
            data, models = Path(scratch, f"{count}"), Path(scratch, "models")
            repeat(excerpts, count, data)
            made[count] = run_script("20-make-dataset.py", "--data", data, "--preset", args.preset)
            files = (data / DATASET_FOLDER).iterdir()
            sizes[count] = sum(file.stat().st_size for file in files) / 1e6
            trained[count] = run_script(
                *("rnn-super-resolution.py", "--train", "--epochs", "1", "--force"),
                *("--data", data, "--models", models, "--model", "a"),
            )
            shutil.rmtree(data)
    songs = f"{args.preset}, copies of {len(excerpts)} excerpts of {args.seconds:g} s"
    print(f"{harness.describe_machine()}; {songs}")
    print(f"\n20-make-dataset.py\n\n{describe(made, sizes)}")
    print(f"\none epoch of training\n\n{describe(trained, sizes)}")


def main() -> int:
    """Print the tables; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--debug", action="store_true", help="show the traceback of an error")
    add("songs", nargs="+", type=Path, metavar="SONG", help="audio files")
    add("--counts", type=cli.whole, nargs="+", default=COUNTS, metavar="N", help="of songs")
    add("--seconds", type=cli.positive, default=10.0, help="of each (10)")
    add("--preset", type=cli.preset_name, default="hifi", help="faithful or hifi (hifi)")
    args = parser.parse_args()
    if len(set(args.counts)) < 3:
        parser.error("--counts needs at least three: through two points any line fits")
    args.songs = [song.absolute() for song in args.songs]
    return errors.run(lambda: run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
