"""Every backend of Keras trains, resumes, and predicts the same samples from the same weights."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, save_random

from super_resolution import Upsampler
from super_resolution.dataset.writer import write_dataset
from super_resolution.network import saved_model
from super_resolution.tracks.track import find_tracks
from super_resolution.training.train import LOG

BACKENDS = ["tensorflow", "jax", "torch"]
PRESETS = {
    # few steps: some backends compile each anew
    "faithful": changed(SMALL_FAITHFUL, training={"window": 10, "batch_size": 400}),
    "hifi": changed(SMALL_HIFI, training={"epochs": 2}),
}
TOLERANCE = 1e-4  # of full scale
# two epochs in two runs, then the shared weights on the shared samples
RUN = """
import sys
from dataclasses import replace
from pathlib import Path
import numpy as np
from super_resolution.network import backend
backend.load()
from super_resolution import Upsampler
from super_resolution.dataset.reader import load_dataset
from super_resolution.training.train import TrainOptions, train_network
folder, out = map(Path, sys.argv[1:3])
data = load_dataset(folder / "_dataset")
for epochs in (1, 2):
    preset = replace(data.preset, training=replace(data.preset.training, epochs=epochs))
    options = TrainOptions(out / "trained", resume=epochs > 1, log=lambda line: None)
    train_network(data, preset, options)
upsampler = Upsampler.from_pretrained("a", models=folder, engine="keras", threads=1)
np.save(out / "high.npy", upsampler(np.load(folder / "low.npy"), 15000)[0])
"""


@pytest.fixture(scope="module", params=PRESETS)
def folder(request, data, tmp_path_factory) -> Path:
    """Give a folder with a dataset, a model `a`, and samples, all of one preset."""
    folder, preset = tmp_path_factory.mktemp(request.param), PRESETS[request.param]
    write_dataset(folder / "_dataset", find_tracks(data=data), preset)
    save_random(folder / "a", make_model(preset))
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (7000, 1)).astype(np.float32)
    np.save(folder / "low.npy", noise)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_it_trains_resumes_and_predicts_the_same(backend, folder, tmp_path):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    subprocess.run(
        [sys.executable, "-c", RUN, folder, tmp_path],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": backend},
        check=True,
    )
    with (tmp_path / "trained" / LOG).open() as file:
        losses = [float(row["val_loss"]) for row in csv.DictReader(file)]
    assert len(losses) == 2 and np.isfinite(losses).all()
    assert (tmp_path / "trained" / saved_model.WEIGHTS).is_file()
    low = np.load(folder / "low.npy")
    expected, _ = Upsampler.from_pretrained("a", models=folder, engine="onnx")(low, 15000)
    high = np.load(tmp_path / "high.npy")
    assert np.abs(expected).max() > 0.1
    assert np.abs(high - expected).max() < TOLERANCE
