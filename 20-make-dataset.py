"""Turn scanned tracks into a dataset: 16 bits a sample, windows, targets.

    python3 20-make-py                  all tracks in data/
    python3 20-make-py demo other       those two
    python3 20-make-py --preset hifi    for the network that a listener can hear

Writes data/_dataset/; --train reads it, and obeys its preset.
"""

import argparse
import sys

from super_resolution import cli, errors
from super_resolution.network import presets


def get_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("tracks", nargs="*", metavar="TRACK", help="names in data/ (all)")
    add("--preset", choices=presets.PRESETS, default=presets.DEFAULT, help="(seed)")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Make the dataset; returns the exit code."""
    args = get_parser().parse_args(argv)

    def body() -> None:
        from super_resolution.dataset.reader import DATASET_FOLDER
        from super_resolution.dataset.writer import describe_dataset, long_enough, write_dataset
        from super_resolution.tracks.track import find_tracks

        preset = presets.PRESETS[args.preset]
        found = find_tracks(args.tracks, data=args.data)
        # a set of songs is not worth less for a short one; a short one alone is told so
        chosen = long_enough(found, preset) or found
        short = [track.name for track in found if track not in chosen]
        if short:
            print(f"left out, too short for this preset: {', '.join(short)}")
        folder = args.data / DATASET_FOLDER
        made = write_dataset(folder, chosen, preset)
        print(f"{folder}/: {', '.join(track.name for track in chosen)}")
        print(describe_dataset(made))
        print("next: python3 rnn-super-resolution.py --train")

    return errors.run(body, debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
