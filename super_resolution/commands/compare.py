"""The command `compare`: compare audio files with an original, without a track."""

import argparse
from pathlib import Path

from super_resolution import cli
from super_resolution.console import print_text
from super_resolution.tracks.track import LOW_RATE

USAGE = """Compare versions of a song with the original in numbers, pictures and sound.

  super-resolution compare original.wav a.wav
  super-resolution compare original.flac a.wav b.wav -o listening

All files have one rate, length and number of channels. Writes metrics.md, metrics.json,
spectrogram.png and index.html, the page to listen on.
"""
FOLDER = Path("comparison")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add(
        "original", type=cli.file_name, metavar="ORIGINAL", help="what the others are compared with"
    )
    add("files", nargs="+", type=cli.file_name, metavar="FILE", help="a version of it")
    where = "where to write (comparison)"
    add("-o", "--output", type=cli.file_name, default=FOLDER, metavar="FOLDER", help=where)
    rate = "rate that the versions were made from (15000)"
    add("--low-rate", type=cli.whole, default=LOW_RATE, metavar="HZ", help=rate)
    add("--visqol", action="store_true", help="add ViSQOL, which takes minutes")
    add("--explain", action="store_true", help="say what the columns of the table mean")


def run(args: argparse.Namespace) -> None:
    """Compare the files."""
    from super_resolution.report.compare import write_comparison

    write_comparison(
        [args.original, *args.files],
        args.output,
        low_rate=args.low_rate,
        visqol=args.visqol,
        explain=args.explain,
        log=print_text,
    )
