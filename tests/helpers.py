"""What several test modules need besides fixtures: small presets, models, tracks, files."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from super_resolution.files import write_json
from super_resolution.network import saved_model
from super_resolution.network.presets import FAITHFUL, HIFI, Preset
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import Track
from super_resolution.tracks.upsampled import wav_of
from super_resolution.tracks.writer import write_track
from super_resolution.upsampling.jobs import Job, find_jobs

ROOT = Path(__file__).parent.parent
SMALL = {"lstm_units": (6, 5), "dense_units": (7, 8), "last_units": 4}


def changed(preset: Preset, **parts: dict) -> Preset:
    """Change fields of a preset's parts, as in `changed(HIFI, network={"bands": 8})`."""
    return replace(
        preset, **{name: replace(getattr(preset, name), **part) for name, part in parts.items()}
    )


SMALL_FAITHFUL = changed(
    FAITHFUL,
    network=SMALL,
    training={"batch_size": 16},
    prediction={"window": 50, "context": 10},
)
SMALL_HIFI = changed(
    HIFI,
    network=SMALL,
    training={"window": 100, "segment": 8, "batch_size": 2},
    prediction={"window": 200, "context": 50},
)


def make_model(preset: Preset, low_rate: int = 15000, scale: float = 300.0) -> Model:
    """Describe a model of a preset, trained on nothing."""
    return Model(preset, 44100, low_rate, "soxr", scale, ())


def random_weights(model: Model, spread: float = 0.3) -> dict[str, np.ndarray]:
    """Give weights for a model's network; biases too, so that none is mixed up unseen."""
    rng = np.random.default_rng(0)
    shapes = saved_model.weight_shapes(model.preset.network, model.grid.outputs)
    return {name: rng.normal(0, spread, shape).astype(np.float32) for name, shape in shapes.items()}


def save_random(folder: Path, model: Model) -> dict[str, np.ndarray]:
    """Write a model with random weights, and give these."""
    weights = random_weights(model)
    saved_model.save(folder, model, weights)
    return weights


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


def write_upsampled(track: Track, name: str, signal: np.ndarray, **info: object) -> Path:
    """Write what a network made of a track, and its description."""
    path = wav_of(track.folder, name)
    path.parent.mkdir(exist_ok=True)
    write_json(path.with_suffix(".json"), {"model": name} | info)
    return write_wav(path, signal, 44100)


def write_wav(path: Path, signal: np.ndarray, rate: int, subtype: str = "PCM_16") -> Path:
    """Write a test file."""
    soundfile.write(path, signal, rate, subtype=subtype)
    return path


def page_data(path: Path) -> dict:
    """Read the data that a listening page gives to its script."""
    text = path.read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def jobs(
    folder: Path, *files: Path, output: Path | None = None, recursive: bool = False
) -> list[Job]:
    """Find the jobs of a folder with tracks in `data`."""
    data = folder / "data"
    return find_jobs(files, model="a", data=data, output=output, rate=44100, recursive=recursive)


def low_file(path: Path, frames: int = 1000, rate: int = 15000) -> Path:
    """Write a silent stereo WAV."""
    return write_wav(path, np.zeros((frames, 2), np.int16), rate)
