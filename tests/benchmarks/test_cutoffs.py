"""benchmarks/cutoffs.py: limited versions are aligned, and each track has its model."""

import subprocess
import sys

import numpy as np
import pytest
from cutoffs import encoded
from helpers import ROOT, SMALL_HIFI, make_model, make_track, save_random


@pytest.mark.parametrize("codec", ["mp3", "AAC"])
@pytest.mark.parametrize("channels", [1, 2])
def test_encoded_songs_are_aligned_with_the_original(song, codec, channels):
    original = np.ascontiguousarray(song[:, :channels])
    decoded = encoded(original, 44100, codec, 128) * 32768
    frames = min(len(decoded), len(original))
    error = decoded[:frames] - original[:frames]
    assert np.std(error[4000:-4000]) < 0.3 * np.std(original)


def test_each_track_is_upsampled_with_the_model_of_its_fold(tmp_path, song):
    make_track(tmp_path / "data/song", song)
    save_random(tmp_path / "models/mine", make_model(SMALL_HIFI))
    call = ("benchmarks/cutoffs.py", "--data", tmp_path / "data", "--models", tmp_path / "models")
    options = ("--model", "none", "--seconds", "0.5", "--fold", "mine=s*")
    done = subprocess.run(
        [sys.executable, *map(str, (*call, *options))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2 + 9 * 3 and "kept, level matched" in lines[0]
