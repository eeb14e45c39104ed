"""benchmarks/quality.py: no network is evaluated on a track that it was trained on."""

import subprocess
import sys

import pytest
from helpers import ROOT, make_track


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--fold", "*"],
        ["--fold", "c*"],
        ["--fold", "a,b", "--fold", "b"],
        # the tracks of --always are not tested: none is left for the last fold
        ["--fold", "a", "--always", "b*"],
    ],
)
def test_folds_that_overlap_or_are_empty_are_refused(tmp_path, song, options):
    for name in ("a", "b"):
        make_track(tmp_path / name, song)
    call = [sys.executable, ROOT / "benchmarks/quality.py", "folds", "--data", tmp_path, *options]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "each --fold" in done.stderr
