"""Training: compile, fit, keep the best, go on after a kill.

After each epoch the validation split is judged. If it is the best so far the
model is written; whether or not, the state that `--resume` needs is (weights,
optimizer, epoch), by Keras' own `BackupAndRestore`.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import keras

from super_resolution.dataset.batches import Batches, measure_scale
from super_resolution.dataset.reader import Dataset
from super_resolution.errors import UsageError, UserError
from super_resolution.files import read_json
from super_resolution.network import backend, keras_network, saved_model
from super_resolution.network.presets import NETWORK_FIELDS, Preset
from super_resolution.network.saved_model import Model
from super_resolution.training import callbacks, losses
from super_resolution.training.keras_data import KerasData, keras_data

LOG = "log.csv"
CHECKPOINT = "checkpoint"
METADATA = "training_metadata.json"  # Keras' name in a checkpoint


@dataclass(frozen=True)
class TrainOptions:
    """What a run of training is asked for.

    Parameters
    ----------
    folder : Path
        The model's folder.
    minutes : float or None
        Stop when they are over, whatever the epoch.
    resume : bool
        Go on from the last finished epoch.
    force : bool
        Start again where a model or an unfinished run is.
    init : Path or None
        The folder of a model to start from.
    seed : int
        For the first weights and the order of the batches.
    say : callable
        Takes each line for the user.
    """

    folder: Path
    minutes: float | None = None
    resume: bool = False
    force: bool = False
    init: Path | None = None
    seed: int = 0
    say: Callable[[str], None] = print


def train_network(dataset: Dataset, preset: Preset, plan: TrainOptions) -> Model:
    """Train a network and write it, each time it is the best so far.

    Parameters
    ----------
    dataset : Dataset
    preset : Preset
        The dataset's own, or one that differs only in how it is trained.
    plan : TrainOptions

    Returns
    -------
    Model
        The best one, as written.

    Raises
    ------
    UsageError
        If a model is there and neither `resume` nor `force` is asked for, or the
        model to go on from has another network.
    UserError
        If there is nothing to resume, or the dataset is too small.
    """
    if find_spec("onnx") is None:
        raise UserError(
            "onnx is not installed, and models are written with it: pip install -r requirements.txt"
        )
    before = _go_on_from(plan, preset.epochs)
    _check_same_network(before, preset, dataset)
    if plan.resume:
        _check_same_tracks(before, dataset, plan.folder)
    backend.set_seed(plan.seed)
    scale = before.scale if before else measure_scale(dataset, preset.target)
    rates = {"sample_rate": dataset.sample_rate, "low_rate": dataset.low_rate}
    description = Model(
        preset, **rates, downsample=dataset.downsample, scale=scale, tracks=dataset.tracks
    )
    core = keras_network.build(preset, dataset.grid, dataset.bits.shape[1])
    if before:
        saved_model.load_weights(core, plan.folder if plan.resume else plan.init)
        if plan.resume:
            description = replace(description, metrics=before.metrics)
    learn, check = keras_data(dataset, preset, scale, plan.seed)
    wrapped = compile_for_training(core, preset, updates=len(learn), scale=scale, **rates)
    _announce(plan, core, learn.batches)
    if not plan.resume:
        _clear(plan.folder)
    best = callbacks.KeepBest(core, plan.folder, description)
    wrapped.fit(
        learn,
        validation_data=check,
        epochs=preset.epochs,
        callbacks=_callbacks(best, learn, preset, plan),
        shuffle=False,  # the batches are, in an order that a resumed run finds again
        verbose=0,
    )
    if not best.found:
        shutil.rmtree(plan.folder / CHECKPOINT)
        raise UserError(
            "training diverged: the validation loss was never a number; try a lower --learning-rate"
        )
    return saved_model.load(plan.folder)


def compile_for_training(
    core: keras.Model,
    preset: Preset,
    *,
    updates: int,
    scale: float,
    sample_rate: int,
    low_rate: int,
) -> keras.Model:
    """Wrap a network for segments, with its optimizer, loss and metric.

    Parameters
    ----------
    core : keras.Model
    preset : Preset
    updates : int
        In a pass over the data.
    scale : float
        LSB for each unit of the network's output.
    sample_rate, low_rate : int
        In Hz.
    """
    rates = {"sample_rate": sample_rate, "low_rate": low_rate}
    wrapped = keras_network.build_for_training(core, preset, **rates)
    wrapped.compile(
        optimizer=_optimizer(preset, updates),
        loss=losses.make(preset, scale=scale, **rates),
        metrics=[losses.MaeLsb(scale)],
        # XLA does not pay for an LSTM on TensorFlow; JAX is nothing without it
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    return wrapped


def _go_on_from(plan: TrainOptions, epochs: int) -> Model | None:
    # refuses to overwrite, and gives the model to go on from, if any
    exists = (plan.folder / saved_model.DESCRIPTION).is_file()
    unfinished = (plan.folder / CHECKPOINT).is_dir()
    if plan.resume and (plan.force or plan.init):
        raise UsageError("--resume goes on with what is there: --force and --init do not fit it")
    if plan.resume:
        if not (exists and unfinished):
            raise UserError(f"nothing to resume in {plan.folder}/: train without --resume")
        # a kill while Keras wrote it is told before the long start
        state = read_json(plan.folder / CHECKPOINT / METADATA, remedy="start again with --force")
        if state.get("epoch", 0) >= epochs:
            raise UsageError(f"all {epochs} epochs are done: --epochs N with a larger N goes on")
        return saved_model.load(plan.folder)
    if (exists or unfinished) and not plan.force:
        raise UsageError(
            f"{plan.folder}/ holds a model: --resume goes on training it, --force starts again, "
            f"--model NAME keeps both"
        )
    return saved_model.load(plan.init) if plan.init else None


def _clear(folder: Path) -> None:
    # only once nothing can be refused any more: the old run is lost with this
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)
    (folder / LOG).unlink(missing_ok=True)


def _check_same_tracks(before: Model, dataset: Dataset, folder: Path) -> None:
    learnt = (list(before.tracks), before.downsample)
    if learnt != (list(dataset.tracks), dataset.downsample):
        raise UsageError(
            f"{folder}/ learnt from other tracks than the dataset's: make that dataset again, "
            f"or train another model from it with --model NAME --init {folder.name}"
        )


def _check_same_network(before: Model | None, preset: Preset, dataset: Dataset) -> None:
    if before is None:
        return
    differing = [
        name for name in NETWORK_FIELDS if getattr(before.preset, name) != getattr(preset, name)
    ]
    if (before.sample_rate, before.low_rate) != (dataset.sample_rate, dataset.low_rate):
        differing.append("rates")
    if differing:
        raise UsageError(
            f"the model to go on from and the dataset differ in {', '.join(differing)}: make the "
            f"dataset again with --preset {before.preset.name}, or train from nothing"
        )


def _optimizer(preset: Preset, updates: int) -> keras.optimizers.Optimizer:
    # the old `decay` was lr / (1 + decay * updates), which freezes training within
    # minutes; here it counts passes over the data
    rate = preset.learning_rate
    if preset.decay and not preset.cosine:
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, updates, preset.decay)
    kinds = {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam}
    return kinds[preset.optimizer](rate, global_clipnorm=preset.clip_norm)


def _callbacks(
    best: callbacks.KeepBest, learn: KerasData, preset: Preset, plan: TrainOptions
) -> list[keras.callbacks.Callback]:
    updates = len(learn)
    clock = callbacks.Clock(updates * preset.epochs, plan.minutes)
    # the order matters: the best model is on disk before the epoch counts as finished
    found = [
        callbacks.EpochOf(learn),
        clock,
        callbacks.Progress(updates, preset.epochs, plan.say),
        best,
        keras.callbacks.BackupAndRestore(
            str(plan.folder / CHECKPOINT), double_checkpoint=True, delete_checkpoint=False
        ),
        keras.callbacks.CSVLogger(str(plan.folder / LOG), append=plan.resume),
    ]
    if preset.cosine:
        found.append(callbacks.CosineRate(clock, preset.learning_rate))
    if not backend.has_gpu():
        samples = learn.batches.samples
        found.append(callbacks.Forecast(samples, updates, preset.epochs, plan.minutes, plan.say))
    return found


def _announce(plan: TrainOptions, core: keras.Model, batches: Batches) -> None:
    plan.say(f"training {plan.folder} with {backend.device()}")
    plan.say(f"{len(batches)} updates of {batches.samples:,} samples in an epoch")


def model_name(dataset: Dataset) -> str:
    """Name a model after its preset and what it learns from."""
    names = [track["name"] for track in dataset.tracks]
    return f"{dataset.preset.name}-{names[0] if len(names) == 1 else f'{len(names)}-tracks'}"
