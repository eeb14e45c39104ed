"""The command `summary` (rnn-super-resolution.py --summary): print a network's layers."""

import argparse

from super_resolution import cli, errors
from super_resolution.console import print_text
from super_resolution.network import presets

USAGE = f"""Print the network of a preset, layer by layer.

  {errors.command("summary")} --preset hifi
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    names = ", ".join(presets.PRESETS)
    parser.add_argument("--preset", type=cli.preset_name, help=f"{names} (faithful)")


def run(args: argparse.Namespace) -> None:
    """Print the network."""
    from super_resolution.network import backend
    from super_resolution.tracks.track import RATIO

    backend.load()
    from super_resolution.network import keras_network

    preset = presets.PRESETS[args.preset or presets.DEFAULT]
    print_text(keras_network.summary(keras_network.of_preset(preset, RATIO)))
