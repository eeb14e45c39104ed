"""What several test modules need besides fixtures: small presets, tracks, files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from super_resolution import presets, track_writer
from super_resolution.tracks import Track

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
    return track_writer.create(
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
