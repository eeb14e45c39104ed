"""What several test modules need: the scripts' folder, a track, small presets."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from super_resolution import dataset_writer, demo, presets, tracks

ROOT = Path(__file__).parent.parent
SECONDS = 3.0  # of the demo song: enough for one segment of the hifi preset

# whatever the shell says, the tests reach nothing but loopback
for name in ("http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SMALL = {"lstm_units": (6, 5), "dense_units": (7, 8), "last_units": 4}
SMALL_SEED = replace(presets.SEED, **SMALL, batch=16)
SMALL_HIFI = replace(
    presets.HIFI, **SMALL, window=100, predict_window=200, context=50, batch=2, segment=8
)


@pytest.fixture(scope="session")
def song() -> np.ndarray:
    """Three seconds of the demo song, int16 (frames, 2)."""
    return demo.synthesise(SECONDS)


@pytest.fixture(scope="session")
def data(tmp_path_factory, song) -> Path:
    """A data folder with the track `song`; tests only read it."""
    folder = tmp_path_factory.mktemp("data")
    make_track(folder / "song", song)
    return folder


def make_track(folder: Path, song: np.ndarray, low_rate: int = 15000, downsample: str = "soxr"):
    """Write a track from samples at 44.1 kHz."""
    return tracks.create(
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


@pytest.fixture(scope="session")
def small_datasets(data, tmp_path_factory) -> dict:
    """The datasets of the small presets, by the preset's name."""
    folder = tmp_path_factory.mktemp("datasets")
    found = tracks.find(data=data)
    return {
        preset.name: dataset_writer.make(folder / preset.name, found, preset)
        for preset in (SMALL_SEED, SMALL_HIFI)
    }


def write_wav(path: Path, signal: np.ndarray, rate: int, subtype: str = "PCM_16") -> Path:
    """Write a test file."""
    soundfile.write(path, signal, rate, subtype=subtype)
    return path
