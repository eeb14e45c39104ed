"""The command `predict` (rnn-super-resolution.py --predict): upsample files."""

import argparse
import sys
from functools import partial
from pathlib import Path

from super_resolution import cli, errors
from super_resolution.console import print_line
from super_resolution.engines.base import ENGINES, PRECISIONS
from super_resolution.network.presets import SHIPPED

USAGE = f"""Upsample audio files to 44.1 kHz.

  {errors.command("predict")} song.wav                    writes song.44100.wav
  {errors.command("predict")} song.mp3                    keeps what a file at another rate has
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
        type=Path,
        metavar="FILE",
        help="audio files or tracks (all tracks); - is stdin",
    )
    add_options(parser)
    parser.add_argument("--model", metavar="NAME", help="name of the model")
    parser.add_argument(
        "--force", action="store_true", help="replace existing files; take files below 15 kHz"
    )


def add_options(group: argparse._ActionsContainer) -> list[argparse.Action]:
    """Add the options that only this command has, and give them."""
    add = group.add_argument
    output = "the upsampled file; - is stdout, the default for stdin"
    cutoff = "up to where the file holds sound; it is kept below (measured)"
    replace = "replace what files at higher rates hold above 7.5 kHz"
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
        add("--cutoff", type=cli.positive, metavar="HZ", help=cutoff),
        add("--replace", action="store_true", help=replace),
        # the name of --replace in earlier versions
        add("--resample", action="store_true", help=argparse.SUPPRESS),
        add("--raw", nargs=2, type=cli.whole, metavar=("RATE", "CHANNELS"), help=raw),
        add(
            "--engine", choices=ENGINES, default="auto", help="library that runs the network (auto)"
        ),
        add("--precision", choices=PRECISIONS, default="f32", help=bf16),
        add("--threads", type=cli.threads, help="CPU threads (one for each core)"),
    ]


def run(args: argparse.Namespace) -> None:
    """Upsample the files."""
    from super_resolution.network import saved_model
    from super_resolution.upsampling import jobs
    from super_resolution.upsampling.job_runner import Gains, run_jobs
    from super_resolution.upsampling.upsampler import Upsampler

    only_tracks = all(jobs.is_track(path, args.data) for path in args.files)
    newest = saved_model.newest(args.models) if only_tracks and not args.model else None
    name = args.model or (newest.name if newest else SHIPPED)
    model = saved_model.load(saved_model.find(args.models, name))
    found = jobs.find_jobs(
        args.files, data=args.data, output=args.output, rate=model.sample_rate, raw=args.raw
    )
    # messages must not mix with samples on stdout
    messages = sys.stderr if any(job.to_stdout for job in found) else sys.stdout
    log = partial(print_line, file=messages)
    failures, checked = errors.Failures(len(found)), []
    replace = args.replace or args.resample
    if replace and args.cutoff:
        raise errors.UsageError("--cutoff says what is kept, and --replace keeps nothing: give one")
    for job in found:
        with failures.kept(job.path):
            jobs.check_job(job, model, replace=replace, force=args.force)
            checked.append(job)
    if checked:
        upsampler = Upsampler.from_pretrained(
            name,
            models=args.models,
            engine=args.engine,
            precision=args.precision,
            threads=args.threads,
        )
        run_jobs(
            checked,
            upsampler,
            Gains(args.treble, args.gain),
            log=log,
            failures=failures,
            keep=not replace,
            cutoff_hz=args.cutoff,
        )
    failures.check()
    if any(job.of_track for job in found):
        log(f"next: {errors.command('evaluate')}")
