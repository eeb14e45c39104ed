"""Models on disk: what comes back, and what strangers may not do."""

import json
import time
from dataclasses import replace

import pytest
from helpers import SMALL_SEED

from super_resolution.errors import UsageError, UserError
from super_resolution.network import presets, saved_model
from super_resolution.network.saved_model import Model

MODEL = Model(SMALL_SEED, 44100, 15000, "soxr", 300.0, ({"title": "春"},), "2026-01-01T00:00:00")


def save(folder, model=MODEL) -> Model:
    return saved_model.save(folder, model, lambda path: path.write_bytes(b"weights"))


def test_a_model_comes_back(tmp_path):
    saved = save(tmp_path / "a")
    assert saved_model.load(tmp_path / "a") == saved
    assert replace(saved, weights_sha256="") == replace(MODEL, tracks=list(MODEL.tracks))


def test_weights_that_are_not_those_named_are_refused(tmp_path):
    save(tmp_path / "a")
    (tmp_path / "a" / saved_model.WEIGHTS).write_bytes(b"others")
    with pytest.raises(UserError, match=r"is not what model\.json names"):
        saved_model.load(tmp_path / "a")


@pytest.mark.parametrize(
    "change",
    [
        {"preset": {}},
        {"sample_rate": "44100"},
        {"low_rate": 0},
        {"low_rate": 44100},
        {"scale": float("nan")},
        {"scale": -1},
        {"scale": "1"},
        {"extra": 1},
    ],
)
def test_a_strangers_description_is_checked(tmp_path, change):
    save(tmp_path / "a")
    path = tmp_path / "a" / saved_model.DESCRIPTION
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError):
        saved_model.load(tmp_path / "a")


def test_a_missing_model_names_those_there_are(tmp_path):
    save(tmp_path / "a")
    with pytest.raises(UsageError, match="those there are: a"):
        saved_model.load(tmp_path / "b")


def test_tracks_take_the_model_that_was_trained_last(tmp_path):
    save(tmp_path / "old", replace(MODEL, trained="2026-01-02T00:00:00"))
    time.sleep(0.01)
    save(tmp_path / "older", MODEL)
    assert saved_model.default(tmp_path, own=True) == tmp_path / "old"


def test_rates_that_share_no_period_are_refused(tmp_path):
    save(tmp_path / "a", replace(MODEL, preset=presets.HIFI))
    path = tmp_path / "a" / "model.json"
    content = json.loads(path.read_text()) | {"sample_rate": 999999, "low_rate": 999983}
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match="share no period"):
        saved_model.load(tmp_path / "a")


def test_other_files_take_what_is_shipped_and_so_do_tracks_before_any_training(tmp_path):
    shipped = tmp_path / saved_model.SHIPPED
    save(shipped, replace(MODEL, trained="2030-01-01T00:00:00"))
    assert saved_model.default(tmp_path, own=True) == shipped
    save(tmp_path / "mine", replace(MODEL, trained="2026-01-02T00:00:00"))
    assert saved_model.default(tmp_path, own=True) == tmp_path / "mine"
    assert saved_model.default(tmp_path, own=False) == shipped


def test_what_is_shipped_is_found_from_anywhere(tmp_path):
    assert saved_model.default(tmp_path, own=False) == saved_model.HOME / saved_model.SHIPPED
    assert saved_model.find(tmp_path, saved_model.SHIPPED) == saved_model.HOME / saved_model.SHIPPED
    assert saved_model.find(tmp_path, "mine") == tmp_path / "mine"


def test_a_failed_write_keeps_the_old_model(tmp_path):
    saved = save(tmp_path / "a")

    def broken(path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        saved_model.save(tmp_path / "a", MODEL, broken)
    assert saved_model.load(tmp_path / "a") == saved


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/tmp/a", ".hidden", "a\\b"])
def test_a_name_leads_nowhere_else(tmp_path, name):
    with pytest.raises(UsageError, match="no name of a model"):
        saved_model.folder(tmp_path, name)
