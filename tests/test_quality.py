"""The benchmark of quality: nothing is judged by what learnt it."""

import subprocess
import sys

import pytest
from helpers import ROOT, make_track


@pytest.mark.parametrize("patterns", [[], ["*"], ["c*"], ["a,b", "b"]])
def test_folds_that_overlap_or_are_empty_are_refused(tmp_path, song, patterns):
    for name in ("a", "b"):
        make_track(tmp_path / name, song)
    options = [part for pattern in patterns for part in ("--fold", pattern)]
    call = [sys.executable, ROOT / "benchmarks/quality.py", "folds", "--data", tmp_path, *options]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "each --fold" in done.stderr
