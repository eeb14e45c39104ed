"""The command `dataset`, and 20-make-dataset.py."""

import argparse

from super_resolution import cli, errors
from super_resolution.network import presets

USAGE = f"""Turn scanned tracks into a dataset: the bits of each sample, in windows, and targets.

  {errors.command("dataset")}                     all tracks in data/
  {errors.command("dataset")} demo other          those two
  {errors.command("dataset")} --preset hifi       for the network with audible treble

Writes data/_dataset/, which --train reads with its preset.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    names = ", ".join(presets.PRESETS)
    parser.add_argument("tracks", nargs="*", metavar="TRACK", help="names in data/ (all)")
    parser.add_argument(
        "--preset", type=cli.preset_name, default=presets.DEFAULT, help=f"{names} (faithful)"
    )


def run(args: argparse.Namespace) -> None:
    """Make the dataset."""
    from super_resolution.dataset.reader import DATASET_FOLDER
    from super_resolution.dataset.writer import describe_dataset, long_enough, write_dataset
    from super_resolution.tracks.track import find_tracks

    preset = presets.PRESETS[args.preset]
    found = find_tracks(args.tracks, data=args.data)
    # skip tracks that are too short; fail only if none is long enough
    chosen = long_enough(found, preset) or found
    short = [track.name for track in found if track not in chosen]
    if short:
        print(f"left out, too short for this preset: {', '.join(short)}")
    folder = args.data / DATASET_FOLDER
    dataset = write_dataset(folder, chosen, preset)
    print(f"{folder}/: {', '.join(track.name for track in chosen)}")
    print(describe_dataset(dataset))
    print(f"next: {errors.command('train')}")
