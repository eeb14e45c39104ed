"""The command `predict` (rnn-super-resolution.py --predict): upsample files."""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from super_resolution import cli, errors
from super_resolution.commands import shelf
from super_resolution.console import print_line
from super_resolution.engines.base import ENGINES, PRECISIONS
from super_resolution.network.presets import SHIPPED

if TYPE_CHECKING:
    from super_resolution.network.saved_model import Model
    from super_resolution.upsampling.jobs import Job

USAGE = f"""Upsample audio files to 44.1 kHz.

  {errors.command("predict")} song.wav                    writes song.44100.wav
  {errors.command("predict")} song.mp3 --resample         a file at another rate
  {errors.command("predict")}                             the scanned tracks in data/
  {errors.command("predict")} *.flac --workers 8         shared out among 8 processes
  ffmpeg -i a.opus -f wav - | {errors.command("predict")} - --resample > a.wav

Files are upsampled with {SHIPPED}, tracks with the model that was trained last,
unless --model names another.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    cli.add_models_folder(parser)
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="audio files or tracks (all tracks); - is stdin",
    )
    add_options(parser)
    parser.add_argument("--model", metavar="NAME", help="name of the model")
    parser.add_argument("--force", action="store_true", help="replace existing files")


def add_options(group: argparse._ActionsContainer) -> list[argparse.Action]:
    """Add the options that only this command has, and give them."""
    add = group.add_argument
    output = "the upsampled file; - is stdout, the default for stdin"
    resample = "accept files at any rate; content above 7.5 kHz is replaced"
    gain = "gain of the whole output in dB, such as -3 where samples are clipped (0)"
    raw = "stdin has no header: 16-bit little-endian samples"
    bf16 = "precision of matrix products; bf16 needs CPU support (f32)"
    return [
        add("-o", "--output", type=Path, metavar="WAV", help=output),
        add(
            "--treble",
            type=cli.decibels,
            default=0.0,
            metavar="DB",
            help="gain of the added band in dB (0)",
        ),
        add("--gain", type=cli.output_gain, default=0.0, metavar="DB", help=gain),
        add("--resample", action="store_true", help=resample),
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

    only_tracks = all(jobs.is_track(path, args.data) for path in args.files)
    newest = saved_model.newest(args.models) if only_tracks and not args.model else None
    name = args.model or (newest.name if newest else SHIPPED)
    model = saved_model.load(saved_model.find(args.models, name))
    found = jobs.find_jobs(
        args.files, data=args.data, output=args.output, rate=model.sample_rate, raw=args.raw
    )
    if args.workers or args.scheduler:
        shelf.run(args, name, found)
    else:
        _run_here(args, name, model, found)


def _run_here(args: argparse.Namespace, name: str, model: "Model", found: "list[Job]") -> None:
    from super_resolution.upsampling import jobs
    from super_resolution.upsampling.job_runner import Gains, run_jobs
    from super_resolution.upsampling.upsampler import Upsampler

    # messages must not mix with samples on stdout
    messages = sys.stderr if any(job.to_stdout for job in found) else sys.stdout
    log = partial(print_line, file=messages)
    failures, checked, notes = errors.Failures(len(found)), [], []
    for job in found:
        with failures.kept(job.path):
            notes.append(jobs.check_job(job, model, resample=args.resample, force=args.force))
            checked.append(job)
    for note in filter(None, notes):
        log(note)
    if checked:
        upsampler = Upsampler.from_pretrained(
            name,
            models=args.models,
            engine=args.engine,
            precision=args.precision,
            threads=args.threads,
        )
        run_jobs(checked, upsampler, Gains(args.treble, args.gain), log=log, failures=failures)
    failures.check()
    if any(job.of_track for job in found):
        log(f"next: {errors.command('evaluate')}")
