"""Training: compile, fit, keep the best epoch, resume.

After each epoch the validation loss is measured, and if it is the lowest so far, the model is
written. A checkpoint is written after each epoch too, from which `--resume` continues.
"""

import shutil

import keras

from super_resolution.dataset.batches import measure_scale
from super_resolution.dataset.reader import Dataset
from super_resolution.errors import UserError
from super_resolution.network import backend, keras_network, saved_model
from super_resolution.network.presets import Preset
from super_resolution.network.saved_model import Model
from super_resolution.training import callbacks, checkpoint, devices, losses
from super_resolution.training.keras_data import KerasData, keras_data
from super_resolution.training.start import TrainOptions, starting_point

LOG = "log.csv"


def train_network(dataset: Dataset, preset: Preset, options: TrainOptions) -> Model:
    """Train a network, and write the model of the best epoch.

    Parameters
    ----------
    dataset : Dataset
    preset : Preset
        The dataset's preset, or one with the same architecture, window and segment.
    options : TrainOptions

    Returns
    -------
    Model
        The model of the best epoch, as written.

    Raises
    ------
    UsageError, UserError
        Those of `starting_point`; or the dataset is too small, or the loss diverged.
    """
    start, finished = starting_point(dataset, preset, options)
    backend.set_seed(options.seed)
    model = _description(dataset, preset, start, resume=finished > 0)
    train, validation = keras_data(dataset, preset, scale=model.scale, seed=options.seed)
    devices.check_batch(train)
    network = compile_for_training(model, steps=len(train), one_song=dataset.one_song)
    if start:
        folder = options.init or options.folder
        keras_network.set_weights(network, saved_model.load_weights(folder, start))
    options.log(f"training {options.folder} with {backend.device()}")
    steps = f"{len(train)} step{'s' * (len(train) > 1)}"
    options.log(f"{steps} of {train.batches.seconds:.2g} s of music in an epoch")
    # variables are made by all machines in one order, as each one is compared among them
    network.optimizer.build(network.trainable_variables)
    if options.resume:
        checkpoint.restore(network, options.folder)
    if devices.leads():
        _begin(network, options, finished)
    best = callbacks.KeepBest(options.folder, model)
    with devices.loss_is_told():
        network.fit(
            train,
            validation_data=validation,
            initial_epoch=finished,
            epochs=preset.training.epochs,
            callbacks=_callbacks(best, train, validation, preset, options),
            shuffle=False,  # the batches are, in an order that a resumed run repeats
            verbose=0,
        )
    if not devices.leads():
        return model
    if not best.any_finite:
        shutil.rmtree(options.folder / checkpoint.FOLDER)
        raise UserError(
            "training diverged: the validation loss was never finite; try a lower --learning-rate"
        )
    return saved_model.load(options.folder)


def _description(dataset: Dataset, preset: Preset, start: Model | None, *, resume: bool) -> Model:
    return Model(
        preset,
        sample_rate=dataset.sample_rate,
        low_rate=dataset.low_rate,
        downsample=dataset.downsample,
        scale=start.scale if start else measure_scale(dataset, preset.network),
        tracks=dataset.tracks,
        metrics=start.metrics if start and resume else {},
    )


def compile_for_training(model: Model, *, steps: int, one_song: bool = False) -> keras.Model:
    """Build what is trained of a network, and compile it.

    Parameters
    ----------
    model : Model
        Its preset and scale are used.
    steps : int
        Optimizer steps in an epoch.
    one_song : bool
        As for `keras_network.for_training`.
    """
    preset = model.preset
    window, segment = preset.training.window, preset.training.segment
    steps_at_once = segment if preset.network.restores_treble else model.grid.whole_steps(window)
    network = keras_network.for_training(preset, steps_at_once, one_song=one_song)
    network.compile(
        optimizer=_optimizer(preset, steps),
        loss=losses.make(preset.network),
        metrics=[losses.make_metric(preset.network, model.scale)],
        # XLA does not speed up an LSTM on TensorFlow; JAX is slow without it
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    return network


def _begin(network: keras.Model, options: TrainOptions, finished: int) -> None:
    folder = options.folder
    if options.resume:
        checkpoint.shorten_log(folder / LOG, finished)
        return
    # deletes the old checkpoint and log, so it must come after all checks
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / checkpoint.FOLDER, ignore_errors=True)
    (folder / LOG).unlink(missing_ok=True)
    # before there is a model, so that whatever a kill leaves can be resumed
    checkpoint.write(network, folder, 0)


def _optimizer(preset: Preset, steps: int) -> keras.optimizers.Optimizer:
    # the decay counts epochs: counted in steps, as Keras 2 did, it would stop training in minutes
    config = preset.training
    rate = config.learning_rate
    if config.lr_decay:
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, steps, config.lr_decay)
    kinds = {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam}
    return kinds[config.optimizer](rate, global_clipnorm=config.clip_norm)


def _callbacks(
    best: callbacks.KeepBest,
    train: KerasData,
    validation: KerasData,
    preset: Preset,
    options: TrainOptions,
) -> list[keras.callbacks.Callback]:
    steps, config, folder = len(train), preset.training, options.folder
    clock = callbacks.Clock(steps * config.epochs, options.minutes)
    active = [callbacks.SetEpoch(train), clock]
    if devices.leads():
        # the checkpoint comes last: all else is written before it says that the epoch is done
        active += [
            callbacks.Progress(train, validation, preset, clock, options.log),
            best,
            keras.callbacks.CSVLogger(str(folder / LOG), append=options.resume),
            callbacks.Checkpoint(folder),
        ]
    if config.lr_decay is None:
        active.append(callbacks.CosineRate(clock, config.learning_rate))
    return active
