"""Checkpoints: weights and epoch in one file, damaged ones, and the log."""

import keras
import numpy as np
import pytest

from super_resolution.errors import UserError
from super_resolution.training import callbacks, checkpoint


def small_model(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mae")
    return model


@pytest.fixture
def written(tmp_path):
    """Give a folder with a checkpoint after the third epoch, and the model of it."""
    model = small_model(0)
    model.optimizer.build(model.trainable_variables)
    callback = callbacks.Checkpoint(tmp_path)
    callback.set_model(model)
    callback.on_epoch_end(2)
    return tmp_path, model


def test_weights_and_epoch_come_back(written):
    folder, model = written
    other = small_model(1)
    checkpoint.restore(other, folder)
    assert checkpoint.epochs(folder) == 3
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(one, two)
    assert [path.name for path in (folder / checkpoint.FOLDER).iterdir()] == [checkpoint.FILE]


def test_dropout_goes_on_where_it_was(tmp_path):
    def model() -> keras.Model:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5)])
        model.compile("adam", "mae")
        return model

    one, other, ones = model(), model(), np.ones((1, 50), np.float32)
    first = np.array(one(ones, training=True))
    checkpoint.write(one, tmp_path, 1)
    checkpoint.restore(other, tmp_path)
    second = np.array(one(ones, training=True))
    assert np.array_equal(other(ones, training=True), second)
    assert not np.array_equal(first, second)


def test_without_a_checkpoint_no_epoch_is_finished(tmp_path):
    assert checkpoint.epochs(tmp_path) == 0


@pytest.mark.parametrize("size", [0, 1, 100, 300])
def test_a_checkpoint_that_was_cut_off_is_damaged(written, size):
    folder, _ = written
    path = checkpoint.path(folder)
    path.write_bytes(path.read_bytes()[:size])
    for call in (lambda: checkpoint.epochs(folder), lambda: checkpoint.restore(_other(), folder)):
        with pytest.raises(UserError, match="is damaged .*--init .*--force from scratch"):
            call()


def _other() -> keras.Model:
    return small_model(1)


def test_a_checkpoint_of_another_network_is_refused(written):
    folder, _ = written
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(9), keras.layers.Dense(2)])
    model.compile("adam", "mae")
    with pytest.raises(UserError, match="is damaged"):
        checkpoint.restore(model, folder)


def test_weights_that_are_no_numbers_are_damaged(tmp_path):
    model = small_model(0)
    model.set_weights([np.full_like(array, np.nan) for array in model.get_weights()])
    callback = callbacks.Checkpoint(tmp_path)
    callback.set_model(model)
    callback.on_epoch_end(0)
    with pytest.raises(UserError, match="no numbers"):
        checkpoint.restore(_other(), tmp_path)


@pytest.mark.parametrize("finished", [0, 1, 2, 5])
def test_the_log_keeps_the_rows_of_finished_epochs(tmp_path, finished):
    rows = ["epoch,loss\n", "0,1.5\n", "1,1.4\n", "2,1."]
    (tmp_path / "log.csv").write_text("".join(rows))
    checkpoint.shorten_log(tmp_path / "log.csv", finished)
    assert (tmp_path / "log.csv").read_text() == "".join(rows[: finished + 1])
