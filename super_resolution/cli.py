"""What the scripts' command lines have in common."""

import argparse
from pathlib import Path

from super_resolution.network.encodings import ENCODINGS
from super_resolution.network.presets import TARGETS
from super_resolution.network.saved_model import MODELS
from super_resolution.tracks.track import DATA

MOST_THREADS = 1024
MOST_DECIBELS = 24.0
HYPER_PARAMETERS = ("epochs", "batch", "learning_rate", "decay", "target", "encoding")
SMALLEST, LARGEST = 1e-9, 1e9  # of any number above 0 on the command line


def parser(usage: str) -> argparse.ArgumentParser:
    """Make a parser whose help is a script's docstring.

    Parameters
    ----------
    usage : str
        The docstring: what the script does, then examples.

    Returns
    -------
    argparse.ArgumentParser
        With `--data` and `--debug`.
    """
    made = argparse.ArgumentParser(
        description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help="where tracks live (data)"
    )
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return made


def add_models_folder(made: argparse.ArgumentParser) -> None:
    """Add `--models`."""
    made.add_argument(
        "--models", type=Path, default=MODELS, metavar="FOLDER", help="where models live (models)"
    )


def add_training(group: argparse._ArgumentGroup) -> list[argparse.Action]:
    """Add the options of `--train`, and give them."""
    add = group.add_argument
    return [
        add("--epochs", type=whole, help="passes over the data (the preset's)"),
        add("--minutes", type=positive, help="stop in time and keep the best"),
        add("--batch-size", type=whole, dest="batch", help="segments in an update (the preset's)"),
        add("--learning-rate", type=positive, help="(the preset's)"),
        add("--decay", type=not_negative, help="rate / (1 + decay * passes) (the preset's)"),
        add("--target", choices=TARGETS, help="what the network gives (residual)"),
        add("--encoding", choices=ENCODINGS, help="how it sees a sample (the preset's)"),
        add("--init", metavar="NAME", help="a model to start from"),
        add("--seed", type=seed, default=0, help="of the random numbers (0)"),
        add("--resume", action="store_true", help="go on from the last finished epoch"),
    ]


def add_prediction(group: argparse._ArgumentGroup) -> list[argparse.Action]:
    """Add the options of `--predict`, and give them."""
    from super_resolution.engines.base import ENGINES, PRECISIONS

    add = group.add_argument
    where = "where the upsampled file goes; - is stdout (stdin's goes there)"
    louder = "add the treble so much louder, below 0 quieter (0)"
    what = "stdin holds 16-bit samples without a header"
    rounded = "of the products; bf16 is faster and rougher, where the CPU has it (f32)"
    return [
        add("-o", "--output", type=Path, metavar="WAV", help=where),
        add("--treble", type=decibels, default=0.0, metavar="DB", help=louder),
        add("--resample", action="store_true", help="take other rates; treble there is replaced"),
        add("--raw", nargs=2, type=whole, metavar=("RATE", "CHANNELS"), help=what),
        add("--engine", choices=ENGINES, default="auto", help="what runs the network (auto)"),
        add("--precision", choices=PRECISIONS, default="f32", help=rounded),
        add("--threads", type=threads, help="of the engine (one for each core)"),
    ]


def refuse_options_of_another_mode(
    parser: argparse.ArgumentParser, args: argparse.Namespace
) -> None:
    """Exit with 2 where an option would do nothing, being one of a mode not asked for.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    args : argparse.Namespace
        Its `options` are those of each mode, by the mode's name.
    """
    for mode, options in args.options.items():
        given = [option for option in options if getattr(args, option.dest) != option.default]
        # what is not asked for is False or None; --predict without files is an empty list
        if given and getattr(args, mode) in (None, False):
            parser.error(f"{given[0].option_strings[-1]} goes with --{mode}")


def chosen_hyper_parameters(args: argparse.Namespace) -> dict:
    """Give those fields of a preset that the user chose."""
    given = {name: getattr(args, name) for name in HYPER_PARAMETERS}
    chosen = {name: value for name, value in given.items() if value is not None}
    # the network gives the low band too, which the high-pass would take away again; the
    # balance of the channels is its own, and so is how loud it is
    whole_band = {"high_pass": False, "mid_side": False, "caution": 0.0}
    return chosen | (whole_band if args.target == "waveform" else {})


def whole(text: str) -> int:
    """Parse a whole number above 0."""
    return _within(text, int, 1, LARGEST)


def threads(text: str) -> int:
    """Parse a number of threads."""
    return _within(text, int, 1, MOST_THREADS)


def seed(text: str) -> int:
    """Parse the seed of a random generator."""
    return _within(text, int, 0, 2**32 - 1)


def decibels(text: str) -> float:
    """Parse a change of loudness."""
    return _within(text, float, -MOST_DECIBELS, MOST_DECIBELS)


def positive(text: str) -> float:
    """Parse a number above 0."""
    return _within(text, float, SMALLEST, LARGEST)


def not_negative(text: str) -> float:
    """Parse a number, 0 or above."""
    return _within(text, float, 0, LARGEST)


def _within(text: str, kind: type, lowest: float, highest: float) -> float:
    expected = f"expected {'a whole' if kind is int else 'a'} number from {lowest:g} to {highest:g}"
    try:
        number = kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: {expected}") from None
    # NaN is within nothing
    if not lowest <= number <= highest:
        raise argparse.ArgumentTypeError(f"{text}: {expected}")
    return number
