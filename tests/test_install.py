"""The installed package: what the wheel holds, and that its command equals the script."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT, write_wav

from super_resolution import __version__
from super_resolution.network.presets import SHIPPED

pytestmark = pytest.mark.slow
PACKAGE = ROOT / "super_resolution"
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
SOURCES = ["LICENSE", "README.md", "pyproject.toml", *(path.name for path in ROOT.glob("*.txt"))]


def run(*call: str | Path, cwd: Path, site: Path | None = None) -> str:
    environment = os.environ | ({"PYTHONPATH": str(site)} if site else {})
    done = subprocess.run(
        call, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Give a folder with the installed package, built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("install")
    source, wheels, site = (folder / name for name in ("source", "wheels", "site"))
    no_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, source / PACKAGE.name, ignore=no_caches)
    for name in SOURCES:
        shutil.copy(ROOT / name, source)
    offline = ["--no-deps", "--no-index"]
    run(*PIP, "wheel", *offline, "--no-build-isolation", "-w", wheels, source, cwd=folder)
    run(*PIP, "install", *offline, "--target", site, *wheels.glob("*.whl"), cwd=folder)
    return site


def test_the_weights_and_the_listening_page_are_installed(site):
    pages = [path for path in (PACKAGE / "report/listening/assets").iterdir() if path.is_file()]
    for path in [PACKAGE / "pretrained" / SHIPPED / "model.safetensors", *pages]:
        assert (site / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


def test_the_installed_package_is_the_one_that_runs(site, tmp_path):
    code = "import super_resolution; print(super_resolution.__file__)"
    assert str(site) in run(sys.executable, "-c", code, cwd=tmp_path, site=site)
    version = run(site / "bin/super-resolution", "--version", cwd=tmp_path, site=site)
    assert version == f"super-resolution {__version__}\n"


def test_the_command_gives_the_bytes_of_the_script(site, tmp_path):
    noise = np.random.default_rng(0).integers(-3000, 3000, (7500, 2)).astype(np.int16)
    calls = {
        "module": [sys.executable, "-m", "super_resolution"],
        "command": [site / "bin/super-resolution"],
        "script": [sys.executable, ROOT / "rnn-super-resolution.py", "--predict"],
    }
    results = set()
    for name, call in calls.items():
        (tmp_path / name).mkdir()
        write_wav(tmp_path / name / "song.wav", noise, 15000)
        run(*call, "song.wav", cwd=tmp_path / name, site=None if name == "script" else site)
        results.add((tmp_path / name / "song.44100.wav").read_bytes())
    assert len(results) == 1
