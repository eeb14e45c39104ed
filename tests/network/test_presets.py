"""Presets: the author's numbers, and presets from files checked value by value."""

import json
from dataclasses import asdict, fields

import pytest
from helpers import changed

from super_resolution.errors import UsageError, UserError
from super_resolution.network import presets
from super_resolution.network.presets import DEFAULT, FAITHFUL, HIFI, PRESETS, from_dict

HUGE = 10**400  # more than a float can hold


def as_json(preset) -> dict:
    return json.loads(json.dumps(asdict(preset)))


def test_faithful_has_its_authors_numbers():
    preset = PRESETS[DEFAULT]
    network, training = preset.network, preset.training
    assert (preset.name, network.architecture, training.window) == ("faithful", "faithful", 50)
    assert (network.lstm_units, network.dense_units) == ((300, 300), (500, 500, 20))
    assert network.encoding == "offset"
    assert (training.optimizer, training.clip_norm, training.dropout) == ("rmsprop", None, 0)
    assert (training.learning_rate, training.lr_decay) == (1e-4, 0.03)


def test_only_hifi_restores_treble():
    restores = {name: preset.network.restores_treble for name, preset in PRESETS.items()}
    assert restores == {"faithful": False, "hifi": True}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_survives_json(preset):
    assert from_dict(as_json(preset), where="x") == preset


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("network", {"architecture": "linear"}),
        ("network", {"architecture": []}),
        ("network", {"architecture": None}),
        ("network", {"lstm_units": [300] * 4}),  # more than dense layers
        ("network", {"lstm_units": []}),
        ("network", {"lstm_units": 300}),
        ("network", {"lstm_units": [300, 10**9]}),
        ("network", {"lstm_units": [300, 300.0]}),
        ("network", {"lstm_units": [300] * 17, "dense_units": [500] * 17}),
        ("network", {"dense_units": "500"}),
        ("network", {"dense_units": [500, 500, True]}),
        ("network", {"dense_units": [500, 500, 0]}),
        ("network", {"encoding": "morse"}),
        ("network", {"encoding": {}}),
        ("network", {"target": "silence"}),
        ("network", {"unknown": 1}),
        ("training", {"window": 0}),
        ("training", {"window": HUGE}),
        ("training", {"batch_size": 0}),
        ("training", {"batch_size": 4.5}),
        ("training", {"epochs": None}),
        ("training", {"optimizer": "sgd"}),
        ("training", {"learning_rate": "fast"}),
        ("training", {"learning_rate": -1}),
        ("training", {"learning_rate": HUGE}),
        ("training", {"lr_decay": HUGE}),
        ("training", {"lr_decay": -0.1}),
        ("training", {"clip_norm": "x"}),
        ("training", {"clip_norm": HUGE}),
        ("training", {"dropout": 1}),
        ("training", {"dropout": -0.1}),
        ("training", {"dropout": float("nan")}),
        ("training", {"dropout": "0.3"}),
        ("training", {"augment": 1}),
        ("training", {"augment": "yes"}),
        ("training", {"augment": True}),  # only for hifi
        ("prediction", {"context": 500}),
        ("prediction", {"window": 1 << 40}),
        ("prediction", {"mid_side": 1}),
        ("prediction", {"mid_side": True}),  # faithful outputs the known band too
    ],
)
def test_a_value_out_of_bounds_is_refused(part, change):
    content = as_json(FAITHFUL)
    content[part] |= change
    with pytest.raises(UserError, match=r"model\.json describes no preset"):
        from_dict(content, where="model.json")


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("network", {"encoding": "gray"}),
        ("network", {"target": "waveform"}),
        ("training", {"window": 50}),
        ("training", {"window": 300}),
    ],
)
def test_a_value_that_hifi_does_not_take_is_refused(part, change):
    content = as_json(HIFI)
    content[part] |= change
    with pytest.raises(UserError, match="describes no preset"):
        from_dict(content, where="model.json")


@pytest.mark.parametrize("change", [{"encoding": "gray"}, {"target": "waveform"}])
def test_hifi_says_what_cannot_change(change):
    with pytest.raises(UsageError, match="hifi takes offset binary and gives the residual"):
        changed(HIFI, network=change)
    assert changed(FAITHFUL, network=change) != FAITHFUL


def test_more_dense_layers_than_lstms_are_taken():
    network = {"lstm_units": (9,), "dense_units": (8, 7, 6)}
    for preset in PRESETS.values():
        assert changed(preset, network=network).network.dense_units == (8, 7, 6)


@pytest.mark.parametrize("part", ["", "network", "training", "prediction"])
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
    del content["network"]["target"]
    with pytest.raises(UserError, match="target is missing, 'colour' is unknown"):
        from_dict(content, where="model.json")


def test_changed_presets_are_checked_too():
    assert changed(FAITHFUL, training={"epochs": 3}).training.epochs == 3
    with pytest.raises(UsageError, match="counts"):
        changed(FAITHFUL, training={"batch_size": 0})


@pytest.mark.parametrize(
    "part", [presets.NetworkConfig, presets.TrainingConfig, presets.PredictionConfig]
)
def test_every_field_is_documented(part):
    assert [field.name for field in fields(part) if field.name not in part.__doc__] == []
