"""Presets: the author's numbers, and presets from files checked value by value."""

import json
from dataclasses import asdict, fields, replace

import pytest
from helpers import changed

from super_resolution.errors import UsageError, UserError
from super_resolution.network import config
from super_resolution.network.presets import (
    DEFAULT,
    FAITHFUL,
    HIFI,
    PRESETS,
    Augmentation,
    from_dict,
)

HUGE = 10**400  # more than a float can hold


def as_json(preset) -> dict:
    return json.loads(json.dumps(asdict(preset)))


def test_faithful_has_its_authors_numbers():
    preset = PRESETS[DEFAULT]
    network, training = preset.network, preset.training
    assert (preset.name, network.grid, training.window) == ("faithful", "hold", 50)
    assert (network.lstm_units, network.dense_units) == ((300, 300), (500, 500))
    assert (network.last_units, network.encoding, network.signed) == (20, "offset", False)
    assert (training.loss, training.optimizer) == ("mae", "rmsprop")
    assert (training.learning_rate, training.lr_decay) == (1e-4, 0.03)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_survives_json(preset):
    assert from_dict(as_json(preset), where="x") == preset


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("network", {"grid": "linear"}),
        ("network", {"grid": []}),
        ("network", {"lstm_units": [300]}),
        ("network", {"lstm_units": 300}),
        ("network", {"lstm_units": [300, 10**9]}),
        ("network", {"lstm_units": [300, 300.0]}),
        ("network", {"lstm_units": [300] * 17, "dense_units": [500] * 17}),
        ("network", {"dense_units": "500"}),
        ("network", {"last_units": True}),
        ("network", {"gated": "no"}),
        ("network", {"signed": []}),
        ("network", {"high_pass": "false"}),
        ("network", {"high_pass": True, "target": "waveform"}),
        ("network", {"samples_per_frame": 2}),
        ("network", {"bands": 8}),
        ("network", {"encoding": "morse"}),
        ("network", {"encoding": {}}),
        ("network", {"unknown": 1}),
        ("training", {"window": 0}),
        ("training", {"window": HUGE}),
        ("training", {"batch_size": 0}),
        ("training", {"batch_size": 4.5}),
        ("training", {"epochs": None}),
        ("training", {"learning_rate": "fast"}),
        ("training", {"learning_rate": -1}),
        ("training", {"learning_rate": HUGE}),
        ("training", {"lr_decay": HUGE}),
        ("training", {"loss": "guess"}),
        ("training", {"loss_weights": [0.1, float("nan"), 0.1, 0]}),
        ("training", {"loss_weights": [HUGE, 0, 0, 0]}),
        ("training", {"clip_norm": "x"}),
        ("training", {"clip_norm": HUGE}),
        ("prediction", {"context": 500}),
        ("prediction", {"mid_side": 1}),
        ("prediction", {"unseen_gain_db": -2.0}),  # faithful outputs the known band too
        ("prediction", {"unseen_gain_db": 0}),
        ("prediction", {"unseen_gain_db": True}),
        ("augmentation", {"gain_db": 5}),
        ("augmentation", {"low_pass": [1, 2, 3]}),
        ("augmentation", {"tilt_db": [3, -3]}),
        ("augmentation", {"band_limit": [0.5, 0.9]}),  # only on polyphase
    ],
)
def test_a_value_out_of_bounds_is_refused(part, change):
    content = as_json(FAITHFUL)
    content[part] |= change
    with pytest.raises(UserError, match=r"model\.json describes no preset"):
        from_dict(content, where="model.json")


@pytest.mark.parametrize(
    "change",
    [
        {"band_limit": [0, 0]},
        {"low_pass": [0.5, 1]},
        {"gain_db": 0},
        {"gain_db": [0, 1e9]},
        {"gain_db": [0, HUGE]},
        {"gain_db": ["a", "b"]},
    ],
)
def test_an_augmentation_out_of_bounds_is_refused(change):
    content = as_json(HIFI)
    content["augmentation"] |= change
    with pytest.raises(UserError, match="describes no preset"):
        from_dict(content, where="model.json")


def test_mid_side_needs_a_residual():
    with pytest.raises(UsageError, match="mid_side"):
        changed(
            HIFI,
            network={"target": "waveform", "high_pass": False},
            prediction={"unseen_gain_db": 0.0},
        )


@pytest.mark.parametrize("part", ["", "network", "augmentation"])
@pytest.mark.parametrize("content", [None, [], "faithful", {}, 3])
def test_other_json_than_a_preset_is_refused(part, content):
    content = as_json(FAITHFUL) | {part: content} if part else content
    with pytest.raises(UserError, match="describes no preset"):
        from_dict(content, where="model.json")


@pytest.mark.parametrize("name", ["", "a b", "../a", "\ud800", 3, None])
def test_a_name_that_is_no_identifier_is_refused(name):
    with pytest.raises(UserError, match="describes no preset"):
        from_dict(as_json(FAITHFUL) | {"name": name}, where="model.json")


def test_missing_and_unknown_entries_are_named():
    content = as_json(FAITHFUL)
    content["network"]["colour"] = 1
    del content["network"]["grid"]
    with pytest.raises(UserError, match="grid is missing, 'colour' is unknown"):
        from_dict(content, where="model.json")


def test_changed_presets_are_checked_too():
    assert changed(FAITHFUL, training={"epochs": 3}).training.epochs == 3
    with pytest.raises(UsageError, match="counts"):
        changed(FAITHFUL, training={"batch_size": 0})


@pytest.mark.parametrize(
    "part", [config.NetworkConfig, config.TrainingConfig, config.PredictionConfig, Augmentation]
)
def test_every_field_is_documented(part):
    assert [field.name for field in fields(part) if field.name not in part.__doc__] == []


@pytest.mark.parametrize(("count", "downsample"), [(1, "soxr"), (1, "decimate"), (2, "decimate")])
def test_one_song_alone_and_decimated_songs_are_not_filtered(count, downsample):
    reduced = HIFI.for_songs(count, downsample).augmentation
    assert reduced == replace(HIFI.augmentation, tilt_db=None, band_limit=None)
    assert FAITHFUL.for_songs(count, downsample) == FAITHFUL


def test_several_songs_are_changed_in_every_way():
    assert HIFI.for_songs(2, "soxr") == HIFI
    assert all(vars(HIFI.augmentation).values())
