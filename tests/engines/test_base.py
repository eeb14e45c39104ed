"""How many windows run at once: by what fills an engine, and by the memory there is."""

from types import SimpleNamespace

import pytest
from helpers import save_random

from super_resolution.engines.base import (
    MEMORY_SHARE,
    EngineOptions,
    frame_bytes,
    psutil,
    windows_at_once,
)
from super_resolution.engines.choose import load_engine
from super_resolution.network import presets
from super_resolution.network.saved_model import Model

MODELS = {p.name: Model(p, 44100, 15000, "soxr", 300.0, ()) for p in presets.PRESETS.values()}


def with_memory(monkeypatch, available: float) -> None:
    memory = SimpleNamespace(available=int(available))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


def frames(windows: int, model: Model) -> int:
    return windows * model.predict_steps // model.grid.hop


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("gigabytes", [0.5, 1, 4, 64])
def test_no_more_than_a_share_of_the_memory_is_taken(monkeypatch, name, gigabytes):
    with_memory(monkeypatch, gigabytes * 1e9)
    model = MODELS[name]
    windows = windows_at_once(model, most_frames=1 << 15)
    assert frames(windows, model) <= 1 << 15
    taken = frames(windows, model) * frame_bytes(model)
    assert windows == 1 or taken <= gigabytes * 1e9 / MEMORY_SHARE
    # one more would be too many
    more = frames(windows + 1, model)
    too_many = more * frame_bytes(model) > gigabytes * 1e9 / MEMORY_SHARE
    assert too_many or more > 1 << 15


def test_without_memory_one_window_is_left(monkeypatch):
    with_memory(monkeypatch, 0)
    assert windows_at_once(MODELS["seed"], most_frames=1 << 15) == 1


def test_most_windows_is_the_end(monkeypatch):
    with_memory(monkeypatch, 1e12)
    assert windows_at_once(MODELS["hifi"], most_frames=1 << 20, most_windows=7) == 7


def test_seed_takes_what_its_layers_hold():
    # (4 gates x 2 directions + 2 outputs) x 300 and a dense 500, twice, of 4 bytes
    assert frame_bytes(MODELS["seed"]) == 4 * 2 * (10 * 300 + 500)


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_engines_take_smaller_batches_where_memory_is_short(monkeypatch, tmp_path, engine):
    model = save_random(tmp_path / "hifi", MODELS["hifi"])
    with_memory(monkeypatch, 64e9)
    large = load_engine(tmp_path / "hifi", model, EngineOptions(engine)).batch
    with_memory(monkeypatch, 0.1e9)
    assert 1 <= load_engine(tmp_path / "hifi", model, EngineOptions(engine)).batch < large
