"""Fetch a song and make its 15 kHz / 16-bit version.

    python3 10-scan.py                    the author's song, from YouTube
    python3 10-scan.py https://...        any page that yt-dlp knows
    python3 10-scan.py song.flac a.m4a    files, each its own track
    python3 10-scan.py demo               the built-in song, no network needed

Writes data/<track>/original.wav, low.wav and track.json.
"""

import argparse
import sys

from super_resolution import cli, errors
from super_resolution.tracks import sources
from super_resolution.tracks.track import DOWNSAMPLERS, LOW_RATE, describe_track


def get_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("sources", nargs="*", metavar="SOURCE", help="a URL, an audio file, or demo")
    add("--low-rate", type=cli.whole, default=LOW_RATE, metavar="HZ", help="(15000)")
    how = "soxr limits the band first; decimate takes single samples, aliases and all (soxr)"
    add("--downsample", choices=DOWNSAMPLERS, default="soxr", help=how)
    add("--start", type=cli.not_negative, default=0.0, metavar="SECONDS", help="begin here (0)")
    add("--seconds", type=cli.positive, metavar="SECONDS", help="take only so many")
    add("--name", help="the track's name (made of its title)")
    add("--playlist", action="store_true", help="take all songs of a playlist")
    add("--force", action="store_true", help="replace a track; take files below 44.1 kHz")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Scan each source; returns the exit code."""
    args = get_parser().parse_args(argv)

    def body() -> None:
        from super_resolution.tracks.scan import ScanOptions, scan_source
        from super_resolution.tracks.writer import downsampled_rate

        rate = downsampled_rate(args.low_rate, args.downsample)
        if rate != args.low_rate:
            print(f"decimation gives {rate} Hz")
        given = args.sources or [sources.AUTHORS_SONG]
        if args.name and len(given) > 1:
            raise errors.UsageError("--name names one track: give one source")
        wishes = ScanOptions(rate, args.downsample, args.start, args.seconds, args.name, args.force)
        for source in given:
            options = {"data": args.data, "playlist": args.playlist, "say": print}
            for track in scan_source(source, wishes, **options):
                print(describe_track(track))
        print("next: python3 20-make-dataset.py (with --preset hifi for what can be heard)")

    return errors.run(body, debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
