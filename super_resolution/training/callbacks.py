"""Keras callbacks: best model, checkpoint, time limit, learning rate, progress."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keras
from tqdm import tqdm

from super_resolution.network import keras_network, saved_model
from super_resolution.network.presets import Preset
from super_resolution.network.saved_model import Model
from super_resolution.training import checkpoint, losses
from super_resolution.training.keras_data import KerasData

WARM_UP = 20  # steps to the full learning rate: Adam's first gradient statistics are noisy


class SetEpoch(keras.callbacks.Callback):
    """Tell the training data the number of the epoch, which after a resume is not 0.

    Parameters
    ----------
    data : KerasData
    """

    def __init__(self, data: KerasData) -> None:
        super().__init__()
        self._data = data

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Set the epoch."""
        self._data.epoch = epoch


class KeepBest(keras.callbacks.Callback):
    """Write the model whenever the validation loss is the lowest so far.

    Parameters
    ----------
    folder : Path
    description : Model
        Written with `trained` and `metrics` of the epoch.
    """

    def __init__(self, folder: Path, description: Model) -> None:
        super().__init__()
        self._folder, self._description = folder, description
        self._best = description.metrics.get("val_loss", math.inf)

    @property
    def any_finite(self) -> bool:
        """True if the validation loss was finite at least once."""
        return math.isfinite(self._best)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Write the model if the epoch is the best so far."""
        if logs is None or not logs["val_loss"] < self._best:
            return
        self._best = float(logs["val_loss"])
        metrics = {name: float(value) for name, value in logs.items()} | {"epoch": epoch + 1}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        best = replace(self._description, trained=now, metrics=metrics)
        if keras.backend.backend() == "jax":
            # during `fit` Keras keeps JAX' variables in a separate state
            self.model.jax_state_sync()
        saved_model.save(self._folder, best, keras_network.get_weights(self.model))


class Clock(keras.callbacks.Callback):
    """Stop at the time limit, and measure the progress of the training.

    The time counts from the start of this run; the steps include those of earlier runs.

    Parameters
    ----------
    steps : int
        Of all epochs.
    minutes : float or None
        The time limit.

    Attributes
    ----------
    done : int
        Steps so far.
    """

    def __init__(self, steps: int, minutes: float | None) -> None:
        super().__init__()
        self._steps, self._seconds = steps, math.inf if minutes is None else minutes * 60
        self._started, self._begun, self.done = 0.0, 0, 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start the clock, and count on from the steps of an earlier run."""
        self._started = time.monotonic()
        self._begun = self.done = int(self.model.optimizer.iterations)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Stop at the time limit; Keras still runs the validation and ends the epoch."""
        self.done += 1
        if time.monotonic() - self._started >= self._seconds:
            self.model.stop_training = True

    @property
    def seconds_left(self) -> float:
        """Seconds until the time limit or the last step, whichever is nearer."""
        elapsed = time.monotonic() - self._started
        pace = elapsed / max(1, self.done - self._begun)
        return min(self._seconds - elapsed, pace * (self._steps - self.done))

    @property
    def share(self) -> float:
        """Progress from 0 to 1: of the steps or of the time, whichever is further."""
        elapsed = (time.monotonic() - self._started) / self._seconds
        return min(1.0, max(elapsed, self.done / self._steps))


class CosineRate(keras.callbacks.Callback):
    """Raise the learning rate over `WARM_UP` steps, then lower it as a half cosine to zero.

    A schedule of Keras would need the number of steps, which is not known with a time limit.

    Parameters
    ----------
    clock : Clock
        Gives the progress.
    learning_rate : float
        The highest rate.
    """

    def __init__(self, clock: Clock, learning_rate: float) -> None:
        super().__init__()
        self._clock, self._learning_rate = clock, learning_rate

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set the rate of this step."""
        factor = (1 + math.cos(math.pi * self._clock.share)) / 2
        factor *= min(1, (self._clock.done + 1) / WARM_UP)
        if keras.backend.backend() == "jax":
            # during `fit` Keras keeps JAX' variables in a separate state: without this the
            # next step would overwrite the rate
            self.model.jax_state_sync()
        self.model.optimizer.learning_rate = self._learning_rate * factor


class Progress(keras.callbacks.Callback):
    """Show a progress bar for each epoch on a terminal, and log a line at its end.

    Parameters
    ----------
    data, validation : KerasData
    preset : Preset
    clock : Clock
        Gives the time left.
    log : callable
        Takes each line for the user.
    """

    def __init__(
        self,
        data: KerasData,
        validation: KerasData,
        preset: Preset,
        clock: Clock,
        log: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._steps, self._validation_steps = len(data), len(validation)
        self._epochs, self._metric = preset.training.epochs, losses.unit(preset.network)
        self._clock, self._log = clock, log
        self._bar: tqdm | None = None
        self._started, self._share, self._validation = 0.0, 0.0, ""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Open the bar."""
        self._started = time.monotonic()
        self._open(f"epoch {epoch + 1}/{self._epochs}", self._steps)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Move the bar."""
        if self._bar is None or logs is None:
            return
        left = timedelta(seconds=max(0, round(self._clock.seconds_left)))
        text = f"loss {logs['loss']:.4f}{self._validation}, {left} left"
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update()
        self._share = (batch + 1) / self._steps

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Open the bar of the validation."""
        self._open("validation", self._validation_steps)

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Move the bar of the validation."""
        if self._bar is not None:
            self._bar.update()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Close the bar and log the losses."""
        if self._bar is None or logs is None:
            return
        self._bar.close()
        self._validation = f", validation {logs['val_loss']:.4f}"
        part = f" (stopped after {self._share:.0%})" if self._share < 1 else ""
        self._log(
            f"epoch {epoch + 1}/{self._epochs}{part}: loss {logs['loss']:.4f}, "
            f"validation {logs['val_loss']:.4f} ({self._metric.format(logs['val_error'])}), "
            f"{time.monotonic() - self._started:.0f} s"
        )

    def _open(self, name: str, steps: int) -> None:
        if self._bar is not None:
            self._bar.close()
        form = "{desc}: {percentage:3.0f}%|{bar:20}| {n} of {total} steps{postfix}"
        self._bar = tqdm(total=steps, desc=name, bar_format=form, leave=False, disable=None)


class Checkpoint(keras.callbacks.Callback):
    """Write a checkpoint after each epoch.

    Parameters
    ----------
    folder : Path
        The model's folder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Write it."""
        checkpoint.write(self.model, self._folder, epoch + 1)
