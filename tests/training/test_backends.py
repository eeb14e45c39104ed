"""Every backend of Keras trains, resumes, and predicts the same samples from the same weights."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import on_backend
import pytest
from helpers import ROOT, SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, save_random

from super_resolution import Upsampler
from super_resolution.dataset.reader import load_dataset
from super_resolution.dataset.writer import write_dataset
from super_resolution.network import saved_model
from super_resolution.tracks.track import find_tracks
from super_resolution.training.callbacks import WARM_UP
from super_resolution.training.train import LOG

pytestmark = pytest.mark.slow
BACKENDS = ["tensorflow", "jax", "torch"]
PRESETS = {
    # few steps: some backends compile each anew
    "faithful": changed(SMALL_FAITHFUL, training={"window": 10, "batch_size": 400}),
    "hifi": SMALL_HIFI,
}
TOLERANCE = 1e-4  # of full scale


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory) -> Path:
    """Give a folder with a dataset, a model `a`, and samples of each preset."""
    folder = tmp_path_factory.mktemp("presets")
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (7000, 1)).astype(np.float32)
    for name, preset in PRESETS.items():
        write_dataset(folder / name / "_dataset", find_tracks(data=data), preset)
        save_random(folder / name / "a", make_model(preset))
        np.save(folder / name / "low.npy", noise)
    return folder


@pytest.fixture(scope="module", params=BACKENDS)
def done(request, folder, tmp_path_factory) -> Path:
    """Give the folder that a backend has filled."""
    backend, out = request.param, tmp_path_factory.mktemp(request.param)
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    if backend == keras.backend.backend():
        on_backend.run(folder, out)
    else:
        subprocess.run(
            [sys.executable, on_backend.__file__, folder, out],
            env=os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)},
            check=True,
        )
    assert results(out)["backend"] == backend
    return out


def results(done: Path) -> dict:
    return json.loads((done / "results.json").read_text())


@pytest.mark.parametrize("preset", PRESETS)
def test_it_trains_and_goes_on(done, preset):
    with (done / preset / "trained" / LOG).open() as file:
        losses = [float(row["val_loss"]) for row in csv.DictReader(file)]
    assert len(losses) == 3 and np.isfinite(losses).all()
    assert (done / preset / "trained" / saved_model.WEIGHTS).is_file()


@pytest.mark.parametrize("preset", PRESETS)
def test_the_same_weights_give_the_same_samples(done, folder, preset):
    low = np.load(folder / preset / "low.npy")
    upsampler = Upsampler.from_pretrained("a", models=folder / preset, engine="onnx")
    expected, _ = upsampler(low, 15000)
    high = np.load(done / preset / "high.npy")
    assert np.abs(expected).max() > 0.1
    assert np.abs(high - expected).max() < TOLERANCE


def test_the_learning_rate_of_hifi_rises_and_falls(done, folder):
    config = SMALL_HIFI.training
    segments = load_dataset(folder / "hifi" / "_dataset").segments("train", config.segment)
    steps = len(segments) // config.batch_size
    # at the end of the epochs 1 and 2 of two, and of epoch 3 of three
    ended, whole = steps * np.array([1, 2, 3]), steps * np.array([2, 2, 3])
    cosine = (1 + np.cos(np.pi * (ended - 1) / whole)) / 2
    expected = config.learning_rate * np.minimum(1, ended / WARM_UP) * cosine
    assert steps > 1
    assert results(done)["rates"]["hifi"] == pytest.approx(expected, rel=0.01)


def test_the_loss_is_the_same(done):
    assert results(done)["loss"] == pytest.approx(on_backend.envelope_loss(), rel=1e-4)


def test_each_epoch_gets_its_own_batches_in_order(done):
    expected = [100 * epoch + index for epoch in range(3) for index in range(on_backend.BATCHES)]
    assert results(done)["batches"] == expected
