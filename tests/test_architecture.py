"""The layout of the package: which folder imports which, sizes, and what is loaded when."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, SMALL_FAITHFUL, write_wav

from super_resolution.cli import COMMANDS
from super_resolution.dataset.writer import write_dataset
from super_resolution.tracks.track import find_tracks

PACKAGE = ROOT / "super_resolution"
MODULES = sorted(PACKAGE.rglob("*.py"))
SHARED = {
    "console",
    "errors",
    "files",
    "locks",
    "progress",
    "stderr",
}  # modules that every folder may import
ARROWS = {
    "audio": set(),
    "tracks": {"audio"},
    "network": {"audio"},
    "dataset": {"audio", "network", "tracks"},
    "training": {"dataset", "network"},
    "engines": {"network"},
    "upsampling": {"audio", "engines", "network", "tracks"},
    "cluster": {"audio", "engines", "network", "upsampling"},
    "evaluation": {"audio", "tracks"},
    "report": {"audio", "evaluation", "tracks"},
    # modules of no folder
    "__init__.py": {"upsampling"},
    "console.py": set(),
    "errors.py": {"signals"},
    "files.py": set(),
    "locks.py": set(),
    "progress.py": set(),
    "signals.py": set(),
    "startup.py": {"signals"},
    "stderr.py": set(),
}
FREE = {"commands", "cli.py", "__main__.py"}  # may import every folder
MAX_MODULES, MAX_LINES = 9, 250
KERAS = ["network/keras_network.py", "network/backend.py", "engines/keras_engine.py"]
HEAVY = {"keras", "tensorflow", "scipy", "dask", "distributed"}


def imports(path: Path) -> set[str]:
    # full names such as "super_resolution.audio.pcm.rms", of imports inside functions too
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_folders_import_only_these_others():
    arrows = {}
    for path in MODULES:
        folder = path.relative_to(PACKAGE).parts[0]
        names = [name.split(".") for name in imports(path)]
        others = {name[1] for name in names if name[0] == PACKAGE.name} - {folder} - SHARED
        arrows[folder] = arrows.get(folder, set()) | others
    assert {folder: arrows[folder] for folder in arrows.keys() - FREE} == ARROWS


def test_folders_and_modules_are_small():
    for folder in {path.parent for path in MODULES} - {PACKAGE}:
        assert len(list(folder.glob("[!_]*.py"))) <= MAX_MODULES, folder
    lines = {str(path): path.read_text("utf-8").count("\n") for path in MODULES}
    assert {path: count for path, count in lines.items() if count > MAX_LINES} == {}


def test_only_the_network_training_and_one_engine_import_keras():
    for path in MODULES:
        packages = {name.split(".")[0] for name in imports(path)}
        allowed = path.parent.name == "training" or str(path.relative_to(PACKAGE)) in KERAS
        assert "tensorflow" not in packages or path.name == "backend.py", path
        assert allowed or "keras" not in packages, path


PRINT_MODULES = """
import atexit, runpy, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def loaded_by(*call: str | Path, code: int = 0) -> set[str]:
    # the packages that a script has loaded when it ends
    done = subprocess.run(
        [sys.executable, "-c", PRINT_MODULES, *call],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return {name.split(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize(
    "call",
    [
        *[[path.name] for path in sorted(ROOT.glob("*-*.py"))],
        ["super_resolution/__main__.py"],
        *[["super_resolution/__main__.py", command] for command in COMMANDS],
    ],
    ids=" ".join,
)
def test_help_loads_neither_numpy_nor_keras(call):
    assert loaded_by(*call, "--help") & (HEAVY | {"numpy"}) == set()


def test_a_training_that_may_not_start_is_refused_without_keras(data, tmp_path):
    write_dataset(tmp_path / "_dataset", find_tracks(data=data), SMALL_FAITHFUL)
    folders = ["--data", tmp_path, "--models", tmp_path]
    loaded = loaded_by("rnn-super-resolution.py", *folders, "--train", "--resume", code=1)
    assert "numpy" in loaded and loaded & HEAVY == set()


def test_predict_loads_neither_keras_nor_scipy(tmp_path):
    song = write_wav(tmp_path / "song.wav", np.zeros((3000, 1), np.int16), 15000)
    call = ["rnn-super-resolution.py", "--engine", "onnx", "--predict", song]
    loaded = loaded_by(*call)
    assert "onnxruntime" in loaded and loaded & HEAVY == set()
    assert (tmp_path / "song.44100.wav").is_file()
