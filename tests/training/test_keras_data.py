"""Keras' data feeding: each epoch's own batches, in order, on two backends."""

import os
import subprocess
import sys

import pytest
from helpers import ROOT

BATCH_NUMBERS = """
import keras
import numpy as np
from super_resolution.training.callbacks import SetEpoch
from super_resolution.training.keras_data import KerasData

class Numbered:
    def __len__(self):
        return 12

    def get(self, epoch, index):
        # the loss is the mean of the output, so it shows the number of the batch
        number = np.full((1, 1), 100 * epoch + index, np.float32)
        return number, number

class PrintBatch(keras.callbacks.Callback):
    before = 0.0

    def on_train_batch_end(self, batch, logs=None):
        loss = logs["loss"] * (batch + 1)  # Keras gives the mean over the epoch so far
        print(round(loss - (self.before if batch else 0)), end=" ")
        self.before = loss

network = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
network.compile("sgd", loss=lambda y_true, y_pred: keras.ops.mean(y_pred))
data = KerasData(Numbered())
network.fit(data, epochs=3, shuffle=False, verbose=0, callbacks=[SetEpoch(data), PrintBatch()])
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_each_epoch_gets_its_own_batches_in_order(backend):
    done = subprocess.run(
        [sys.executable, "-c", BATCH_NUMBERS],
        env=os.environ | {"KERAS_BACKEND": backend},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = [100 * epoch + index for epoch in range(3) for index in range(12)]
    assert list(map(int, done.stdout.split())) == expected, done.stderr
