"""Training: it learns, keeps the best epoch, stops in time, and resumes after a stop."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_model

from super_resolution.engines.choose import load_engine
from super_resolution.errors import UsageError, UserError
from super_resolution.files import sha256
from super_resolution.network import saved_model
from super_resolution.network.presets import Preset
from super_resolution.training import checkpoint
from super_resolution.training.start import TrainOptions
from super_resolution.training.train import LOG, compile_for_training, train_network

FAITHFUL = changed(
    SMALL_FAITHFUL,
    # one LSTM, as building the graph of each takes longer than the few steps
    network={"lstm_units": (6,), "dense_units": (7, 4)},
    training={"epochs": 1, "batch_size": 400, "learning_rate": 1e-2},
)
HIFI = changed(SMALL_HIFI, training={"epochs": 1})


def trained_by(preset: Preset, **training) -> Preset:
    return changed(preset, training=training)


def train(dataset, preset, folder, **options):
    lines = []
    model = train_network(dataset, preset, TrainOptions(folder, log=lines.append, **options))
    return model, lines


def logged(folder) -> list[dict]:
    with (folder / LOG).open() as file:
        return list(csv.DictReader(file))


def weights_hash(folder) -> str:
    return sha256(folder / saved_model.WEIGHTS)


@pytest.fixture(scope="module")
def dataset(small_datasets):
    """Give the dataset of the preset `faithful`."""
    return small_datasets["faithful"]


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    """Give the folder of a model that was trained for one epoch; tests only read it."""
    folder = tmp_path_factory.mktemp("trained") / "a"
    train(dataset, FAITHFUL, folder)
    return folder


@pytest.fixture
def copy(trained, tmp_path) -> Path:
    """Give a copy of the trained model's folder."""
    return shutil.copytree(trained, tmp_path / "copy")


@pytest.mark.slow
@pytest.mark.parametrize("preset", [FAITHFUL, HIFI], ids=["faithful", "hifi"])
def test_training_writes_a_model_that_runs_a_log_and_a_checkpoint(small_datasets, tmp_path, preset):
    folder, preset = tmp_path / "a", trained_by(preset, epochs=2)
    model, lines = train(small_datasets[preset.name], preset, folder)
    assert model.preset == preset
    assert model.metrics["epoch"] in (1, 2)
    assert np.isfinite(model.metrics["val_loss"])
    assert model.tracks[0]["name"] == "song"
    assert [row["epoch"] for row in logged(folder)] == ["0", "1"]
    assert lines[0].endswith("on the CPU")
    assert {path.name for path in folder.iterdir()} == {
        saved_model.WEIGHTS,
        saved_model.DESCRIPTION,
        LOG,
        checkpoint.FOLDER,
    }
    engine = load_engine(model, saved_model.load_weights(folder, model))
    bits = np.random.default_rng(0).integers(0, 2, (engine.batch_size, engine.steps, 16))
    out = engine.run(bits.astype(np.float32))
    assert out.shape == (engine.batch_size, model.grid.samples_of_steps(engine.steps))
    assert out.any() and np.isfinite(out).all()


@pytest.mark.slow
def test_a_trained_waveform_is_better_than_silence(dataset, tmp_path):
    preset = changed(
        FAITHFUL, network={"target": "waveform"}, training={"epochs": 2, "batch_size": 80}
    )
    model, _ = train(dataset, preset, tmp_path / "a")
    targets = dataset.read(dataset.segments("validation", 1), 1)["target"]
    silence = np.abs(targets.astype(float)).mean()
    assert model.metrics["val_error"] < 0.7 * silence


@pytest.mark.slow
def test_a_trained_envelope_is_better_than_a_constant_one(small_datasets, tmp_path):
    dataset = small_datasets["hifi"]
    preset = trained_by(HIFI, epochs=12, batch_size=1, augment=False, dropout=0.0)
    model, lines = train(dataset, preset, tmp_path / "a")
    envelope, weights = (
        dataset.read(dataset.segments("validation", 20), 20)["envelope"][..., part].astype(float)
        for part in (slice(20), slice(40, 60))
    )
    assert np.all(weights == 1)
    constant = 10 * np.sqrt(np.mean((envelope - envelope.mean(axis=(0, 1))) ** 2))
    assert model.scale == 32768
    assert model.metrics["val_error"] < 0.8 * constant
    assert f"(envelope {model.metrics['val_error']:.2f} dB)" in "".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("one_song", [True, False])
def test_of_one_song_silence_is_learnt_as_the_power_of_rounding(one_song):
    network = compile_for_training(make_model(SMALL_HIFI), steps=1, one_song=one_song)
    features = np.full((1, *network.input_shape[1:]), -15, np.float32)
    envelope = network.predict_on_batch(features)[..., :20]
    assert np.allclose(envelope, np.log10(1 / 12 / 32768**2), atol=0.01) == one_song


def test_the_training_of_one_song_knows_that_it_is_one(small_datasets, tmp_path, monkeypatch):
    given = []

    def stop(*args, one_song: bool, **options) -> None:
        given.append(one_song)
        raise UserError("enough")

    monkeypatch.setattr("super_resolution.training.train.compile_for_training", stop)
    songs = small_datasets["hifi"]
    other = [replace(run, track="another") for run in songs.runs]
    for dataset in (songs, replace(songs, runs=(*songs.runs, *other))):
        with pytest.raises(UserError, match="enough"):
            train(dataset, HIFI, tmp_path / "a")
    assert given == [True, False]


def test_a_diverging_training_is_an_error(dataset, tmp_path):
    preset = trained_by(FAITHFUL, learning_rate=1e30)
    with pytest.raises(UserError, match=r"diverged.*lower --learning-rate"):
        train(dataset, preset, tmp_path / "a")


@pytest.mark.slow
def test_a_resumed_training_equals_one_without_a_stop(dataset, copy, tmp_path):
    three_epochs = trained_by(FAITHFUL, epochs=3)
    whole, _ = train(dataset, three_epochs, tmp_path / "whole")
    resumed, lines = train(dataset, three_epochs, copy, resume=True)
    epochs = [line.split(":")[0] for line in lines if line.startswith("epoch")]
    assert epochs == ["epoch 2/3", "epoch 3/3"]
    assert [row["epoch"] for row in logged(copy)] == ["0", "1", "2"]
    assert resumed.metrics["val_loss"] == pytest.approx(whole.metrics["val_loss"], rel=1e-4)


@pytest.mark.slow
def test_the_best_epoch_is_kept_and_not_the_last(dataset, copy):
    best = weights_hash(copy)
    # a learning rate this high makes the second epoch worse
    preset = trained_by(FAITHFUL, epochs=2, learning_rate=100.0)
    train(dataset, preset, copy, resume=True)
    assert weights_hash(copy) == best
    assert len(logged(copy)) == 2


@pytest.mark.slow
def test_a_time_limit_ends_the_training_and_the_model_is_written(dataset, tmp_path):
    preset = trained_by(FAITHFUL, epochs=1000, batch_size=16)
    model, lines = train(dataset, preset, tmp_path / "a", minutes=0.001)
    assert model.metrics["epoch"] == 1
    epochs = [line for line in lines if line.startswith("epoch")]
    assert len(epochs) == 1 and "(stopped after" in epochs[0]


@pytest.mark.slow
def test_a_model_is_replaced_only_with_force(dataset, copy):
    first = weights_hash(copy)
    with pytest.raises(UsageError, match=r"--resume continues.*--force trains it from scratch"):
        train(dataset, FAITHFUL, copy)
    assert weights_hash(copy) == first
    train(dataset, FAITHFUL, copy, force=True, seed=1)
    assert weights_hash(copy) != first
    assert len(logged(copy)) == 1


@pytest.mark.slow
def test_a_diverging_training_is_an_error_where_an_old_model_exists_too(dataset, copy):
    with pytest.raises(UserError, match="diverged"):
        train(dataset, trained_by(FAITHFUL, learning_rate=1e30), copy, force=True)


def test_resume_excludes_force_and_init(dataset, tmp_path):
    with pytest.raises(UsageError, match="excludes --force and --init"):
        train(dataset, FAITHFUL, tmp_path / "a", resume=True, force=True)


@pytest.mark.slow
def test_a_finished_training_cannot_be_resumed(dataset, trained):
    with pytest.raises(UsageError, match="all 1 epochs are done"):
        train(dataset, FAITHFUL, trained, resume=True)


def test_without_a_model_there_is_nothing_to_resume(dataset, tmp_path):
    with pytest.raises(UserError, match="nothing to resume"):
        train(dataset, FAITHFUL, tmp_path / "a", resume=True)


@pytest.mark.slow
def test_training_starts_from_the_weights_of_another_model(dataset, trained, tmp_path):
    first = saved_model.load(trained)
    tiny_steps = trained_by(FAITHFUL, learning_rate=1e-9)
    second, _ = train(dataset, tiny_steps, tmp_path / "b", init=trained)
    assert second.scale == first.scale
    assert second.metrics["val_loss"] == pytest.approx(first.metrics["val_loss"], rel=1e-3)


@pytest.mark.slow
def test_another_network_cannot_be_started_from(small_datasets, trained, tmp_path):
    with pytest.raises(UsageError, match="differ in network or rates"):
        train(small_datasets["hifi"], HIFI, tmp_path / "b", init=trained)
    assert not (tmp_path / "b").exists()


@pytest.mark.slow
def test_a_refused_start_changes_no_file(dataset, trained):
    before = {path: path.stat().st_mtime_ns for path in trained.rglob("*")}
    other = changed(FAITHFUL, network={"target": "waveform"})
    with pytest.raises(UsageError, match="differ in network or rates"):
        train(dataset, other, trained, force=True, init=trained)
    assert {path: path.stat().st_mtime_ns for path in trained.rglob("*")} == before
