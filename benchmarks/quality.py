"""Compare settings, encodings and unseen songs: metrics after equal training times.

    python3 benchmarks/quality.py settings TRACK TRACK --minutes 4
    python3 benchmarks/quality.py encodings TRACK TRACK --minutes 1
    python3 20-make-dataset.py --preset hifi
    python3 benchmarks/quality.py folds --epochs 2 --fold 'a*,b*' --keep models
    python3 benchmarks/quality.py folds --fold 'a*,b*' --keep models --again

Each network is trained from scratch on the first 80 % of scanned tracks, and evaluated on the
last 20 %: of the same tracks or, with `folds`, of tracks that it was not trained on. Each
`--fold` names tracks by patterns; all others are the last fold. The tracks of `--always` are in
each training set and in no test set. With `--jobs 2`, each training has half of the cores.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from experiments import Experiment, Metrics, run_all
from tables import table

from super_resolution import cli, errors
from super_resolution.dataset.reader import DATASET_FOLDER
from super_resolution.evaluation.metrics import METRICS
from super_resolution.network.presets import ENCODINGS, FAITHFUL, HIFI, NetworkConfig, Preset
from super_resolution.tracks.track import Track, find_tracks

BASELINES = ("soxr", "band replication")
BRIGHT_LSD = 2.0  # soxr's LSD is above it if a song has sound above the low Nyquist frequency


def _network(**values: Any) -> Preset:
    return replace(HIFI, network=replace(HIFI.network, **values))


def _training(**values: Any) -> Preset:
    return replace(HIFI, training=replace(HIFI.training, **values))


# one change each
SETTINGS = {
    "hifi": HIFI,
    "LSTM of 64 units": _network(lstm_units=(64,)),
    "LSTM of 256 units": _network(lstm_units=(256,)),
    "two LSTMs": _network(lstm_units=(128, 128), dense_units=(128, 128)),
    "no dropout": _training(dropout=0.0),
    # of several songs; one by itself is never augmented
    "no augmentation": _training(augment=False),
    "segments of 1 s": _training(segment=100, batch_size=64),
    "rate 0.001": _training(learning_rate=1e-3),
}
# the author's network, smaller, so that minutes teach it something. With MAE alone, the best
# residual of an unknown waveform is silence: so it outputs the waveform itself, as in 2018.
SMALL = replace(
    FAITHFUL,
    network=NetworkConfig("faithful", "offset", (64, 64), (128, 128, 20), "waveform"),
    training=replace(
        FAITHFUL.training, window=1000, batch_size=8, optimizer="adam", learning_rate=2e-3
    ),
)


def settings(args: argparse.Namespace, tracks: list[Track]) -> None:
    """Print a row for each setting, and soxr's."""
    experiments = [Experiment("soxr", None, [], tracks)]
    for name in args.only or SETTINGS:
        one = Experiment(name, SETTINGS[name], tracks, tracks, args.minutes, keep=args.keep)
        experiments.append(one)
    results = zip(experiments, run_all(experiments, args.jobs), strict=True)
    print_table("setting", [(one.name, over(result.values())) for one, result in results])


def encodings(args: argparse.Namespace, tracks: list[Track]) -> None:
    """Print a row for each track and encoding: mean and standard deviation over seeds."""
    if args.keep:
        raise errors.UsageError("encodings keeps no models: leave out --keep")
    experiments: list[Experiment] = []
    rows = []
    for track, encoding in product(tracks, ENCODINGS):
        changed = replace(SMALL, network=replace(SMALL.network, encoding=encoding))
        name = f"{track.name}, {encoding}"
        one = Experiment(name, changed, [track], [track], args.minutes)
        experiments += [replace(one, seed=seed) for seed in range(args.seeds)]
    results = [row for result in run_all(experiments, args.jobs) for row in result.values()]
    for first in range(0, len(experiments), args.seeds):
        seeds = results[first : first + args.seeds]
        rows.append((experiments[first].name, over(seeds)))
        if args.seeds > 1:
            rows.append(("  +-", over(seeds, partial(np.ma.std, ddof=1))))
    print(f"mean, and standard deviation over {args.seeds} seeds")
    print_table("track, encoding", rows)


def folds(args: argparse.Namespace, tracks: list[Track]) -> None:
    """Print a row for each track and method: baselines, and a network that never heard it."""
    experiments = fold_experiments(args, tracks)
    tested = [track for experiment in experiments for track in experiment.test]
    baselines = [Experiment(name, None, [], tested) for name in BASELINES]
    *known, soxr, replication = run_all([*experiments, *baselines], args.jobs)
    methods = {"soxr": soxr, "band replication": replication}
    methods["hifi"] = {name: row for result in known for name, row in result.items()}
    bright = [name for name in soxr if soxr[name]["lsd"] > BRIGHT_LSD]
    groups = [(name, [name]) for name in methods["hifi"]]
    groups += [("mean", list(soxr)), (f"mean, soxr's LSD > {BRIGHT_LSD:g}", bright)]
    rows = []
    for title, names in groups:
        for method, results in methods.items():
            if names:
                rows.append((f"{title}: {method}", over(results[name] for name in names)))
    print_table("track", rows)


def fold_experiments(args: argparse.Namespace, tracks: list[Track]) -> list[Experiment]:
    """Give an experiment for each fold: trained on the other folds, tested on this one."""
    always = matching(tracks, args.always) if args.always else []
    if args.always and not always:
        raise errors.UsageError(f"--always {args.always} names no track")
    tested = [track for track in tracks if track not in always]
    groups = [matching(tested, patterns) for patterns in args.fold]
    groups.append([track for track in tested if not any(track in group for group in groups)])
    if not all(groups) or sum(map(len, groups)) > len(tested) or len(groups) < 2:
        raise errors.UsageError("each --fold must name tracks of its own and leave some for others")
    experiments, minutes = [], 0 if args.again else args.minutes
    for number, group in enumerate(groups, start=1):
        rest = [track for track in tracks if track not in group]
        one = Experiment(f"fold {number}", HIFI, rest, group, minutes, args.epochs, keep=args.keep)
        experiments.append(replace(one, dataset=args.data / DATASET_FOLDER))
    return experiments


def matching(tracks: list[Track], patterns: str) -> list[Track]:
    """Give the tracks whose names match one of the patterns, which commas separate."""
    return [t for t in tracks if any(fnmatch(t.name, p) for p in patterns.split(","))]


def over(rows: Iterable[Metrics], statistic: Callable = np.ma.mean) -> np.ndarray:
    """Give the mean, or another statistic, of each metric; only finite values count."""
    values = np.ma.masked_invalid([[row[metric.key] for metric in METRICS] for row in rows])
    return np.ma.filled(statistic(values, axis=0), np.nan)


def print_table(head: str, rows: list[tuple[str, np.ndarray]]) -> None:
    """Print all metrics for each name."""
    cells = [(name, *(f"{value:.2f}" for value in values)) for name, values in rows]
    print(table((head, *(metric.label for metric in METRICS)), cells))


TABLES = {"settings": settings, "encodings": encodings, "folds": folds}


def main() -> int:
    """Print one of the tables; returns the exit code."""
    parser = cli.make_parser(__doc__)
    add = parser.add_argument
    add("table", choices=TABLES)
    add("tracks", nargs="*", metavar="TRACK", help="tracks in data/ (all)")
    add("--minutes", type=cli.positive, default=4.0, help="of each training (4)")
    add("--jobs", type=cli.whole, default=1, help="trainings at once (1)")
    add("--seeds", type=cli.whole, default=3, help="encodings: trainings of each (3)")
    add("--epochs", type=cli.whole, help="folds: at most so many passes in a training")
    add("--only", action="append", choices=SETTINGS, help="settings: only this; may be repeated")
    add("--fold", action="append", default=[], metavar="PATTERNS", help="folds: tracks of a fold")
    add("--always", metavar="PATTERNS", help="folds: tracks that are in each training set")
    add("--keep", type=Path, metavar="FOLDER", help="keep the models in this folder")
    add("--again", action="store_true", help="folds: evaluate the models in --keep FOLDER")
    args = parser.parse_args()
    if args.again and not args.keep:
        parser.error("--again evaluates the models in --keep FOLDER")
    if args.always and args.table != "folds":
        parser.error("--always is for folds")
    find, print_chosen = partial(find_tracks, args.tracks, data=args.data), TABLES[args.table]
    return errors.run(lambda: print_chosen(args, find()), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
