"""Training: it learns, keeps the best, stops in time, and goes on after a stop."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from helpers import ROOT, SMALL_HIFI, SMALL_SEED

from super_resolution.dataset.writer import write_dataset
from super_resolution.engines.choose import load_engine
from super_resolution.errors import UsageError, UserError
from super_resolution.network import saved_model
from super_resolution.tracks.track import find_tracks
from super_resolution.training import callbacks
from super_resolution.training.train import CHECKPOINT, LOG, TrainOptions, train_network

FAST_SEED = replace(SMALL_SEED, epochs=2, batch=400, learning_rate=1e-2)
FAST_HIFI = replace(SMALL_HIFI, epochs=2)


def train(dataset, preset, folder, **plan):
    said = []
    model = train_network(dataset, preset, TrainOptions(folder, log=said.append, **plan))
    return model, said


def logged(folder) -> list[dict]:
    with (folder / LOG).open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("preset", [FAST_SEED, FAST_HIFI], ids=["seed", "hifi"])
def test_it_trains_and_writes_what_the_contract_names(small_datasets, tmp_path, preset):
    folder = tmp_path / "a"
    model, said = train(small_datasets[preset.name], preset, folder)
    assert model.preset == preset
    assert model.metrics["epoch"] in (1, 2)
    assert np.isfinite(model.metrics["val_loss"])
    assert model.tracks[0]["name"] == "song"
    assert [row["epoch"] for row in logged(folder)] == ["0", "1"]
    assert "on the CPU; the LSTM runs as the plain kernel" in said[0]
    assert {path.name for path in folder.iterdir()} == {
        saved_model.WEIGHTS,
        saved_model.ONNX,
        saved_model.DESCRIPTION,
        LOG,
        CHECKPOINT,
    }


def test_a_trained_waveform_beats_silence(small_datasets, tmp_path):
    preset = replace(FAST_SEED, target="waveform", epochs=4, batch=40)
    dataset = small_datasets["seed"]
    model, _ = train(dataset, preset, tmp_path / "a")
    kept = [dataset.target[slice(*run.bounds("validation"))] for run in dataset.runs]
    silence = np.mean([np.abs(part.astype(float)).mean() for part in kept])
    assert model.metrics["val_mae_lsb"] < 0.7 * silence


def test_a_training_that_diverges_says_so(small_datasets, tmp_path):
    preset = replace(FAST_SEED, epochs=1, learning_rate=1e30)
    with pytest.raises(UserError, match="diverged.*lower --learning-rate"):
        train(small_datasets["seed"], preset, tmp_path / "a")


def test_a_resumed_run_equals_one_that_was_never_stopped(small_datasets, tmp_path):
    dataset = small_datasets["seed"]
    whole, _ = train(dataset, replace(FAST_SEED, epochs=3), tmp_path / "whole")
    train(dataset, replace(FAST_SEED, epochs=1), tmp_path / "parts")
    parts, said = train(dataset, replace(FAST_SEED, epochs=3), tmp_path / "parts", resume=True)
    assert [line.split(":")[0] for line in said if line.startswith("epoch")] == [
        "epoch 2/3",
        "epoch 3/3",
    ]
    assert [row["epoch"] for row in logged(tmp_path / "parts")] == ["0", "1", "2"]
    assert parts.metrics["val_loss"] == pytest.approx(whole.metrics["val_loss"], rel=1e-4)


def test_the_best_is_kept_not_the_last(small_datasets, tmp_path):
    preset = replace(FAST_SEED, epochs=1)
    best, _ = train(small_datasets["seed"], preset, tmp_path / "a")
    # a rate this high only makes things worse
    wild = replace(preset, epochs=2, learning_rate=100.0)
    after, _ = train(small_datasets["seed"], wild, tmp_path / "a", resume=True)
    assert after.weights_sha256 == best.weights_sha256
    assert len(logged(tmp_path / "a")) == 2


def test_it_stops_in_time_and_still_writes(small_datasets, tmp_path):
    preset = replace(FAST_SEED, epochs=1000, batch=16)
    model, said = train(small_datasets["seed"], preset, tmp_path / "a", minutes=0.001)
    assert model.metrics["epoch"] == 1
    assert sum(line.startswith("epoch") for line in said) == 1


def test_nothing_is_overwritten_unasked(small_datasets, tmp_path):
    dataset = small_datasets["seed"]
    first, _ = train(dataset, replace(FAST_SEED, epochs=1), tmp_path / "a")
    with pytest.raises(UsageError, match="--resume goes on.*--force starts again"):
        train(dataset, FAST_SEED, tmp_path / "a")
    again, _ = train(dataset, replace(FAST_SEED, epochs=1), tmp_path / "a", force=True, seed=1)
    assert again.weights_sha256 != first.weights_sha256
    assert len(logged(tmp_path / "a")) == 1


def test_a_model_that_diverges_is_not_the_old_one(small_datasets, tmp_path):
    train(small_datasets["seed"], replace(FAST_SEED, epochs=1), tmp_path / "a")
    wild = replace(FAST_SEED, epochs=1, learning_rate=1e30)
    with pytest.raises(UserError, match="diverged"):
        train(small_datasets["seed"], wild, tmp_path / "a", force=True)


def test_resume_fits_neither_force_nor_init(tmp_path, small_datasets):
    with pytest.raises(UsageError, match="--force and --init do not fit"):
        train(small_datasets["seed"], FAST_SEED, tmp_path / "a", resume=True, force=True)


def test_a_finished_training_has_nothing_left(small_datasets, tmp_path):
    train(small_datasets["seed"], replace(FAST_SEED, epochs=1), tmp_path / "a")
    with pytest.raises(UsageError, match="all 1 epochs are done"):
        train(small_datasets["seed"], replace(FAST_SEED, epochs=1), tmp_path / "a", resume=True)


def test_nothing_to_resume(small_datasets, tmp_path):
    with pytest.raises(UserError, match="nothing to resume"):
        train(small_datasets["seed"], FAST_SEED, tmp_path / "a", resume=True)


def test_starting_from_another_model(small_datasets, tmp_path):
    dataset = small_datasets["seed"]
    first, _ = train(dataset, FAST_SEED, tmp_path / "a")
    tiny_steps = replace(FAST_SEED, epochs=1, learning_rate=1e-9)
    second, _ = train(dataset, tiny_steps, tmp_path / "b", init=tmp_path / "a")
    assert second.scale == first.scale
    assert second.metrics["val_loss"] == pytest.approx(first.metrics["val_loss"], rel=1e-3)


def test_another_network_cannot_be_started_from(small_datasets, tmp_path):
    train(small_datasets["seed"], replace(FAST_SEED, epochs=1), tmp_path / "a")
    with pytest.raises(UsageError, match="differ in grid"):
        train(small_datasets["hifi"], FAST_HIFI, tmp_path / "b", init=tmp_path / "a")
    assert not (tmp_path / "b").exists()


def test_a_refused_start_loses_nothing(small_datasets, tmp_path):
    train(small_datasets["seed"], replace(FAST_SEED, epochs=1), tmp_path / "a")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*")}
    with pytest.raises(UsageError, match="differ in target"):
        other = replace(FAST_SEED, target="waveform")
        train(small_datasets["seed"], other, tmp_path / "a", force=True, init=tmp_path / "a")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*")} == before


def test_the_engine_runs_what_was_trained(small_datasets, tmp_path):
    model, _ = train(small_datasets["hifi"], FAST_HIFI, tmp_path / "a")
    engine = load_engine(tmp_path / "a", model)
    seen = np.random.default_rng(0).integers(0, 2, (engine.batch, engine.steps, 16))
    out = engine.run(seen.astype(np.float32))
    assert out.shape == (engine.batch, model.grid.frames_of(engine.steps))
    assert out.any() and np.isfinite(out).all()


def test_weights_of_another_network_are_refused(small_datasets, tmp_path):
    train(small_datasets["seed"], replace(FAST_SEED, epochs=1), tmp_path / "a")
    path = tmp_path / "a" / saved_model.DESCRIPTION
    content = json.loads(path.read_text())
    content["preset"]["lstm_units"] = [9, 9]
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match="does not hold the network"):
        load_engine(tmp_path / "a", saved_model.load(tmp_path / "a"))


def test_the_forecast_names_the_time():
    said = []
    forecast = callbacks.Forecast(6400, 100, 50, None, said.append)
    assert "an epoch takes 50 s and the 50 to go take 42 min: --minutes" in forecast._text(0.5)
    forecast = callbacks.Forecast(6400, 100, 50, 10, said.append)
    assert forecast._text(0.5).endswith("takes 50 s; --minutes 10 will see 12.0 epochs of 50")
    # after a resume the first epoch is a later one
    forecast.on_epoch_begin(45)
    forecast.on_epoch_begin(46)
    assert forecast._text(0.5).endswith("will see 5.0 epochs of 5")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (119, "119 s"), (121, "2 min"), (7300, "2.0 h")]
)
def test_durations(seconds, text):
    assert callbacks.duration(seconds) == text


ON_JAX = """
import sys
from pathlib import Path
from super_resolution import callbacks, dataset, training

class Loud(callbacks.Progress):
    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        print(float(self.model.optimizer.learning_rate))

callbacks.Progress = Loud
made = dataset.load(Path(sys.argv[1]))
train_network(made, made.preset, TrainOptions(Path(sys.argv[2]), log=lambda line: None))
"""


def test_on_jax_too_the_rate_rises_and_falls(data, tmp_path):
    preset = replace(SMALL_HIFI, epochs=3, batch=16)
    made = write_dataset(tmp_path / "dataset", find_tracks(data=data), preset)
    done = subprocess.run(
        [sys.executable, "-c", ON_JAX, tmp_path / "dataset", tmp_path / "model"],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    updates = len(made.segments("train", preset.segment)) // preset.batch
    last = np.array([1, 2, 3]) * updates  # updates at the end of each epoch
    warm = np.minimum(1, last / callbacks.WARM_UP)
    expected = preset.learning_rate * warm * (1 + np.cos(np.pi * (last - 1) / last[-1])) / 2
    assert updates > 1
    assert list(map(float, done.stdout.split())) == pytest.approx(expected, rel=0.01)
    assert all(np.isfinite(float(row["val_loss"])) for row in logged(tmp_path / "model"))


ORDER = """
import keras
import numpy as np
from super_resolution import callbacks, feed

class Numbered:
    def __len__(self):
        return 12

    def get(self, epoch, index):
        # the loss is the output's mean, so that it tells which batch came
        number = np.full((1, 1), 100 * epoch + index, np.float32)
        return number, number

class Seen(keras.callbacks.Callback):
    before = 0.0

    def on_train_batch_end(self, batch, logs=None):
        loss = logs["loss"] * (batch + 1)  # Keras gives means over the epoch so far
        print(round(loss - (self.before if batch else 0)), end=" ")
        self.before = loss

one = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
one.compile("sgd", loss=lambda truth, output: keras.ops.mean(output))
learn = feed.Feed(Numbered())
one.fit(learn, epochs=3, shuffle=False, verbose=0, callbacks=[callbacks.EpochOf(learn), Seen()])
"""


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_each_epoch_is_its_own_batches_in_order(backend):
    done = subprocess.run(
        [sys.executable, "-c", ORDER],
        env=os.environ | {"KERAS_BACKEND": backend},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = [100 * epoch + index for epoch in range(3) for index in range(12)]
    assert list(map(int, done.stdout.split())) == expected, done.stderr
