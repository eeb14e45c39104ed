"""The command `evaluate` (30-evaluate.py): compare upsampled tracks with their originals."""

import argparse
from pathlib import Path

from super_resolution import cli, errors
from super_resolution.console import print_text
from super_resolution.network.presets import SHIPPED
from super_resolution.tracks.track import HIGH_RATE, LOW_RATE

USAGE = f"""Evaluate upsampled tracks: metrics, spectrograms and a page to listen on.

  {errors.command("evaluate")}                            all scanned tracks
  {errors.command("evaluate")} demo --visqol              one track, with ViSQOL (slow)
  {errors.command("evaluate")} demo --excerpt 12 --excerpt 95.5
  {errors.command("evaluate")} demo --show faithful-demo  what to draw and to listen to
  {errors.command("evaluate")} demo --cutoff 11000 16000  the song limited to these frequencies

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
    cutoff = "limit the original to these frequencies in Hz, upsample that, and print the metrics"
    add("--cutoff", type=cutoff_hz, nargs="+", metavar="HZ", help=cutoff)
    add("--model", default=SHIPPED, metavar="NAME", help=f"with --cutoff: which ({SHIPPED})")
    cli.add_models_folder(parser)


def cutoff_hz(text: str) -> int:
    """Parse the frequency that a song is limited to."""
    number = cli.whole(text)
    if not LOW_RATE < 2 * number < HIGH_RATE:
        raise argparse.ArgumentTypeError(
            f"{text}: expected Hz between {LOW_RATE // 2} and {HIGH_RATE // 2}"
        )
    return number


def run(args: argparse.Namespace) -> None:
    """Evaluate tracks, or cut-offs."""
    from super_resolution.report.write import EvaluationOptions, print_cutoffs, write_reports
    from super_resolution.tracks.track import find_tracks

    tracks = find_tracks(args.tracks, data=args.data)
    if args.cutoff:
        from super_resolution.upsampling.upsampler import Upsampler

        upsampler = Upsampler.from_pretrained(args.model, models=args.models)
        print_cutoffs(tracks, args.cutoff, upsampler, visqol=args.visqol, log=print_text)
        return
    options = EvaluationOptions(
        args.excerpt,
        args.seconds,
        args.visqol,
        CHANNELS.get(args.channel),
        tuple(args.show),
        SHIPPED,
        args.explain,
    )
    write_reports(tracks, options, overview=args.data / OVERVIEW, log=print_text)
