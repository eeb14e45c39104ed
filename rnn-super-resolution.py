"""Teach the network a song, and let it upsample one.

python3 rnn-super-resolution.py --summary
python3 rnn-super-resolution.py --train --minutes 30
python3 rnn-super-resolution.py --predict                 the scanned tracks
python3 rnn-super-resolution.py --predict song.15k.wav    writes song.15k.44100.wav
python3 rnn-super-resolution.py --train --init hifi-15k-44k --minutes 10
ffmpeg -i a.opus -f wav - | python3 rnn-super-resolution.py --resample --predict - > a.wav
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from super_resolution import cli, errors
from super_resolution.network import backend, presets, saved_model


def get_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = cli.parser(__doc__)
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
        f"which model (--predict: the newest for tracks, {saved_model.SHIPPED} for other files; "
        f"--train: named after preset and track)"
    )
    parser.add_argument("--model", metavar="NAME", help=names)
    parser.add_argument("--force", action="store_true", help="replace a model or an output")
    add = parser.add_argument_group("with --summary").add_argument
    add("--preset", choices=presets.PRESETS, help="whose network (seed)")
    options = {
        "train": cli.add_training(parser.add_argument_group("with --train")),
        "predict": cli.add_prediction(parser.add_argument_group("with --predict")),
    }
    parser.set_defaults(options=options)
    return parser


def summary(args: argparse.Namespace) -> None:
    """Print the network of a preset."""
    backend.load()
    from super_resolution.network import keras_network
    from super_resolution.tracks.track import RATIO

    print(
        keras_network.summary(
            keras_network.of_preset(presets.PRESETS[args.preset or presets.DEFAULT], RATIO)
        )
    )


def train(args: argparse.Namespace) -> None:
    """Train a network on the dataset."""
    from super_resolution.dataset.reader import DATASET_FOLDER, load_dataset
    from super_resolution.training.train import model_name

    data = load_dataset(args.data / DATASET_FOLDER)
    if args.preset not in (None, data.preset.name):
        raise errors.UsageError(
            f"the dataset is for preset {data.preset.name}: run 20-make-py --preset "
            f"{args.preset} first"
        )
    folder = saved_model.folder(args.models, args.model or model_name(data))
    init = saved_model.find(args.models, args.init) if args.init else None
    fresh = data.preset.for_songs(len(data.tracks), data.downsample)
    preset = saved_model.load(folder).preset if args.resume else fresh
    if init and preset.cosine:
        # what is learnt already would be shaken off by the first, largest steps
        preset = replace(preset, learning_rate=preset.learning_rate * presets.FINE_TUNING)
    preset = replace(preset, **cli.chosen_hyper_parameters(args))
    backend.load()
    from super_resolution.report import figures
    from super_resolution.training.train import LOG, TrainOptions, train_network

    plan = TrainOptions(folder, args.minutes, args.resume, args.force, init, args.seed)
    model = train_network(data, preset, plan)
    figures.plot_log(plan.folder / LOG, plan.folder / "loss.png")
    print(saved_model.describe(plan.folder, model))
    print("next: python3 rnn-super-resolution.py --predict")


def predict(args: argparse.Namespace) -> None:
    """Upsample files with a trained network."""
    from super_resolution.engines.base import EngineOptions
    from super_resolution.upsampling.jobs import check_job, find_jobs, is_track, run_jobs

    own = all(is_track(path, args.data) for path in args.predict)
    folder = (
        saved_model.find(args.models, args.model)
        if args.model
        else saved_model.default(args.models, own=own)
    )
    model = saved_model.load(folder)
    jobs = find_jobs(
        args.predict, data=args.data, output=args.output, rate=model.sample_rate, raw=args.raw
    )
    notes = [check_job(j, model, resample=args.resample, force=args.force) for j in jobs]
    # where the result goes to stdout nothing else may
    to = sys.stderr if any(job.to_stdout for job in jobs) else sys.stdout
    for note in filter(None, notes):
        print(note, file=to)
    how = {
        "wishes": EngineOptions(args.engine, args.precision, args.threads),
        "treble": args.treble,
    }
    run_jobs(jobs, folder, model, say=lambda line: print(line, file=to), **how)
    if any(job.of_track for job in jobs):
        print("next: python3 30-evaluate.py", file=to)


def main(argv: list[str] | None = None) -> int:
    """Do what the mode says; returns the exit code."""
    parser = get_parser()
    args = parser.parse_args(argv)
    cli.refuse_options_of_another_mode(parser, args)
    mode = summary if args.summary else train if args.train else predict
    return errors.run(lambda: mode(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
