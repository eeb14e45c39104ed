"""Upsample music from 15 kHz / 16 bit to 44.1 kHz and restore its treble.

super-resolution song.wav           write song.44100.wav (short for: predict song.wav)

to train a network on your own songs, in this order:
super-resolution scan SOURCE        fetch a song and make its 15 kHz / 16-bit version
super-resolution dataset            make the training data
super-resolution train              train a network
super-resolution predict            upsample the songs
super-resolution evaluate           compare the results with the original songs

super-resolution compare A B ...    compare audio files with the first: table, picture, page
super-resolution summary            print the layers of a network
super-resolution export MODEL FILE  write a model as an ONNX file
super-resolution COMMAND --help     list the options of a command
super-resolution --version          print the version
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from super_resolution import __version__, errors
from super_resolution.console import printable
from super_resolution.tracks.track import DATA

COMMANDS = (
    *("scan", "dataset", "train", "predict", "evaluate"),
    *("compare", "summary", "export"),
)
MODELS = Path("models")
MAX_THREADS = 1024
MAX_GAIN_DB = 24.0
MIN_OUTPUT_GAIN_DB = -120.0  # float samples may be far over full scale
SMALLEST, LARGEST = 1e-9, 1e9  # bounds of the other numbers on the command line
LOWEST_HERTZ, HIGHEST_HERTZ = 1000, 200_000  # of a frequency: less was meant in kHz


def main(argv: list[str] | None = None) -> int:
    """Run `super-resolution`; arguments that begin with no command belong to `predict`.

    Parameters
    ----------
    argv : list of str, optional
        The arguments; those of the process unless given.

    Returns
    -------
    int
        The exit code.
    """
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0
    if arguments[0] == "--version":
        print(f"super-resolution {__version__}")
        return 0
    if arguments[0] in COMMANDS:
        return run_command(arguments[0], arguments[1:], prog=f"super-resolution {arguments[0]}")
    return run_command("predict", arguments, prog="super-resolution")


def run_command(name: str, argv: list[str] | None = None, *, prog: str | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    name : str
        One of `COMMANDS`.
    argv : list of str, optional
        Its arguments; those of the process unless given.
    prog : str, optional
        The program's name in the help; that of the script unless given.

    Returns
    -------
    int
        The exit code.
    """
    command = import_module(f"super_resolution.commands.{name}")
    parser = make_parser(command.USAGE, prog=prog)
    command.add_arguments(parser)
    args = parser.parse_args(argv)
    return errors.run(lambda: command.run(args), debug=args.debug)


class Parser(argparse.ArgumentParser):
    """A parser whose messages hold no control characters."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with 2."""
        super().error(printable(message))


def make_parser(usage: str, *, prog: str | None = None) -> argparse.ArgumentParser:
    """Make a parser with the options that all commands share.

    Parameters
    ----------
    usage : str
        One sentence that says what the command does, then examples.
    prog : str, optional
        As for `run_command`.
    """
    parser = Parser(
        prog=prog,
        description=usage,
        epilog="In parentheses: the defaults.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", type=file_name, default=DATA, metavar="FOLDER", help="folder of the tracks (data)"
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def add_models_folder(parser: argparse.ArgumentParser) -> None:
    """Add `--models`."""
    parser.add_argument(
        "--models",
        type=file_name,
        default=MODELS,
        metavar="FOLDER",
        help="folder of the models (models)",
    )


def file_name(text: str) -> Path:
    """Parse the name of a file or folder."""
    if not text:
        raise argparse.ArgumentTypeError("the name of a file or folder is empty")
    return Path(text)


def preset_name(text: str) -> str:
    """Parse the name of a preset; `seed` stands for `faithful`."""
    from super_resolution.network.presets import PRESETS

    name = "faithful" if text == "seed" else text
    if name not in PRESETS:
        raise argparse.ArgumentTypeError(f"{text!r}: expected one of {', '.join(PRESETS)}")
    return name


def whole(text: str) -> int:
    """Parse a whole number above 0."""
    return int(_within(text, int, 1, LARGEST))


def threads(text: str) -> int:
    """Parse a number of threads."""
    return int(_within(text, int, 1, MAX_THREADS))


def random_seed(text: str) -> int:
    """Parse the seed of a random generator."""
    return int(_within(text, int, 0, 2**32 - 1))


def decibels(text: str) -> float:
    """Parse a gain in dB."""
    return _within(text, float, -MAX_GAIN_DB, MAX_GAIN_DB)


def output_gain(text: str) -> float:
    """Parse a gain of the whole output in dB."""
    return _within(text, float, MIN_OUTPUT_GAIN_DB, MAX_GAIN_DB)


def positive(text: str) -> float:
    """Parse a number above 0."""
    return _within(text, float, SMALLEST, LARGEST)


def hertz(text: str) -> float:
    """Parse a frequency in Hz, not in kHz."""
    return _within(text, float, LOWEST_HERTZ, HIGHEST_HERTZ, "frequency in Hz (12 kHz is 12000)")


def not_negative(text: str) -> float:
    """Parse a number, 0 or above."""
    return _within(text, float, 0, LARGEST)


def _within(text: str, kind: type, lowest: float, highest: float, what: str = "number") -> float:
    whole = "whole " if kind is int else ""
    expected = f"expected a {whole}{what} from {lowest:g} to {highest:g}"
    try:
        number = kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: {expected}") from None
    # also refuses NaN, which compares false with everything
    if not lowest <= number <= highest:
        raise argparse.ArgumentTypeError(f"{text}: {expected}")
    return number
