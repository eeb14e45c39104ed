"""Fixtures: a track of the demo song, and the datasets made of it."""

import os

# many small matrix products run faster on one thread than on threads that wait
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# JAX compiles each small network anew, which takes longer than its few steps
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
# whatever the shell says, the tests reach nothing but loopback
for name in ("http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)

import signal
from pathlib import Path

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, make_track

from super_resolution.dataset.reader import Dataset
from super_resolution.dataset.writer import write_dataset
from super_resolution.tracks import demo_song
from super_resolution.tracks.track import find_tracks

# a shell may start the tests with signals ignored, which their processes would inherit
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)

SECONDS = 3.0  # of the demo song: enough for one segment of the hifi preset


@pytest.fixture(scope="session")
def song() -> np.ndarray:
    """Give three seconds of the demo song, int16 (frames, 2)."""
    return demo_song.synthesise(SECONDS)


@pytest.fixture(scope="session")
def data(tmp_path_factory, song) -> Path:
    """Give a data folder with the track `song`; tests only read it."""
    folder = tmp_path_factory.mktemp("data")
    make_track(folder / "song", song)
    return folder


@pytest.fixture(scope="session")
def small_datasets(data, tmp_path_factory) -> dict[str, Dataset]:
    """Give the datasets of the small presets, by the preset's name."""
    folder = tmp_path_factory.mktemp("datasets")
    found = find_tracks(data=data)
    return {
        preset.name: write_dataset(folder / preset.name, found, preset)
        for preset in (SMALL_FAITHFUL, SMALL_HIFI)
    }
