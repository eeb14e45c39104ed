"""The learning rate on a backend other than TensorFlow, through the whole training."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest
from helpers import ROOT, SMALL_HIFI, changed

from super_resolution.dataset.writer import write_dataset
from super_resolution.tracks.track import find_tracks
from super_resolution.training.callbacks import WARM_UP
from super_resolution.training.train import LOG

RATES_ON_JAX = """
import sys
from pathlib import Path
from super_resolution.dataset.reader import load_dataset
from super_resolution.training import callbacks
from super_resolution.training.train import TrainOptions, train_network

class PrintRate(callbacks.Progress):
    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        print(float(self.model.optimizer.learning_rate))

callbacks.Progress = PrintRate
dataset = load_dataset(Path(sys.argv[1]))
options = TrainOptions(Path(sys.argv[2]), log=lambda line: None)
train_network(dataset, dataset.preset, options)
"""


@pytest.mark.slow
def test_on_jax_too_the_learning_rate_rises_and_falls(data, tmp_path):
    preset = changed(SMALL_HIFI, training={"epochs": 3, "batch_size": 16})
    dataset = write_dataset(tmp_path / "dataset", find_tracks(data=data), preset)
    done = subprocess.run(
        [sys.executable, "-c", RATES_ON_JAX, tmp_path / "dataset", tmp_path / "model"],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    log = csv.DictReader((tmp_path / "model" / LOG).read_text().splitlines())
    config = preset.training
    steps = len(dataset.segments("train", config.segment)) // config.batch_size
    done_steps = np.array([1, 2, 3]) * steps  # at the end of each epoch
    warm_up = np.minimum(1, done_steps / WARM_UP)
    cosine = (1 + np.cos(np.pi * (done_steps - 1) / done_steps[-1])) / 2
    expected = config.learning_rate * warm_up * cosine
    assert steps > 1
    assert list(map(float, done.stdout.split())) == pytest.approx(expected, rel=0.01)
    assert all(np.isfinite(float(row["val_loss"])) for row in log)
