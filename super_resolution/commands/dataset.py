"""The command `dataset` (20-make-dataset.py): make the training data of scanned tracks."""

import argparse

from super_resolution import cli, errors
from super_resolution.console import print_line
from super_resolution.network import presets

USAGE = f"""Make the training data of scanned tracks: windows of bits, and the samples at 44.1 kHz.

  {errors.command("dataset")}                     all tracks in data/
  {errors.command("dataset")} demo other          these two
  {errors.command("dataset")} --preset hifi       for the network with audible treble
  {errors.command("dataset")} --holdout other     validate with a track that training never sees

Writes data/_dataset/, from which the network of that preset is trained.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    names = ", ".join(presets.PRESETS)
    parser.add_argument("tracks", nargs="*", metavar="TRACK", help="tracks in data/ (all)")
    parser.add_argument(
        "--preset", type=cli.preset_name, default=presets.DEFAULT, help=f"{names} (faithful)"
    )
    parser.add_argument(
        "--holdout",
        nargs="+",
        default=[],
        metavar="TRACK",
        help="tracks to validate with as a whole (the end of each track's first 80 %%)",
    )


def run(args: argparse.Namespace) -> None:
    """Make the dataset."""
    from super_resolution.dataset.reader import DATASET_FOLDER
    from super_resolution.dataset.writer import describe_dataset, long_enough, write_dataset
    from super_resolution.tracks.track import find_tracks

    preset = presets.PRESETS[args.preset]
    tracks = find_tracks(args.tracks, data=args.data)
    unknown = set(args.holdout) - {track.name for track in tracks}
    if unknown or (tracks and len(set(args.holdout)) == len(tracks)):
        raise errors.UsageError(
            f"--holdout {' '.join(args.holdout)}: expected some of the dataset's tracks, not all"
        )
    # skip tracks that are too short; fail only if none is long enough
    usable = long_enough(tracks, preset) or tracks
    skipped = [track.name for track in tracks if track not in usable]
    if skipped:
        print_line(f"skipped, too short for preset {preset.name}: {', '.join(skipped)}")
    folder = args.data / DATASET_FOLDER
    dataset = write_dataset(folder, usable, preset, args.holdout)
    print_line(f"{folder}/: {', '.join(track.name for track in usable)}")
    print_line(describe_dataset(dataset))
    errors.print_next("train")
