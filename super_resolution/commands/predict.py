"""The command `predict` (rnn-super-resolution.py --predict): upsample files."""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from super_resolution import cli, errors
from super_resolution.console import print_line
from super_resolution.engines.base import ENGINES, PRECISIONS
from super_resolution.network.presets import SHIPPED

if TYPE_CHECKING:
    from super_resolution.network.saved_model import Model
    from super_resolution.upsampling.jobs import Job
    from super_resolution.upsampling.upsampler import Upsampler

ALL = "all"  # as --model: every model that fits
USAGE = f"""Upsample audio files to 44.1 kHz.

  {errors.command("predict")} song.wav                    writes song.44100.wav
  {errors.command("predict")} song.mp3                    keeps what a file at another rate has
  {errors.command("predict")} music/ --recursive          the audio files of a folder
  {errors.command("predict")} music/ --workers 8          shared out among 8 processes
  {errors.command("predict")}                             the scanned tracks in data/
  ffmpeg -i a.opus -f wav - | {errors.command("predict")} - > a.wav

Files are upsampled with {SHIPPED}, tracks with the model that was trained last,
unless --model names another.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    cli.add_models_folder(parser)
    parser.add_argument(
        "files",
        nargs="*",
        type=cli.file_name,
        metavar="FILE",
        help="audio files, folders or tracks (all tracks); - is stdin",
    )
    add_options(parser)
    names = "name of the model; for tracks it may be repeated, or be all"
    parser.add_argument("--model", action="append", metavar="NAME", help=names)
    force = "replace existing files; take files below 15 kHz"
    parser.add_argument("--force", action="store_true", help=force)


def add_options(group: argparse._ActionsContainer) -> list[argparse.Action]:
    """Add the options that only this command has, and give them."""
    add = group.add_argument
    output = "the upsampled file; - is stdout, the default for stdin"
    cutoff = "up to where the file holds sound; it is kept below (measured)"
    replace = "replace what files at higher rates hold above 7.5 kHz"
    gain = "gain of the whole output in dB, such as -3 where samples are clipped (0)"
    raw = "stdin has no header: 16-bit little-endian samples"
    picture = "write the spectrograms before and after as NAME.44100.png"
    bf16 = "precision of matrix products; bf16 needs CPU support (f32)"
    return [
        add("-o", "--output", type=cli.file_name, metavar="WAV", help=output),
        add(
            "--treble",
            type=cli.decibels,
            default=0.0,
            metavar="DB",
            help="gain of the added band in dB (0)",
        ),
        add("--gain", type=cli.output_gain, default=0.0, metavar="DB", help=gain),
        add("--cutoff", type=cli.hertz, metavar="HZ", help=cutoff),
        add("--replace", action="store_true", help=replace),
        add("--resample", action="store_true", help=argparse.SUPPRESS),
        add("--recursive", action="store_true", help="take the folders in a folder, too"),
        add("--picture", action="store_true", help=picture),
        add("--raw", nargs=2, type=cli.whole, metavar=("RATE", "CHANNELS"), help=raw),
        add(
            "--engine", choices=ENGINES, default="auto", help="library that runs the network (auto)"
        ),
        add("--precision", choices=PRECISIONS, default="f32", help=bf16),
        add("--threads", type=cli.threads, help="CPU threads (one for each core)"),
        add("--workers", type=cli.threads, metavar="N", help="share the files out to N processes"),
        add("--scheduler", metavar="ADDRESS", help="or to the workers of this Dask scheduler"),
    ]


def run(args: argparse.Namespace) -> None:
    """Upsample the files."""
    from super_resolution.network import saved_model
    from super_resolution.upsampling import jobs

    args.replace = args.replace or args.resample
    if args.replace and args.cutoff:
        raise errors.UsageError("--cutoff says what is kept, --replace keeps nothing: give one")
    names = _model_names(args)
    models = {name: saved_model.load(saved_model.find(args.models, name)) for name in names}
    found = {
        name: jobs.find_jobs(
            args.files,
            model=name,
            data=args.data,
            output=args.output,
            rate=model.sample_rate,
            raw=args.raw,
            recursive=args.recursive,
        )
        for name, model in models.items()
    }
    every = [job for of_model in found.values() for job in of_model]
    # messages must not mix with samples on stdout
    messages = sys.stderr if any(job.to_stdout for job in every) else sys.stdout
    log = partial(print_line, file=messages)
    failures = errors.Failures(len(every))
    kept = [] if args.force else [job for job in every if job.done]
    if args.workers or args.scheduler:
        _share_out(every, args, failures, log)
    else:
        _run_here(found, models, kept, args, failures, log)
    if kept:
        log(f"done before: {len(kept)} of {len(every)}; --force makes them again")
    failures.check()
    if any(job.of_track for job in every):
        errors.print_next("evaluate")


def _run_here(
    found: dict[str, list["Job"]],
    models: dict[str, "Model"],
    kept: list["Job"],
    args: argparse.Namespace,
    failures: errors.Failures,
    log: Callable[[str], None],
) -> None:
    from super_resolution.upsampling.job_runner import Gains, run_jobs

    draw = _drawing(args, log) if args.picture else None
    for name, model in models.items():
        ready = _checked(found[name], model, args, failures, log)
        # the model is loaded only if there is something to do
        if first := next(ready, None):
            run_jobs(
                chain([first], ready),
                _load(name, args),
                Gains(args.treble, args.gain),
                log=log,
                failures=failures,
                keep=not args.replace,
                cutoff_hz=args.cutoff,
                total=len(found[name]),
                after=draw,
            )
    if draw:
        for job in kept:
            with failures.kept(job.path):
                draw(job, only_missing=True)


def _share_out(
    every: list["Job"],
    args: argparse.Namespace,
    failures: errors.Failures,
    log: Callable[[str], None],
) -> None:
    from super_resolution.cluster import share_out
    from super_resolution.engines.base import EngineOptions
    from super_resolution.upsampling.job_runner import Gains

    if args.picture or ALL in (args.model or ()):
        raise errors.UsageError("a cluster draws no --picture, and takes models by their names")
    share_out.share_out(
        [job for job in every if args.force or not job.done],
        share_out.Cluster(args.workers, args.scheduler),
        models=args.models,
        # a worker is one of many on its machine
        engine=EngineOptions(args.engine, args.precision, args.threads or 1),
        gains=Gains(args.treble, args.gain),
        keep=not args.replace,
        cutoff_hz=args.cutoff,
        force=args.force,
        log=log,
        failures=failures,
    )


def _model_names(args: argparse.Namespace) -> list[str]:
    from super_resolution.network import saved_model
    from super_resolution.upsampling import jobs

    only_tracks = all(jobs.is_track(path, args.data) for path in args.files)
    if not args.model:
        newest = saved_model.newest(args.models) if only_tracks else None
        return [newest.name if newest else SHIPPED]
    names = list(dict.fromkeys(args.model))
    if ALL in names:
        names = saved_model.names(args.models)
    if len(names) > 1 and (not only_tracks or args.output):
        raise errors.UsageError(
            "several models upsample tracks, each to a file of its own: scan the song first and "
            "leave -o away, or give one --model"
        )
    return names


def _checked(
    found: list["Job"],
    model: "Model",
    args: argparse.Namespace,
    failures: errors.Failures,
    log: Callable[[str], None],
) -> Iterator["Job"]:
    # the jobs that can be done, each when it is asked for
    from super_resolution.upsampling import jobs

    for job in found:
        if job.done and not args.force:
            continue
        passed = False
        with failures.kept(job.path):
            if ALL in (args.model or ()) and not jobs.fits(job, model):
                log(f"{job.path}: {job.model} takes {model.low_rate} Hz and is left out")
                continue
            jobs.check_job(job, model, replace=args.replace, force=args.force)
            passed = True
        if passed:
            yield job


def _load(name: str, args: argparse.Namespace) -> "Upsampler":
    from super_resolution.upsampling.upsampler import Upsampler

    options = {key: getattr(args, key) for key in ("models", "engine", "precision", "threads")}
    return Upsampler.from_pretrained(name, **options)


def _drawing(args: argparse.Namespace, log: Callable[[str], None]) -> Callable[..., None]:
    from super_resolution.audio.wav import PIPE

    # imported before the upsampling: what it needs may not be installed
    from super_resolution.report import before_after

    if args.output == PIPE or PIPE in args.files:
        raise errors.UsageError("--picture is drawn beside a file: give its name, and not -")

    def draw(job: "Job", *, only_missing: bool = False) -> None:
        if png := before_after.draw_beside(job.audio.path, job.destination, only_missing):
            log(f"{png}: spectrograms before and after")

    return draw
