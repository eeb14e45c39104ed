"""Train the network on a song, and upsample with it.

python3 rnn-super-resolution.py --summary
python3 rnn-super-resolution.py --train --minutes 30
python3 rnn-super-resolution.py --predict                 the scanned tracks
python3 rnn-super-resolution.py --predict song.15k.wav    writes song.15k.44100.wav
python3 rnn-super-resolution.py --train --init hifi-15k-44k --minutes 10
ffmpeg -i a.opus -f wav - | python3 rnn-super-resolution.py --resample --predict - > a.wav
"""

import argparse
import sys
from pathlib import Path

from super_resolution import cli, errors
from super_resolution.commands import predict, summary, train
from super_resolution.network import presets


def get_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = cli.make_parser(__doc__)
    cli.add_models_folder(parser)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--summary", action="store_true", help="print the network")
    mode.add_argument("--train", action="store_true", help="train on the dataset")
    mode.add_argument(
        "--predict",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="upsample these (all tracks); - is stdin",
    )
    names = (
        f"which model (--predict: the newest for tracks, {presets.SHIPPED} for other files; "
        f"--train: named after preset and track)"
    )
    parser.add_argument("--model", metavar="NAME", help=names)
    parser.add_argument("--force", action="store_true", help="replace a model or an output")
    group = parser.add_argument_group("with --summary")
    group.add_argument("--preset", type=cli.preset_name, help="faithful or hifi (faithful)")
    options = {
        "train": train.add_options(parser.add_argument_group("with --train")),
        "predict": predict.add_options(parser.add_argument_group("with --predict")),
    }
    parser.set_defaults(options=options)
    return parser


def refuse_options_of_another_mode(
    parser: argparse.ArgumentParser, args: argparse.Namespace
) -> None:
    """Exit with 2 where an option of a mode that was not asked for would do nothing."""
    for mode, options in args.options.items():
        given = [option for option in options if getattr(args, option.dest) != option.default]
        # a mode that is not asked for is False or None; --predict without files is a list
        if given and getattr(args, mode) in (None, False):
            parser.error(f"{given[0].option_strings[-1]} goes with --{mode}")


def main(argv: list[str] | None = None) -> int:
    """Run the command that the mode names; returns the exit code."""
    parser = get_parser()
    args = parser.parse_args(argv)
    refuse_options_of_another_mode(parser, args)
    args.files = args.predict
    command = summary if args.summary else train if args.train else predict
    return errors.run(lambda: command.run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
