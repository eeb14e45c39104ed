"""Models on disk: what is written is read back, whatever is killed; and finding them by name."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, random_weights, save_random
from safetensors.numpy import load_file

from super_resolution.errors import UsageError
from super_resolution.network import saved_model
from super_resolution.network.presets import HIFI, SHIPPED

PRESETS = {
    "faithful": SMALL_FAITHFUL,
    "hifi": SMALL_HIFI,
    "gray": changed(SMALL_FAITHFUL, network={"encoding": "gray"}),
    "two LSTMs": changed(SMALL_HIFI, network={"lstm_units": (6, 5), "dense_units": (7, 8, 9)}),
}
MODEL = replace(
    make_model(SMALL_HIFI),
    tracks=({"name": "haru", "title": '春 "🎵"', "source": None, "licence": "CC0"},),
    trained="2026-01-01T00:00:00+00:00",
    metrics={"epoch": 3, "val_loss": 0.1},
)


def same_weights(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype and one[name].tobytes() == other[name].tobytes()
        for name in one
    )


@pytest.mark.parametrize("name", PRESETS)
def test_a_model_is_read_back_bit_for_bit(tmp_path, name):
    model = replace(MODEL, preset=PRESETS[name], scale=1 / 3)
    weights = save_random(tmp_path / "a", model)
    assert saved_model.load(tmp_path / "a") == model
    assert same_weights(saved_model.load_weights(tmp_path / "a", model), weights)


def test_unusual_finite_weights_are_kept(tmp_path):
    weights = random_weights(MODEL)
    weights["envelope.kernel"].flat[:4] = [-0.0, 1e-45, 3.4028235e38, -3.4028235e38]
    saved_model.save(tmp_path / "a", MODEL, weights)
    assert same_weights(saved_model.load_weights(tmp_path / "a", MODEL), weights)


def test_arrays_with_strides_are_written_in_order(tmp_path):
    weights = random_weights(MODEL)
    transposed = {name: np.asfortranarray(array) for name, array in weights.items()}
    every_other = {name: np.repeat(array, 2, axis=0)[::2] for name, array in weights.items()}
    for arrays in (transposed, every_other):
        saved_model.save(tmp_path / "a", MODEL, arrays)
        assert same_weights(saved_model.load_weights(tmp_path / "a", MODEL), weights)


def test_other_programs_find_the_weights_by_name(tmp_path):
    weights = save_random(tmp_path / "a", MODEL)
    assert same_weights(load_file(tmp_path / "a" / saved_model.WEIGHTS), weights)


def test_the_description_for_people_says_the_same(tmp_path):
    save_random(tmp_path / "a", MODEL)
    text = (tmp_path / "a" / saved_model.DESCRIPTION).read_text("utf-8")
    assert "春" in text
    content = json.loads(text)
    assert content["preset"]["network"]["lstm_units"] == list(SMALL_HIFI.network.lstm_units)
    assert content["tracks"] == list(MODEL.tracks)


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"scale": 1}'])
def test_only_the_weights_file_is_read(tmp_path, content):
    weights = save_random(tmp_path / "a", MODEL)
    path = tmp_path / "a" / saved_model.DESCRIPTION
    path.unlink()
    if content is not None:
        path.write_text(content)
    assert saved_model.load(tmp_path / "a") == MODEL
    assert same_weights(saved_model.load_weights(tmp_path / "a", MODEL), weights)


@pytest.mark.parametrize("written_before", [False, True])
def test_a_kill_between_the_two_files_leaves_a_model(tmp_path, monkeypatch, written_before):
    if written_before:
        save_random(tmp_path / "a", make_model(SMALL_FAITHFUL))

    def kill(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(saved_model, "write_json", kill)
    weights = random_weights(MODEL)
    with pytest.raises(KeyboardInterrupt):
        saved_model.save(tmp_path / "a", MODEL, weights)
    assert saved_model.load(tmp_path / "a") == MODEL
    assert same_weights(saved_model.load_weights(tmp_path / "a", MODEL), weights)


def test_a_kill_while_the_weights_are_written_keeps_the_old_model(tmp_path, monkeypatch):
    weights = save_random(tmp_path / "a", MODEL)

    def stop(path, content):
        with path.open("wb") as file:
            file.write(content[:100])
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.write_bytes", stop)
    with pytest.raises(OSError, match="disk full"):
        save_random(tmp_path / "a", make_model(SMALL_FAITHFUL))
    assert saved_model.load(tmp_path / "a") == MODEL
    assert same_weights(saved_model.load_weights(tmp_path / "a", MODEL), weights)
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        saved_model.WEIGHTS,
        saved_model.DESCRIPTION,
    }


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_permissions_follow_the_umask(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        save_random(tmp_path / "a", MODEL)
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "a").iterdir()}
    assert modes == {mode}


@pytest.mark.parametrize("change", ["missing", "another", "shape", "type"])
def test_weights_that_do_not_fit_are_not_written(tmp_path, change):
    weights = random_weights(MODEL)
    if change == "missing":
        del weights["envelope.kernel"]
    elif change == "another":
        weights["more"] = np.zeros(1, np.float32)
    elif change == "shape":
        weights["envelope.kernel"] = weights["envelope.kernel"].T
    else:
        weights["envelope.kernel"] = weights["envelope.kernel"].astype(np.float64)
    with pytest.raises(ValueError, match="do not fit"):
        saved_model.save(tmp_path / "a", MODEL, weights)
    assert not (tmp_path / "a" / saved_model.WEIGHTS).exists()


def test_a_missing_model_names_those_there_are(tmp_path):
    save_random(tmp_path / "a", MODEL)
    with pytest.raises(UsageError, match=f"those there are: a, {SHIPPED}"):
        saved_model.load(tmp_path / "b")


def test_the_newest_model_is_the_one_trained_last(tmp_path):
    assert saved_model.newest(tmp_path) is None
    save_random(tmp_path / "a", replace(MODEL, trained="2026-01-02T00:00:00+00:00"))
    save_random(tmp_path / "b", MODEL)
    save_random(tmp_path / ".hidden", replace(MODEL, trained="2030-01-01T00:00:00+00:00"))
    assert saved_model.newest(tmp_path) == tmp_path / "a"


def test_a_model_of_the_user_goes_before_one_that_is_shipped(tmp_path):
    shipped = saved_model.PRETRAINED / SHIPPED
    assert saved_model.find(tmp_path, SHIPPED) == shipped
    # a folder without weights, as a training that was stopped leaves it
    (tmp_path / SHIPPED).mkdir()
    assert saved_model.find(tmp_path, SHIPPED) == shipped
    save_random(tmp_path / SHIPPED, MODEL)
    assert saved_model.find(tmp_path, SHIPPED) == tmp_path / SHIPPED
    assert saved_model.find(tmp_path, "mine") == tmp_path / "mine"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/tmp/a", ".hidden", "a\\b", "a/"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path, name):
    for find in (saved_model.folder, saved_model.find):
        with pytest.raises(UsageError, match="no name of a model"):
            find(tmp_path, name)


@pytest.mark.parametrize(
    ("window", "context", "steps"),
    [
        (150_000, 15_000, (150_000, 15_000)),
        (1000, 220, (1050, 150)),
        (301, 150, (450, 150)),  # one multiple more than both contexts
        (150, 0, (150, 0)),
    ],
)
def test_windows_of_prediction_are_whole_steps(window, context, steps):
    model = make_model(changed(HIFI, prediction={"window": window, "context": context}))
    assert (model.predict_steps, model.context) == steps
    faithful = {"window": window, "context": context, "mid_side": False}
    model = make_model(changed(SMALL_FAITHFUL, prediction=faithful))
    assert (model.predict_steps, model.context) == (window, context)
