"""What every backend of Keras must do alike, as a program: a process has one backend.

    KERAS_BACKEND=jax python3 on_backend.py FOLDER OUT

FOLDER has a folder for each preset, with a dataset, the model `a`, and samples; OUT gets a folder
for each preset, with a trained model and what `a` makes of the samples, and results.json.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import keras
import numpy as np

from super_resolution import Upsampler
from super_resolution.dataset.reader import load_dataset
from super_resolution.network.filterbank import BANDS
from super_resolution.training import callbacks, losses
from super_resolution.training.keras_data import KerasData
from super_resolution.training.start import TrainOptions
from super_resolution.training.train import train_network

EPOCHS = (2, 3)  # of the first training, and of the one that goes on
BATCHES = 12


def run(folder: Path, out: Path) -> None:
    """Train, go on, and upsample with each preset; write what was found."""
    results = {
        "backend": keras.backend.backend(),
        "batches": batches(),
        "loss": envelope_loss(),
        "rates": {},
    }
    for preset in folder.iterdir():
        (out / preset.name).mkdir()
        results["rates"][preset.name] = train(preset, out / preset.name / "trained")
        upsampler = Upsampler.from_pretrained("a", models=preset, engine="keras", threads=1)
        np.save(out / preset.name / "high.npy", upsampler(np.load(preset / "low.npy"), 15000)[0])
    (out / "results.json").write_text(json.dumps(results))


def train(folder: Path, model: Path) -> list[float]:
    """Train, and go on; gives the learning rate at the end of each epoch."""
    rates = []

    class RecordRate(callbacks.Progress):
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            rates.append(float(self.model.optimizer.learning_rate))

    data = load_dataset(folder / "_dataset")
    with mock.patch.object(callbacks, "Progress", RecordRate):
        for epochs in EPOCHS:
            preset = replace(data.preset, training=replace(data.preset.training, epochs=epochs))
            resume = epochs != EPOCHS[0]
            train_network(data, preset, TrainOptions(model, resume=resume, log=lambda line: None))
    return rates


def envelope_loss() -> float:
    """Give the loss of random tensors."""
    rng = np.random.default_rng(0)
    y_true, y_pred = (
        keras.ops.convert_to_tensor(rng.uniform(0, 1, (2, 6, parts * BANDS)).astype(np.float32))
        for parts in (3, 2)
    )
    return float(keras.ops.convert_to_numpy(losses.envelope_loss(y_true, y_pred)))


class Numbered:
    """Batches that hold their numbers: 100 * epoch + index."""

    def __len__(self) -> int:
        return BATCHES

    def get(self, epoch: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        number = np.full((1, 1), 100 * epoch + index, np.float32)
        return number, number


def batches() -> list[int]:
    """Give the numbers of the batches of three epochs, in the order of Keras."""
    seen = []

    class Record(keras.callbacks.Callback):
        before = 0.0

        def on_train_batch_end(self, batch, logs=None):
            # the loss is the mean of the output, and Keras gives its mean over the epoch so far
            loss = logs["loss"] * (batch + 1)
            seen.append(round(loss - (self.before if batch else 0)))
            self.before = loss

    network = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
    network.compile("sgd", loss=lambda y_true, y_pred: keras.ops.mean(y_pred))
    data = KerasData(Numbered())
    order = [callbacks.SetEpoch(data), Record()]
    network.fit(data, epochs=3, shuffle=False, verbose=0, callbacks=order)
    return seen


if __name__ == "__main__":
    run(*map(Path, sys.argv[1:3]))
