"""The command `train` (rnn-super-resolution.py --train): train a network on the dataset."""

import argparse
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from super_resolution import cli, errors, signals
from super_resolution.console import print_line, printable
from super_resolution.locks import locked
from super_resolution.network import presets
from super_resolution.network.presets import ENCODINGS, TARGETS, Preset
from super_resolution.stderr import suppress_stderr

if TYPE_CHECKING:
    from super_resolution.dataset.reader import Dataset
    from super_resolution.network.saved_model import Model

USAGE = f"""Train a network on the dataset, on a GPU if there is one.

  {errors.command("train")}                                       all epochs of the preset
  {errors.command("train")} --minutes 30                          stop after 30 minutes
  {errors.command("train")} --resume                              continue a stopped training
  {errors.command("train")} --init {presets.SHIPPED} --minutes 10      start from trained weights

Writes models/<name>/.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    cli.add_models_folder(parser)
    add_options(parser)
    add = parser.add_argument
    add("--model", metavar="NAME", help="name of the model (made from preset and track)")
    add("--preset", type=cli.preset_name, help="fail unless the dataset has this preset")
    add("--force", action="store_true", help="replace a model")


def add_options(group: argparse._ActionsContainer) -> list[argparse.Action]:
    """Add the options that only this command has, and give them."""
    add = group.add_argument
    return [
        add("--epochs", type=cli.whole, help="passes over the dataset (the preset's)"),
        add("--minutes", type=cli.positive, help="time limit; the best epoch so far is kept"),
        add("--batch-size", type=cli.whole, help="segments in a step (the preset's)"),
        add("--learning-rate", type=cli.positive, help="initial learning rate (the preset's)"),
        add(
            "--decay",
            type=cli.not_negative,
            help="learning rate / (1 + decay * epochs) (the preset's)",
        ),
        add("--target", choices=TARGETS, help="what the network outputs (residual)"),
        add("--encoding", choices=ENCODINGS, help="encoding of the input samples (the preset's)"),
        add("--init", metavar="NAME", help="start from the weights of this model"),
        add("--seed", type=cli.random_seed, default=0, help="seed of the random numbers (0)"),
        add("--devices", type=cli.whole, metavar="N", help="devices to share batches among"),
        add(
            "--machines",
            nargs=3,
            metavar=("HOST:PORT", "COUNT", "NUMBER"),
            help="and among machines: where number 0 listens, how many, which this one is",
        ),
        add("--resume", action="store_true", help="continue after the last complete epoch"),
    ]


def run(args: argparse.Namespace) -> None:
    """Train a network."""
    from super_resolution.dataset.reader import DATASET_FOLDER, load_dataset
    from super_resolution.network import saved_model

    data = load_dataset(args.data / DATASET_FOLDER)
    if args.preset not in (None, data.preset.name):
        raise errors.UsageError(
            f"the dataset is for preset {data.preset.name}: run {errors.command('dataset')} "
            f"--preset {args.preset} first"
        )
    names = [track["name"] for track in data.tracks]
    songs = names[0] if len(names) == 1 else f"{len(names)}-tracks"
    folder = saved_model.folder(args.models, args.model or f"{data.preset.name}-{songs}")
    machines = _machines(args)
    try:
        # the first machine writes, the others read
        with nullcontext() if machines and machines[2] else locked(folder):
            _train(args, data, folder, machines)
    except KeyboardInterrupt as stop:
        # the libraries' threads would first finish the step, which may take seconds
        sys.stdout.flush()
        signals.exit_now(getattr(stop, "number", signals.INTERRUPT), f"{_kept(folder)}\n")


def _machines(args: argparse.Namespace) -> tuple[str, int, int] | None:
    if args.machines is None:
        return None
    address, *numbers = args.machines
    count, number = (int(text) if text.isdecimal() else -1 for text in numbers)
    if not 0 <= number < count or ":" not in address:
        raise errors.UsageError(
            f"--machines {' '.join(args.machines)}: expected HOST:PORT, how many machines there "
            f"are, and the number of this one, counted from 0"
        )
    if args.minutes:
        raise errors.UsageError("machines have no common clock: --epochs instead of --minutes")
    return address, count, number


def _train(
    args: argparse.Namespace,
    data: "Dataset",
    folder: Path,
    machines: tuple[str, int, int] | None,
) -> None:
    from super_resolution.network import backend, saved_model
    from super_resolution.training import start

    init = saved_model.find(args.models, args.init) if args.init else None
    preset = data.preset
    if args.resume and (folder / saved_model.WEIGHTS).is_file():
        preset = saved_model.load(folder).preset
    preset = changed(preset, args)
    options = start.TrainOptions(
        folder, args.minutes, args.resume, args.force, init, args.seed, log=print_line
    )
    # refused here, before Keras is loaded, which takes seconds
    start.starting_point(data, preset, options)
    if args.devices or machines:
        # before anything is computed
        with suppress_stderr(shown_on_error=True):
            from super_resolution.training import devices

        devices.use(args.devices, machines)
    backend.load()
    from super_resolution.report import figures
    from super_resolution.training.train import LOG, train_network

    with signals.prompt(lambda: _kept(folder)):
        model = train_network(data, preset, options)
    if machines and machines[2]:
        print_line(f"done; the model is written by machine 0, as its {folder}/")
        return
    figures.plot_log(folder / LOG, folder / "loss.png")
    print_line(_describe(folder, model))
    errors.print_next("predict")


def changed(preset: Preset, args: argparse.Namespace) -> Preset:
    """Give the preset with the hyper-parameters of the command line."""
    training = {
        "epochs": args.epochs,
        "batch_size": args.batch_size,
        "learning_rate": args.learning_rate,
        "lr_decay": args.decay,
    }
    if args.init and args.learning_rate is None and preset.training.lr_decay is None:
        # at the full learning rate, the first steps would undo the trained weights
        training["learning_rate"] = preset.training.learning_rate * presets.FINE_TUNING
    network = {"target": args.target, "encoding": args.encoding}
    return replace(
        preset,
        training=replace(preset.training, **_without_none(training)),
        network=replace(preset.network, **_without_none(network)),
    )


def _without_none(values: dict) -> dict:
    return {name: value for name, value in values.items() if value is not None}


def _kept(folder: Path) -> str:
    from super_resolution.network import saved_model
    from super_resolution.training import checkpoint

    finished = checkpoint.epochs(folder)
    if not finished or not (folder / saved_model.WEIGHTS).is_file():
        return printable(f"{folder}/: no epoch was finished yet, so there is nothing to keep")
    best = saved_model.load(folder).metrics["epoch"]
    return printable(
        f"{folder}/ holds the model of epoch {best}, the best of {finished}; "
        f"--resume goes on after epoch {finished}"
    )


def _describe(folder: Path, model: "Model") -> str:
    from super_resolution.training import losses

    best, network = model.metrics, model.preset.network
    return (
        f"{folder}/: preset {model.preset.name}, target {network.target}, "
        f"best epoch {best['epoch']}: validation loss {best['val_loss']:.4f} "
        f"({losses.unit(network).format(best['val_error'])})"
    )
