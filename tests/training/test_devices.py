"""Training on several devices of one machine or two gives the losses of one device."""

import csv
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from helpers import ROOT, SMALL_FAITHFUL, changed, make_model, save_random

from super_resolution.dataset.reader import load_dataset
from super_resolution.dataset.writer import write_dataset
from super_resolution.errors import UsageError
from super_resolution.tracks.track import find_tracks
from super_resolution.training import devices
from super_resolution.training.start import TrainOptions
from super_resolution.training.train import LOG, train_network

PRESET = changed(
    SMALL_FAITHFUL,
    network={"lstm_units": (3,), "dense_units": (4,)},
    training={"batch_size": 2000, "window": 10, "epochs": 4},
)
PATIENCE = 1800  # seconds; JAX compiles for minutes on a busy machine
LOST = b"another machine is gone, or its training: start all of them again with --resume"


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory) -> Path:
    """Give a folder with a small dataset, and the model `start`, from which all trainings go."""
    folder = tmp_path_factory.mktemp("devices")
    write_dataset(folder / "_dataset", find_tracks(data=data), PRESET)
    save_random(folder / "start", make_model(PRESET))
    return folder


@pytest.fixture(scope="module")
def alone(folder) -> np.ndarray:
    """Give loss and validation loss of each epoch on one device, and on another backend."""
    options = TrainOptions(folder / "alone", init=folder / "start", log=lambda line: None)
    train_network(load_dataset(folder / "_dataset"), PRESET, options)
    return losses(folder, "alone")


def start(folder: Path, model: str, *options: str) -> subprocess.Popen:
    """Start a training on JAX."""
    # the processes of one test compile the same
    cache = {
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    environment = os.environ | {"KERAS_BACKEND": "jax"} | cache
    call = ["rnn-super-resolution.py", "--data", folder, "--models", folder, "--train"]
    begin = () if "--resume" in options else ("--init", "start")
    return subprocess.Popen(
        [sys.executable, *map(str, call), "--model", model, *begin, *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def start_two(folder: Path, model: str, *options: str) -> list[subprocess.Popen]:
    """Start a training on two machines, which are processes here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return [start(folder, model, "--machines", address, "2", n, *options) for n in "01"]


def end(process: subprocess.Popen) -> tuple[bytes, bytes]:
    """Wait for a process; gives stdout and stderr."""
    try:
        return process.communicate(timeout=PATIENCE)
    finally:
        process.kill()


def losses(folder: Path, model: str) -> np.ndarray:
    """Read loss and validation loss of all epochs."""
    log = folder / model / LOG
    if not log.exists():
        return np.zeros((0, 2))
    with log.open() as file:
        return np.array([[row["loss"], row["val_loss"]] for row in csv.DictReader(file)], float)


@pytest.mark.slow
def test_two_machines_give_the_losses_of_one_and_go_on_when_one_was_killed(folder, alone):
    # of two, one is killed after the second of very many epochs
    two = start_two(folder, "two", "--epochs", "100000")
    deadline = time.monotonic() + PATIENCE
    while len(losses(folder, "two")) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    two[1].kill()
    _, errors = end(two[0])
    assert two[0].returncode == 1
    assert LOST in errors
    finished = len(losses(folder, "two"))
    assert finished >= 2 and np.allclose(losses(folder, "two")[:2], alone[:2], rtol=1e-4)

    last = f"{finished + 2}"
    two = start_two(folder, "two", "--resume", "--epochs", last)
    (told, _), (followed, _) = end(two[0]), end(two[1])
    assert [process.returncode for process in two] == [0, 0]
    line = f"epoch {last}/{last}".encode()
    assert line in told and line not in followed
    # not from the beginning, and no epoch is missing
    assert f"epoch 1/{last}".encode() not in told
    both = losses(folder, "two")
    assert len(both) == finished + 2
    assert np.allclose(both[: len(alone)], alone[: len(both)], rtol=1e-3)
    assert b"the model is written by machine 0" in followed


def test_another_backend_refuses():
    with pytest.raises(UsageError, match="several devices need JAX, and Keras runs on tensorflow"):
        devices.use(2, None)


@pytest.mark.slow
def test_two_devices_of_one_machine_give_the_losses_of_one(folder, alone):
    process = start(folder, "devices", "--devices", "2")
    told, errors = end(process)
    assert process.returncode == 0, errors
    assert b"epoch 4/4" in told
    assert np.allclose(losses(folder, "devices"), alone, rtol=1e-4)


def test_a_batch_that_cannot_be_shared_is_refused(monkeypatch):
    two = SimpleNamespace(num_model_replicas=2)
    monkeypatch.setattr(keras.distribution, "distribution", lambda: two)
    for size in (2000, 2001):
        data = SimpleNamespace(whole=lambda index, size=size: (np.zeros(size),))
        if size % 2:
            with pytest.raises(UsageError, match="2001 segments cannot be shared .* 2 devices"):
                devices.check_batch(data)
        else:
            devices.check_batch(data)


@pytest.mark.parametrize("machines", [("a", "2", "0"), ("a:1", "2", "2"), ("a:1", "x", "0")])
def test_machines_that_are_none_are_refused(folder, machines, capsys):
    from super_resolution import cli

    call = ["train", "--data", str(folder), "--models", str(folder / "models")]
    assert cli.main([*call, "--machines", *machines]) == 2
    assert "expected HOST:PORT, how many machines there are" in capsys.readouterr().err
