"""What all engines share: their options, and how many windows run at once."""

import pytest
from helpers import changed, make_model

from super_resolution.engines.base import EngineOptions, batch_size_for
from super_resolution.errors import UsageError
from super_resolution.network.presets import FAITHFUL, HIFI

MODELS = {preset.name: make_model(preset) for preset in (FAITHFUL, HIFI)}


@pytest.mark.parametrize(
    ("name", "max_frames", "windows"),
    [
        ("faithful", 8000, 8),  # windows of 1,000 steps, each a frame of the LSTM
        ("faithful", 8999, 8),
        ("hifi", 9000, 3),  # windows of 150,000 steps, 50 to a frame
        ("hifi", 8999, 2),
    ],
)
def test_windows_hold_no_more_frames_than_asked(name, max_frames, windows):
    assert batch_size_for(MODELS[name], max_frames=max_frames) == windows


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("max_frames", [0, 1, 399])
def test_one_window_at_least(name, max_frames):
    assert batch_size_for(MODELS[name], max_frames=max_frames) == 1
    assert batch_size_for(MODELS[name], max_frames=max_frames, max_windows=16) == 1


def test_no_more_windows_than_asked():
    assert batch_size_for(MODELS["hifi"], max_frames=1 << 20, max_windows=7) == 7
    assert batch_size_for(MODELS["hifi"], max_frames=15_000, max_windows=7) == 5


def test_windows_of_another_length():
    model = make_model(changed(HIFI, prediction={"window": 3000, "context": 150}))
    assert batch_size_for(model, max_frames=6000) == 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "cuda"}, "engine is 'cuda', expected one of auto, keras, onnx, openvino"),
        ({"precision": "fp16"}, "precision is 'fp16', expected one of f32, bf16"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        EngineOptions(**options)
