"""From what a training starts: from random weights, another model, or where it stopped.

What is wrong with that is told before Keras is loaded, which takes seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from super_resolution.dataset.reader import Dataset
from super_resolution.errors import UsageError, UserError
from super_resolution.network import saved_model
from super_resolution.network.presets import Preset
from super_resolution.network.saved_model import Model
from super_resolution.training import checkpoint


@dataclass(frozen=True)
class TrainOptions:
    """Where a training starts, where it ends, and where its model is written.

    Parameters
    ----------
    folder : Path
        The model's folder.
    minutes : float or None
        Time limit, which ends the current epoch early.
    resume : bool
        Continue after the last complete epoch.
    force : bool
        Replace an existing model or unfinished training.
    init : Path or None
        The folder of a model whose weights to start from.
    seed : int
        Of the initial weights, the order of the batches and the augmentation.
    log : callable
        Takes each line for the user.
    """

    folder: Path
    minutes: float | None = None
    resume: bool = False
    force: bool = False
    init: Path | None = None
    seed: int = 0
    log: Callable[[str], None] = print


def starting_point(
    dataset: Dataset, preset: Preset, options: TrainOptions
) -> tuple[Model | None, int]:
    """Give the model whose weights a training starts from, and how many epochs are finished.

    Parameters
    ----------
    dataset : Dataset
    preset : Preset
    options : TrainOptions

    Returns
    -------
    Model or None
        None is random weights.
    int

    Raises
    ------
    UsageError
        If a model exists and neither `resume` nor `force` is given, or the model to start
        from has another network.
    UserError
        If there is nothing to resume, or the checkpoint is damaged.
    """
    finished = checkpoint.epochs(options.folder) if options.resume else 0
    start = _starting_model(options, finished, preset.training.epochs)
    _check_same_network(start, preset, dataset)
    if start and options.resume:
        _check_same_tracks(start, dataset, options.folder)
    return start, finished


def _starting_model(options: TrainOptions, finished: int, epochs: int) -> Model | None:
    # the model to resume or to start from; refuses to overwrite a model
    folder = options.folder
    exists = (folder / saved_model.WEIGHTS).is_file()
    resumable = exists and checkpoint.path(folder).is_file()
    if options.resume and (options.force or options.init):
        raise UsageError("--resume continues a training: it excludes --force and --init")
    if options.resume:
        if not resumable:
            remedy = (
                f"--init {folder.name} --model NAME starts from its weights, --force from scratch"
                if exists
                else "train without --resume"
            )
            raise UserError(f"nothing to resume in {folder}/ (no checkpoint): {remedy}")
        if finished >= epochs:
            raise UsageError(f"all {epochs} epochs are done: --epochs N with a larger N continues")
        return saved_model.load(folder)
    # a checkpoint alone is that of a run that was killed before it had a model: nothing is lost
    if exists and not options.force:
        resume = "--resume continues its training, " if resumable else ""
        raise UsageError(
            f"{folder}/ holds a model: {resume}--force trains it from scratch, --model NAME "
            f"keeps it and trains another"
        )
    return saved_model.load(options.init) if options.init else None


def _check_same_tracks(start: Model, dataset: Dataset, folder: Path) -> None:
    if (start.tracks, start.downsample) != (dataset.tracks, dataset.downsample):
        raise UsageError(
            f"{folder}/ was trained on other tracks than this dataset's: make the dataset of "
            f"those again, or train another model with --model NAME --init {folder.name}"
        )


def _check_same_network(start: Model | None, preset: Preset, dataset: Dataset) -> None:
    if start is None:
        return
    rates = (dataset.sample_rate, dataset.low_rate)
    same_rates = (start.sample_rate, start.low_rate) == rates
    if start.preset.network != preset.network or not same_rates:
        raise UsageError(
            f"the model to start from and the dataset differ in network or rates: make the "
            f"dataset again with --preset {start.preset.name}, or train without --init"
        )
