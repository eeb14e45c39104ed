"""Measure upsampling a shelf of songs on workers against one process.

    python3 benchmarks/shelf.py                       20 songs of a minute, with the shipped weights
    python3 benchmarks/shelf.py --songs 100 --workers 8

Whole runs of --predict with one thread a process: without a cluster, with one worker, and with
several. Each round makes all of them, and the ratios are those of one round: medians (lowest
to highest). "Nothing" is one file of a tenth of a second: what it takes to start and stop.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import harness
from harness import run_script
from tables import spread, table
from tqdm import tqdm
from workloads import make_wav

from super_resolution import cli, errors
from super_resolution.tracks.track import LOW_RATE

HEAD = ("", "time, s", "speed-up", "nothing, s")
PREDICT = ("rnn-super-resolution.py", "--threads", "1", "--force", "--predict")


def measure(songs: list[Path], nothing: Path, workers: int, rounds: int) -> str:
    """Measure all ways in turn; gives the table."""
    ways = {
        "one process": (),
        "1 worker": ("--workers", "1"),
        f"{workers} workers": ("--workers", str(workers)),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    starts: dict[str, list[float]] = {way: [] for way in ways}
    for _ in tqdm(range(rounds), unit="round", disable=None, leave=False):
        for way, options in ways.items():
            times[way].append(run_script(*PREDICT, *songs, *options).seconds)
            starts[way].append(run_script(*PREDICT, nothing, *options).seconds)
    first = times["one process"]
    rows = [
        (way, spread(seconds), spread([a / b for a, b in zip(first, seconds, strict=True)]), start)
        for (way, seconds), start in zip(times.items(), map(spread, starts.values()), strict=True)
    ]
    one, many = times["1 worker"], times[f"{workers} workers"]
    ratio = spread([a / b for a, b in zip(one, many, strict=True)])
    return f"{table(HEAD, rows)}\n\nfrom 1 to {workers} workers: {ratio} x"


def run(args: argparse.Namespace) -> None:
    """Make the songs, measure, and print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        songs = [Path(scratch) / f"{number}.wav" for number in range(args.songs)]
        for song in songs:
            make_wav(song, rate=LOW_RATE, channels=2, seconds=args.seconds)
        nothing = make_wav(Path(scratch) / "nothing.wav", rate=LOW_RATE, channels=2, seconds=0.1)
        print(f"{harness.describe_machine()}; {args.songs} songs of {args.seconds:g} s, stereo\n")
        print(measure(songs, nothing, args.workers, args.runs))


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--debug", action="store_true", help="show the traceback of an error")
    add("--songs", type=cli.whole, default=20, help="how many (20)")
    add("--seconds", type=cli.positive, default=60.0, help="of each (60)")
    add("--workers", type=cli.threads, default=2, help="at most (2)")
    add("--runs", type=cli.whole, default=3, help="rounds (3)")
    args = parser.parse_args()
    return errors.run(lambda: run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
