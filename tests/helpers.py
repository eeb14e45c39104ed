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


def changed(preset: Preset, **parts: dict) -> Preset:
    """Change fields of a preset's parts, as in `changed(HIFI, training={"epochs": 8})`."""
    return replace(
        preset, **{name: replace(getattr(preset, name), **part) for name, part in parts.items()}
    )


SMALL_FAITHFUL = changed(
    FAITHFUL,
    network={"lstm_units": (6, 5), "dense_units": (7, 8, 4)},
    training={"batch_size": 16},
    prediction={"window": 50, "context": 10},
)
SMALL_HIFI = changed(
    HIFI,
    network={"lstm_units": (6,), "dense_units": (7,)},
    training={"segment": 20, "batch_size": 4},
    prediction={"window": 6000, "context": 1500},
)


def make_model(preset: Preset, low_rate: int = 15000, scale: float = 300.0) -> Model:
    """Describe a model of a preset, trained on nothing."""
    return Model(preset, 44100, low_rate, "soxr", scale, ())


def random_weights(model: Model, spread: float = 0.3) -> dict[str, np.ndarray]:
    """Give weights for a model's network; biases too, so that none is mixed up unseen."""
    rng = np.random.default_rng(0)
    shapes = saved_model.weight_shapes(model.preset.network)
    return {name: rng.normal(0, spread, shape).astype(np.float32) for name, shape in shapes.items()}


def save_random(folder: Path, model: Model) -> dict[str, np.ndarray]:
    """Write a model with random weights, and give these."""
    weights = random_weights(model)
    saved_model.save(folder, model, weights)
    return weights


def frames_of(signal: np.ndarray, kernel: np.ndarray, stride: int, *, before: int) -> np.ndarray:
    """Multiply frames of a signal, (frames,), with a matrix, as the slow loop does."""
    count = len(signal) // stride
    padded = np.pad(signal, (before, len(kernel)))
    return np.array([padded[k * stride :][: len(kernel)] @ kernel for k in range(count)])


def overlap_added(frames: np.ndarray) -> np.ndarray:
    """Add frames that overlap by half; the first half of the first one is left out."""
    hop = frames.shape[1] // 2
    signal = np.zeros((len(frames) + 1) * hop)
    for number, frame in enumerate(frames):
        signal[number * hop :][: 2 * hop] += frame
    return signal[hop:]


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
