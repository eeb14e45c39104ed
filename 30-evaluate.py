"""Say in numbers, pictures and sound what the upsampling was worth.

    python3 30-evaluate.py                            all scanned tracks
    python3 30-evaluate.py demo --visqol              one, and ViSQOL (slow)
    python3 30-evaluate.py demo --excerpt 12 --excerpt 95.5
    python3 30-evaluate.py a.wav --against b.wav      any two files of one length

Compares the network's upsampled.wav with what needs no network, on the last 20 %
of each track, and writes data/<track>/report/: metrics.md, metrics.json,
spectrogram.png and index.html, a page to listen on.
"""

import argparse
import sys
from pathlib import Path

from super_resolution import cli, errors
from super_resolution.tracks.track import LOW_RATE, find_tracks

CHANNELS = {"left": 0, "right": 1}


def get_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = cli.parser(__doc__)
    cli.add_models_folder(parser)
    add = parser.add_argument
    add("tracks", nargs="*", metavar="TRACK", help="a track's name or folder (all)")
    add("--visqol", action="store_true", help="add ViSQOL, which takes minutes")
    add("--channel", choices=CHANNELS, help="measure one channel (the mean of all)")
    where = {"type": cli.not_negative, "action": "append", "default": [], "metavar": "START"}
    add("--excerpt", **where, help="listen from this second on; may be repeated (the brightest)")
    add("--seconds", type=cli.positive, default=6.0, help="length of an excerpt (6)")
    add("--against", type=Path, metavar="FILE", help="measure FILE against the one file given")
    rate = "with --against: what FILE was made from, which bounds the bands (15000)"
    add("--low-rate", type=cli.whole, default=LOW_RATE, metavar="HZ", help=rate)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Evaluate tracks, or measure one file against another; returns the exit code."""
    args = get_parser().parse_args(argv)

    def body() -> None:
        from super_resolution.report.write import EvaluationOptions, print_comparison, write_reports

        if args.against and len(args.tracks) != 1:
            raise errors.UsageError("--against takes one file more: 30-evaluate.py A --against B")
        if args.against:
            files = Path(args.tracks[0]), args.against
            print_comparison(*files, low_rate=args.low_rate, visqol=args.visqol, say=print)
        else:
            found = find_tracks(args.tracks, data=args.data)
            wishes = EvaluationOptions(
                args.excerpt, args.seconds, args.visqol, args.models, CHANNELS.get(args.channel)
            )
            write_reports(found, wishes, say=print)

    return errors.run(body, debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
