"""What settings, encodings and music never heard are worth, in equal time.

    python3 benchmarks/quality.py settings TRACK --minutes 4
    python3 benchmarks/quality.py encodings TRACK TRACK --minutes 1 --loss mae
    python3 benchmarks/quality.py folds --minutes 20 --fold 'a*,b*' --keep models
    python3 benchmarks/quality.py folds --fold 'a*,b*' --keep models --again

Trains each network from nothing, on the first 80 % of scanned tracks, and judges it
on the last 20 %: of the same track, or, with `folds`, of tracks it never saw. Each
`--fold` names tracks by patterns; the others are the last fold; what `--always` names is
learnt from by each network and judged by none. `--jobs 2` trains two at once, each on its
share of the cores.
"""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from statistics import mean, stdev

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from trials import Job, judge_soxr, run_all

from super_resolution import cli, errors
from super_resolution.network.presets import AUGMENTATIONS, HIFI
from super_resolution.tracks.track import find_tracks

COLUMNS = ("mae", "snr", "lsd", "lsd_lf", "lsd_hf", "buzz", "visqol")
PLAIN = dict.fromkeys(AUGMENTATIONS)  # songs as they are
# one thing changed at a time; units fall where steps become more, so that time is used alike
SETTINGS = {
    "hifi": {},
    "hop 1, no bands": {"hop": 1, "bands": 0, "lstm_units": (48, 48), "last_units": 24},
    "no bands": {"bands": 0},
    "hop 5": {"hop": 5, "last_units": 64},
    "hop 25": {"hop": 25, "last_units": 192, "lstm_units": (96, 96)},
    "no gates": {"gated": False},
    "bits 0 and 1": {"signed": False},
    "no envelope": {"loss_weights": (0.2, 0.8, 0.0, 0.5)},
    "uneven": {"loss_weights": (0.2, 0.8, 0.8, 0.0)},
    "more envelope": {"loss_weights": (0.2, 0.8, 1.6, 0.5)},
    "96 units": {"lstm_units": (96, 96), "dense_units": (192, 192)},
    "window 1000": {"window": 1000, "segment": 10},
    "rate 0.002": {"learning_rate": 2e-3},
    "batch 8": {"batch": 8},
    "no tilt": {"tilt_db": None},
    "no augmentation": PLAIN,
}
# MAE has an answer worth learning only where the network gives the samples themselves, as
# the author's did: of a residual, silence is the best
BY_LOSS = {
    "mae+stft": HIFI,
    "mae": replace(
        HIFI,
        **{"loss": "mae", "target": "waveform", "gated": False, "bands": 0, "high_pass": False},
        **PLAIN,
        mid_side=False,
        caution=0.0,
        learning_rate=2e-3,
    ),
}


def settings(args: argparse.Namespace) -> None:
    """Print a row a setting, and soxr's."""
    chosen = {k: v for k, v in SETTINGS.items() if not args.only or k in args.only}
    names = tuple(args.tracks)
    plain = HIFI.for_songs(len(names), "soxr")
    jobs = [
        Job(name, replace(plain, **changed), names, names, args.data, args.minutes, keep=args.keep)
        for name, changed in chosen.items()
    ]
    print(line("setting", COLUMNS))
    print(line("soxr", average(judge_soxr(names, args.data, args.jobs).values())))
    for job, rows in zip(jobs, run_all(jobs, args.jobs), strict=True):
        print(line(job.name, average(rows.values())))


def encodings(args: argparse.Namespace) -> None:
    """Print for each track a row an encoding: mean and spread over seeds."""
    from super_resolution.network.encodings import ENCODINGS

    preset = BY_LOSS[args.loss].for_songs(1, "soxr")
    if args.keep:
        raise errors.UsageError("encodings keeps no models: call it without --keep")
    jobs = [
        Job(f"{track}, {encoding}", replace(preset, encoding=encoding), (track,), (track,), *where)
        for where in [(args.data, args.minutes)]
        for track in args.tracks
        for encoding in ENCODINGS
    ]
    seeds = [replace(job, seed=seed) for job in jobs for seed in range(args.seeds)]
    results = run_all(seeds, args.jobs)
    print(f"loss {args.loss}: mean, and standard deviation over {args.seeds} seeds")
    print(line("track, encoding", COLUMNS))
    for place, job in enumerate(jobs):
        rows = results[place * args.seeds : (place + 1) * args.seeds]
        print(line(job.name, average(row[job.judge[0]] for row in rows)))
        if args.seeds > 1:
            print(line("  +-", spread(row[job.judge[0]] for row in rows)))


def folds(args: argparse.Namespace) -> None:
    """Print each track as a network judged it that never saw it, and soxr."""
    jobs = fold_jobs(args, [track.name for track in find_tracks(args.tracks, data=args.data)])
    results = run_all(jobs, args.jobs)
    soxr = judge_soxr([name for job in jobs for name in job.judge], args.data, args.jobs)
    print(line("track", COLUMNS))
    pairs = []
    for job, rows in zip(jobs, results, strict=True):
        for name, row in rows.items():
            pairs.append((soxr[name], row))
            print(line(f"{name}: soxr", soxr[name]))
            print(line(f"  {job.name}", row))
    bright = [pair for pair in pairs if pair[0]["lsd"] > 2]
    for what, some in (("mean", pairs), ("mean, soxr's LSD > 2", bright)):
        print(line(f"{what}: soxr", average(plain for plain, _ in some)))
        print(line("  network", average(row for _, row in some)))


def fold_jobs(args: argparse.Namespace, found: list[str]) -> list[Job]:
    """Give a job a fold: it is judged on its tracks and learns from all others."""
    always = matching(found, args.always) if args.always else ()
    if args.always and not always:
        raise errors.UsageError(f"--always {args.always} names no track")
    names = [name for name in found if name not in always]
    groups = [matching(names, patterns) for patterns in args.fold]
    groups.append(tuple(name for name in names if not any(name in group for group in groups)))
    if not all(groups) or sum(map(len, groups)) > len(names) or len(groups) < 2:
        raise errors.UsageError("each --fold must name tracks of its own and leave some for others")
    minutes = 0 if args.again else args.minutes
    where = {"data": args.data, "minutes": minutes, "keep": args.keep}
    return [
        Job(
            f"fold {place}",
            HIFI.for_songs(len(found) - len(group), "soxr"),
            tuple(name for name in found if name not in group),
            group,
            **where,
        )
        for place, group in enumerate(groups, start=1)
    ]


def matching(names: list[str], patterns: str) -> tuple[str, ...]:
    """Give the names that one of the patterns, joined by commas, matches."""
    return tuple(name for name in names if any(fnmatch(name, p) for p in patterns.split(",")))


def average(rows: Iterable[dict[str, float]]) -> dict[str, float]:
    """Average each metric over rows; a NaN does not count."""
    return _over(rows, mean)


def spread(rows: Iterable[dict[str, float]]) -> dict[str, float]:
    """Give each metric's standard deviation over rows."""
    return _over(rows, stdev)


def _over(rows: Iterable[dict[str, float]], measure) -> dict[str, float]:
    rows = list(rows)
    columns = {key: [row[key] for row in rows if np.isfinite(row[key])] for key in COLUMNS}
    return {
        key: measure(values) if len(values) > 1 else (values or [float("nan")])[0]
        for key, values in columns.items()
    }


def line(name: str, values: dict[str, float] | Iterable[str]) -> str:
    """Format a line of a table."""
    cells = values if not isinstance(values, dict) else [f"{values[key]:.2f}" for key in COLUMNS]
    return f"{name:<34}" + "".join(f"{cell:>9}" for cell in cells)


def main() -> int:
    """Run one of the three; returns the exit code."""
    tables = {"settings": settings, "encodings": encodings, "folds": folds}
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("table", choices=tables)
    add("tracks", nargs="*", metavar="TRACK", help="names in data/ (folds: all)")
    add("--minutes", type=cli.positive, default=4.0, help="of each training (4)")
    add("--jobs", type=cli.whole, default=1, help="trainings at once (1)")
    add("--seeds", type=cli.whole, default=3, help="of each encoding (3)")
    add("--loss", choices=BY_LOSS, default="mae+stft", help="for encodings (mae+stft)")
    add("--only", action="append", choices=SETTINGS, help="these settings")
    add("--fold", action="append", default=[], metavar="PATTERNS", help="tracks judged together")
    add("--always", metavar="PATTERNS", help="folds: tracks learnt from by all, judged by none")
    add("--keep", type=Path, metavar="FOLDER", help="keep the models here")
    add("--again", action="store_true", help="folds: judge the models kept there, train none")
    args = parser.parse_args()
    if args.again and not args.keep:
        parser.error("--again judges the models in --keep FOLDER")
    if args.always and args.table != "folds":
        parser.error("--always is for folds")
    if args.table != "folds" and not args.tracks:
        parser.error("name the tracks to learn")
    return errors.run(lambda: tables[args.table](args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
