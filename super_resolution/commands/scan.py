"""The command `scan` (10-scan.py): fetch songs and make their 15 kHz / 16-bit versions."""

import argparse

from super_resolution import cli, errors
from super_resolution.console import print_line
from super_resolution.tracks import sources
from super_resolution.tracks.track import DOWNSAMPLERS, LOW_RATE, describe_track

USAGE = f"""Fetch a song and make its 15 kHz / 16-bit version.

  {errors.command("scan")}                     the author's song, from YouTube
  {errors.command("scan")} https://...         any page that yt-dlp supports
  {errors.command("scan")} song.flac a.m4a     audio files, each becomes a track
  {errors.command("scan")} demo                the built-in song, no network needed

Writes data/<track>/original.wav, low.wav and track.json.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("sources", nargs="*", metavar="SOURCE", help="a URL, an audio file, - for stdin, or demo")
    low = "rate of the low version (15000)"
    add("--low-rate", type=cli.whole, default=LOW_RATE, metavar="HZ", help=low)
    how = "resample with soxr, or decimate without an anti-aliasing filter (soxr)"
    add("--downsample", choices=DOWNSAMPLERS, default="soxr", help=how)
    add("--start", type=cli.not_negative, default=0.0, metavar="SECONDS", help="where to begin (0)")
    add("--seconds", type=cli.positive, metavar="SECONDS", help="how much to take (all)")
    add("--name", help="name of the track (made from its title)")
    add("--playlist", action="store_true", help="take all songs of a playlist")
    add("--force", action="store_true", help="replace a track; accept files below 44.1 kHz")


def run(args: argparse.Namespace) -> None:
    """Scan each source."""
    from super_resolution.tracks.scan import ScanOptions, scan_source
    from super_resolution.tracks.writer import downsampled_rate

    rate = downsampled_rate(args.low_rate, args.downsample)
    if rate != args.low_rate:
        print_line(f"decimation gives {rate} Hz")
    songs = args.sources or [sources.AUTHORS_SONG]
    if args.name and len(songs) > 1:
        raise errors.UsageError("--name names one track: give one source")
    if songs.count("-") > 1:
        raise errors.UsageError("- is given twice, and there is one stdin")
    options = ScanOptions(rate, args.downsample, args.start, args.seconds, args.name, args.force)
    failures = errors.Failures(len(songs))
    for source in songs:
        with failures.kept(source):
            for track in scan_source(
                source, options, data=args.data, playlist=args.playlist, log=print_line
            ):
                print_line(describe_track(track))
    failures.check()
    errors.print_next("dataset", " (--preset hifi for audible treble)")
