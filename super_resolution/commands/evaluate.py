"""The command `evaluate`, and 30-evaluate.py."""

import argparse
from pathlib import Path

from super_resolution import cli, errors
from super_resolution.tracks.track import LOW_RATE

USAGE = f"""Evaluate upsampled tracks in numbers, pictures and sound.

  {errors.command("evaluate")}                            all scanned tracks
  {errors.command("evaluate")} demo --visqol              one, with ViSQOL (slow)
  {errors.command("evaluate")} demo --excerpt 12 --excerpt 95.5
  {errors.command("evaluate")} a.wav --against b.wav      two files of one length

Compares upsampled.wav with methods that need no network, on the last 20 % of each track, and
writes data/<track>/report/: metrics.md, metrics.json, spectrogram.png and index.html, a page
to listen on.
"""
CHANNELS = {"left": 0, "right": 1}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("tracks", nargs="*", metavar="TRACK", help="a track's name or folder (all)")
    add("--visqol", action="store_true", help="add ViSQOL, which takes minutes")
    add("--channel", choices=CHANNELS, help="measure one channel (the mean of all)")
    add(
        "--excerpt",
        type=cli.not_negative,
        action="append",
        default=[],
        metavar="START",
        help="listen from this second on; may be repeated (most treble)",
    )
    add("--seconds", type=cli.positive, default=6.0, help="length of an excerpt (6)")
    add("--against", type=Path, metavar="FILE", help="measure FILE against the one file given")
    rate = "with --against: rate of the signal that FILE was made from (15000)"
    add("--low-rate", type=cli.whole, default=LOW_RATE, metavar="HZ", help=rate)


def run(args: argparse.Namespace) -> None:
    """Evaluate tracks, or measure one file against another."""
    from super_resolution.report.write import (
        EvaluationOptions,
        print_comparison,
        write_reports,
    )
    from super_resolution.tracks.track import find_tracks

    if args.against:
        if len(args.tracks) != 1:
            raise errors.UsageError(
                f"--against takes one file more: {errors.command('evaluate')} A --against B"
            )
        original = Path(args.tracks[0])
        print_comparison(
            original, args.against, low_rate=args.low_rate, visqol=args.visqol, log=print
        )
        return
    options = EvaluationOptions(args.excerpt, args.seconds, args.visqol, CHANNELS.get(args.channel))
    write_reports(find_tracks(args.tracks, data=args.data), options, log=print)
