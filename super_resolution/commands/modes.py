"""The modes of rnn-super-resolution.py: the commands summary, train and predict."""

import argparse

from super_resolution import cli, errors
from super_resolution.commands import predict, summary, train
from super_resolution.network import presets


def run(usage: str, argv: list[str] | None = None) -> int:
    """Run the command that the mode names.

    Parameters
    ----------
    usage : str
        As for `make_parser`.
    argv : list of str, optional
        The arguments; those of the process unless given.

    Returns
    -------
    int
        The exit code.
    """
    parser = get_parser(usage)
    args = parser.parse_args(argv)
    refuse_options_of_another_mode(parser, args)
    if args.predict is not None:
        args.files = args.predict + args.after_dashes
    if args.train and args.model:
        if len(args.model) > 1:
            parser.error("--train takes one --model")
        (args.model,) = args.model
    command = summary if args.summary else train if args.train else predict
    return errors.run(lambda: command.run(args), debug=args.debug)


def get_parser(usage: str) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = cli.make_parser(usage)
    cli.add_models_folder(parser)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--summary", action="store_true", help="print the network")
    mode.add_argument("--train", action="store_true", help="train on the dataset")
    mode.add_argument(
        "--predict",
        nargs="*",
        type=cli.file_name,
        metavar="FILE",
        help="upsample these files, folders or tracks (all tracks); - is stdin",
    )
    # argparse gives what follows -- to no option: names that begin with a dash
    parser.add_argument("after_dashes", nargs="*", type=cli.file_name, help=argparse.SUPPRESS)
    names = (
        f"which model (--predict: the newest for tracks, {presets.SHIPPED} for other files; for "
        f"tracks it may be repeated, or be all; --train: named after preset and track)"
    )
    parser.add_argument("--model", action="append", metavar="NAME", help=names)
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
    if args.after_dashes and args.predict is None:
        parser.error(f"unrecognized arguments: {' '.join(map(str, args.after_dashes))}")
