"""The benchmark of quality: nothing is judged by what learnt it."""

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
        # what all learn from is judged by none, and then none is left for the last fold
        ["--fold", "a", "--always", "b*"],
    ],
)
def test_folds_that_overlap_or_are_empty_are_refused(tmp_path, song, options):
    for name in ("a", "b"):
        make_track(tmp_path / name, song)
    call = [sys.executable, ROOT / "benchmarks/quality.py", "folds", "--data", tmp_path, *options]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "each --fold" in done.stderr
