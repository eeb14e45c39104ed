"""The Python lines of the READMEs run as they stand there."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from helpers import ROOT, write_wav


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_the_python_lines_upsample_a_song(tmp_path, name):
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.M | re.S)
    noise = np.random.default_rng(0).integers(-3000, 3000, (1500, 2)).astype(np.int16)
    write_wav(tmp_path / "song.wav", noise, 15000)
    lines = [*blocks, "print(high.shape, high.dtype, rate)"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "(4410, 2) int16 44100\n", done.stderr
