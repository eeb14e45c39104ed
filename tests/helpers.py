"""What several test modules need besides fixtures: small presets, tracks, files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from super_resolution.network import onnx_network, presets, saved_model
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import Track
from super_resolution.tracks.writer import write_track

ROOT = Path(__file__).parent.parent

SMALL = {"lstm_units": (6, 5), "dense_units": (7, 8), "last_units": 4}
SMALL_SEED = replace(presets.SEED, **SMALL, predict_window=50, context=10, batch=16)
SMALL_HIFI = replace(
    presets.HIFI, **SMALL, window=100, predict_window=200, context=50, batch=2, segment=8
)


def make_track(
    folder: Path, song: np.ndarray, low_rate: int = 15000, downsample: str = "soxr"
) -> Track:
    """Write a track from samples at 44.1 kHz."""
    return write_track(
        folder,
        iter([song.astype(np.float32)]),
        channels=song.shape[1],
        low_rate=low_rate,
        downsample=downsample,
        title=folder.name,
        source="test",
        licence=None,
        start=0.0,
        seconds=None,
    )


def write_wav(path: Path, signal: np.ndarray, rate: int, subtype: str = "PCM_16") -> Path:
    """Write a test file."""
    soundfile.write(path, signal, rate, subtype=subtype)
    return path


def random_layers(model: Model, spread: float = 0.3) -> dict[str, list[np.ndarray]]:
    """Give weights for a model's network, as its Keras layers would hold them."""
    rng, layers = np.random.default_rng(0), {}
    described = onnx_network.describe(model.preset, model.grid).weights
    for name, shape in described.items():
        layer, kind = name.rsplit(".", 1)
        sizes = {"kernel": [shape, shape[1:]] if f"{layer}.bias" in described else [shape]}
        if kind == "W":
            units, inputs = shape[1] // 4, shape[2]
            sizes["W"] = [(inputs, 4 * units), (units, 4 * units), (4 * units,)] * 2
        if kind in sizes:
            layers[layer] = [rng.normal(0, spread, s).astype(np.float32) for s in sizes[kind]]
    return layers


def save_random(folder: Path, model: Model) -> Model:
    """Write a model with random weights that only engines of ONNX can read."""
    layers = random_layers(model)
    return saved_model.save(
        folder,
        model,
        lambda path: path.write_bytes(b"no weights"),
        lambda path: onnx_network.write(path, model.preset, model.grid, layers),
    )
