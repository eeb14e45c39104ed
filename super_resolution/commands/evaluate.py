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
  {errors.command("evaluate")} a.wav --against b.wav      two files of equal length
  {errors.command("evaluate")} demo --cutoff 11000 16000  the song limited to these frequencies

Compares upsampled.wav with the original and with methods that need no network, on the last
20 % of each track. Writes data/<track>/report/: metrics.md, metrics.json, spectrogram.png and
index.html, the page to listen on.
"""
CHANNELS = {"left": 0, "right": 1}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("tracks", nargs="*", metavar="TRACK", help="a track's name or folder (all)")
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
    against = "compare two files: the original is given as TRACK, its upsampled version as FILE"
    add("--against", type=Path, metavar="FILE", help=against)
    rate = "with --against: the rate that FILE was upsampled from (15000)"
    add("--low-rate", type=cli.whole, default=LOW_RATE, metavar="HZ", help=rate)
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
    """Evaluate tracks, compare two files, or evaluate cut-offs."""
    from super_resolution.report.write import (
        EvaluationOptions,
        print_comparison,
        print_cutoffs,
        write_reports,
    )
    from super_resolution.tracks.track import find_tracks

    if args.against:
        if len(args.tracks) != 1:
            raise errors.UsageError(
                f"--against compares two files: {errors.command('evaluate')} A.wav --against B.wav"
            )
        original = Path(args.tracks[0])
        print_comparison(
            original, args.against, low_rate=args.low_rate, visqol=args.visqol, log=print_text
        )
        return
    if args.cutoff:
        from super_resolution.upsampling.upsampler import Upsampler

        upsampler = Upsampler.from_pretrained(args.model, models=args.models)
        tracks = find_tracks(args.tracks, data=args.data)
        print_cutoffs(tracks, args.cutoff, upsampler, visqol=args.visqol, log=print_text)
        return
    options = EvaluationOptions(args.excerpt, args.seconds, args.visqol, CHANNELS.get(args.channel))
    write_reports(find_tracks(args.tracks, data=args.data), options, log=print_text)
