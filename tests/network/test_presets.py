"""Presets: the author's numbers, and no nonsense from files."""

import json
from dataclasses import asdict, fields, replace

import pytest

from super_resolution.errors import UsageError, UserError
from super_resolution.network import presets
from super_resolution.network.config import Preset
from super_resolution.network.presets import WHERE_MISSING, from_dict


def test_the_seed_is_as_its_author_gave_it():
    seed = presets.PRESETS[presets.DEFAULT]
    assert (seed.name, seed.grid, seed.window) == ("seed", "hold", 50)
    assert (seed.lstm_units, seed.dense_units, seed.last_units) == ((300, 300), (500, 500), 20)
    assert (seed.loss, seed.optimizer, seed.learning_rate, seed.decay) == (
        "mae",
        "rmsprop",
        1e-4,
        0.03,
    )


@pytest.mark.parametrize("preset", presets.PRESETS.values(), ids=presets.PRESETS)
def test_presets_come_back_from_json(preset):
    assert from_dict(json.loads(json.dumps(asdict(preset))), where="x") == preset


@pytest.mark.parametrize(
    "change",
    [
        {"grid": "linear"},
        {"lstm_units": [300]},
        {"lstm_units": [300, 10**9]},
        {"dense_units": "500"},
        {"window": 0},
        {"context": 500},
        {"batch": 0},
        {"learning_rate": "fast"},
        {"learning_rate": -1},
        {"unknown": 1},
        {"gated": "no"},
        {"signed": []},
        {"high_pass": "false"},
        {"high_pass": True, "target": "waveform"},
        {"mid_side": True, "target": "waveform"},
        {"gain_db": 5},
        {"low_pass": [1, 2, 3]},
        {"tilt_db": [3, -3]},
        {"emptied": [0.5, 0.9]},
        {"grid": "polyphase", "emptied": [0, 0]},
        {"grid": "polyphase", "low_pass": [0.5, 1]},
        {"grid": "polyphase", "gain_db": 0},
        {"grid": "polyphase", "gain_db": [0, 1e9]},
        {"mid_side": 1},
        {"caution": 2.0},  # the seed gives the known band too
        {"caution": 0},
        {"caution": True},
        {"loss_weights": [0.1, float("nan"), 0.1, 0]},
        {"clip_norm": "x"},
        {"batch": 4.5},
        {"hop": 2},
        {"bands": 8},
        {"encoding": "morse"},
    ],
)
def test_presets_from_strangers_are_checked(change):
    content = json.loads(json.dumps(asdict(presets.SEED))) | change
    with pytest.raises(UserError, match="describes no preset"):
        from_dict(content, where="model.json")


@pytest.mark.parametrize("content", [None, [], "seed", {}])
def test_what_is_no_preset_at_all(content):
    with pytest.raises(UserError, match="describes no preset"):
        from_dict(content, where="model.json")


def test_altered_presets_are_checked_too():
    assert replace(presets.SEED, epochs=3).epochs == 3
    with pytest.raises(UsageError, match="batches"):
        replace(presets.SEED, batch=0)


def test_every_field_is_documented():
    for field in fields(Preset):
        assert field.name in Preset.__doc__


@pytest.mark.parametrize(("count", "downsample"), [(1, "soxr"), (1, "decimate"), (2, "decimate")])
def test_one_song_alone_and_aliases_are_not_filtered(count, downsample):
    hifi = presets.HIFI
    ranges = hifi.for_songs(count, downsample).ranges
    assert ranges.tilt_db is ranges.emptied is None
    assert (ranges.gain_db, ranges.low_pass) == (hifi.gain_db, hifi.low_pass)
    assert hifi.for_songs(2, "soxr") == hifi and all(vars(hifi.ranges).values())
    assert presets.SEED.for_songs(count, downsample) == presets.SEED


def test_a_preset_that_says_less_does_less():
    content = json.loads(json.dumps(asdict(presets.HIFI)))
    for name in WHERE_MISSING:
        del content[name]
    plain = from_dict(content, where="model.json")
    assert plain == replace(presets.HIFI, **WHERE_MISSING)


def test_what_is_wrong_is_named():
    content = asdict(presets.SEED) | {"colour": 1}
    del content["hop"]
    with pytest.raises(UserError, match="hop is missing, 'colour' is unknown"):
        from_dict(content, where="model.json")
