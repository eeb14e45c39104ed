"""What happens between updates and epochs of training."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import keras
from tqdm import tqdm

from super_resolution.network import onnx_network, saved_model
from super_resolution.network.saved_model import Model

TIMED_UPDATES = 8  # after the first, which compiles
WARM_UP = 20  # updates until the rate is full: Adam knows no step sizes yet


class EpochOf(keras.callbacks.Callback):
    """Tell a feed which epoch it is in, also after a resume.

    Parameters
    ----------
    feed : object
        Its attribute `epoch` is set.
    """

    def __init__(self, feed: object) -> None:
        super().__init__()
        self._feed = feed

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Set it."""
        self._feed.epoch = epoch


class KeepBest(keras.callbacks.Callback):
    """Write the model whenever the validation loss is the lowest so far.

    Parameters
    ----------
    core : keras.Model
        The network whose weights are written, without the optimizer's.
    folder : Path
    description : Model
        `trained` and `metrics` are filled in.
    """

    def __init__(self, core: keras.Model, folder: Path, description: Model) -> None:
        super().__init__()
        self._core, self._folder, self._description = core, folder, description
        self._best = description.metrics.get("val_loss", math.inf)

    @property
    def found(self) -> bool:
        """Tell whether there is a best one: the loss was a number at least once."""
        return math.isfinite(self._best)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Compare, and write."""
        if not logs["val_loss"] < self._best:
            return
        self._best = float(logs["val_loss"])
        reached = {name: float(value) for name, value in logs.items()} | {"epoch": epoch + 1}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        best = replace(self._description, trained=now, metrics=reached)
        saved_model.save(self._folder, best, self._core.save_weights, self._write_onnx)

    def _write_onnx(self, path: Path) -> None:
        onnx_network.write_onnx(self._core, self._description.preset, self._description.grid, path)


class Clock(keras.callbacks.Callback):
    """Stop when the minutes are over, and tell how much of the training is done.

    Minutes are those of this run, updates those of all runs before it too.

    Parameters
    ----------
    updates : int
        Of the whole training.
    minutes : float or None
    """

    def __init__(self, updates: int, minutes: float | None) -> None:
        super().__init__()
        self._updates, self._seconds = updates, math.inf if minutes is None else minutes * 60
        self._started, self._done = 0.0, None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start the clock."""
        self._started = time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Count on from the updates of an earlier run, once they are restored."""
        if self._done is None:
            self._done = int(self.model.optimizer.iterations)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Stop in time; Keras still validates and ends the epoch in order."""
        self._done += 1
        if time.monotonic() - self._started >= self._seconds:
            self.model.stop_training = True

    @property
    def done(self) -> int:
        """Updates so far."""
        return self._done

    @property
    def share(self) -> float:
        """Share of the training that is done, by updates or by time, from 0 to 1."""
        passed = (time.monotonic() - self._started) / self._seconds
        return min(1.0, max(passed, self._done / self._updates))


class CosineRate(keras.callbacks.Callback):
    """Let the learning rate rise in a few updates, then fall as a half cosine to zero.

    A schedule of Keras would need the number of updates, which a training that
    ends in time does not know.
    """

    def __init__(self, clock: Clock, learning_rate: float) -> None:
        super().__init__()
        self._clock, self._learning_rate = clock, learning_rate

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set the rate of this update."""
        share = (1 + math.cos(math.pi * self._clock.share)) / 2
        share *= min(1, (self._clock.done + 1) / WARM_UP)
        if keras.backend.backend() == "jax":
            # between updates JAX holds the rate elsewhere, and would not see it change
            self.model.jax_state_sync()
        self.model.optimizer.learning_rate = self._learning_rate * share


class Progress(keras.callbacks.Callback):
    """A bar for each epoch on a terminal, and a line for each finished one.

    Parameters
    ----------
    updates, epochs : int
        Updates in an epoch, and epochs.
    say : callable
    """

    def __init__(self, updates: int, epochs: int, say: Callable[[str], None]) -> None:
        super().__init__()
        self._updates, self._epochs, self._say = updates, epochs, say
        self._bar, self._started, self._share = None, 0.0, 0.0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Open the bar."""
        self._started = time.monotonic()
        name = f"epoch {epoch + 1}/{self._epochs}"
        self._bar = tqdm(total=self._updates, desc=name, unit="update", leave=False, disable=None)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Move the bar."""
        self._bar.set_postfix(loss=f"{logs['loss']:.4f}", refresh=False)
        self._bar.update()
        self._share = (batch + 1) / self._updates

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Close the bar and print what was reached."""
        self._bar.close()
        part = f" ({self._share:.0%} of it)" if self._share < 1 else ""
        self._say(
            f"epoch {epoch + 1}/{self._epochs}{part}: loss {logs['loss']:.4f}, "
            f"validation {logs['val_loss']:.4f} (MAE {logs['val_mae_lsb']:.1f} LSB), "
            f"{time.monotonic() - self._started:.0f} s"
        )


class Forecast(keras.callbacks.Callback):
    """Say how long the training will take, once a few updates have been timed.

    Parameters
    ----------
    samples : int
        High samples in an update.
    updates, epochs : int
        Updates in an epoch, and epochs in all.
    minutes : float or None
        When the training will be stopped.
    say : callable
    """

    def __init__(
        self,
        samples: int,
        updates: int,
        epochs: int,
        minutes: float | None,
        say: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._samples, self._updates, self._epochs = samples, updates, epochs
        self._minutes, self._say = minutes, say
        self._count, self._since, self._first = 0, 0.0, None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Note the first epoch: after a resume it is a later one."""
        self._first = epoch if self._first is None else self._first

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Time the second to ninth update."""
        self._count += 1
        if self._count == 1:
            self._since = time.monotonic()
        if self._count == 1 + TIMED_UPDATES:
            self._say(self._text((time.monotonic() - self._since) / TIMED_UPDATES))

    def _text(self, seconds: float) -> str:
        epoch = seconds * self._updates
        text = (
            f"warning: no GPU found; at {self._samples / seconds:,.0f} samples/s here an epoch "
            f"takes {duration(epoch)}"
        )
        left = self._epochs - (self._first or 0)
        if self._minutes is None:
            return (
                f"{text} and the {left} to go take {duration(epoch * left)}: "
                f"--minutes M ends it earlier and keeps the best, --resume goes on"
            )
        seen = min(left, self._minutes * 60 / epoch)
        return f"{text}; --minutes {self._minutes:g} will see {seen:.1f} epochs of {left}"


def duration(seconds: float) -> str:
    """Give a time as a person says it.

    Examples
    --------
    >>> duration(42), duration(600), duration(7200)
    ('42 s', '10 min', '2.0 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
