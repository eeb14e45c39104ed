"""The command `evaluate` (30-evaluate.py): compare upsampled tracks with their originals."""

import argparse
from pathlib import Path

from super_resolution import cli, errors
from super_resolution.console import print_text
from super_resolution.network.presets import SHIPPED

USAGE = f"""Evaluate upsampled tracks: metrics, spectrograms and a page to listen on.

  {errors.command("evaluate")}                            all scanned tracks
  {errors.command("evaluate")} demo --visqol              one track, with ViSQOL (slow)
  {errors.command("evaluate")} demo --excerpt 12 --excerpt 95.5
  {errors.command("evaluate")} demo --show faithful-demo  what to draw and to listen to

Compares what each network made of a track with the original and with methods that need no
network, on the last 20 % of the track. Writes data/<track>/report/: metrics.md, metrics.json,
spectrogram.png and index.html, the page to listen on; of several tracks, their list too:
data/_report/index.html.
"""
CHANNELS = {"left": 0, "right": 1}
OVERVIEW = Path("_report/index.html")  # in the folder of the tracks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("tracks", nargs="*", metavar="TRACK", help="a track's name or folder (all)")
    show = "networks to draw and to listen to (the shipped one and the newest other)"
    add("--show", nargs="+", default=[], metavar="MODEL", help=show)
    add("--visqol", action="store_true", help="add ViSQOL, which takes minutes")
    add("--channel", choices=CHANNELS, help="measure one channel only (the mean of all)")
    add(
        "--excerpt",
        type=cli.not_negative,
        action="append",
        default=[],
        metavar="START",
        help="start of an excerpt to listen to, in seconds; may be repeated (where most treble is)",
    )
    add("--seconds", type=cli.positive, default=6.0, help="length of an excerpt, in seconds (6)")
    add("--explain", action="store_true", help="say what the columns of the table mean")


def run(args: argparse.Namespace) -> None:
    """Evaluate tracks."""
    from super_resolution.report.write import EvaluationOptions, write_reports
    from super_resolution.tracks.track import find_tracks

    options = EvaluationOptions(
        args.excerpt,
        args.seconds,
        args.visqol,
        CHANNELS.get(args.channel),
        tuple(args.show),
        SHIPPED,
        args.explain,
    )
    tracks = find_tracks(args.tracks, data=args.data)
    write_reports(tracks, options, overview=args.data / OVERVIEW, log=print_text)
