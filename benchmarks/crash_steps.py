"""The scripts as steps in a small workspace: run, and what they wrote."""

import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from super_resolution.audio.wav import wav_writer
from super_resolution.dataset.writer import write_dataset
from super_resolution.network.presets import HIFI
from super_resolution.tracks import demo_song
from super_resolution.tracks.track import find_tracks

ROOT = Path(__file__).parent.parent
SECONDS = 5.0  # of the song: what a segment of hifi needs
TINY = replace(
    HIFI,
    network=replace(HIFI.network, lstm_units=(6,), dense_units=(7,)),
    training=replace(HIFI.training, segment=8, batch_size=8, epochs=3),
)
LEFT_BEHIND = (".part-*", ".lock-*", ".old-*", ".download-*")


@dataclass(frozen=True)
class Step:
    """One call of a script.

    Parameters
    ----------
    name : str
    arguments : tuple of str
        The script, and what follows it.
    outputs : str
        Pattern of the files to compare.
    retries : tuple of tuple of str
        What to add to the arguments after a kill; the first that ends well counts.
    written : str
        Pattern of all that it writes; `outputs` unless given.
    """

    name: str
    arguments: tuple[str, ...]
    outputs: str
    retries: tuple[tuple[str, ...], ...] = ((),)
    written: str = ""

    @property
    def makes_folder(self) -> bool:
        """True if the folder of its outputs is its own."""
        return self.name in ("scan", "dataset", "evaluate", "train")


PREDICT = ("rnn-super-resolution.py", "--threads", "1")
TRAIN = ("rnn-super-resolution.py", "--train", "--model", "a")
STEPS = {
    step.name: step
    for step in (
        Step("scan", ("10-scan.py", "song.wav", "--name", "b", "--force"), "data/b/*.*"),
        Step("dataset", ("20-make-dataset.py", "a", "--preset", "hifi"), "data/_dataset/*.*"),
        Step("predict", (*PREDICT, "--force", "--predict", "low.wav"), "low.44100.wav"),
        Step("predict-track", (*PREDICT, "--predict", "a"), "data/a/upsampled/*"),
        Step("evaluate", ("30-evaluate.py", "a"), "data/a/report/*.*"),
        Step(
            "train",
            TRAIN,
            "models/a/log.csv",
            (("--resume",), (), ("--force",)),
            "models/a/**/*.*",
        ),
    )
}


def make_workspace(folder: Path) -> None:
    """Write a song, its track, and the dataset of a tiny preset for the training."""
    song = demo_song.synthesise(SECONDS)
    for name, rate in (("song.wav", 44100), ("low.wav", 15000)):
        with wav_writer(folder / name, sample_rate=rate, channels=2) as out:
            out.write(song if rate == 44100 else song[::3])
    run(folder, Step("scan", ("10-scan.py", "song.wav", "--name", "a"), ""))
    (folder / "train").mkdir()
    shutil.copytree(folder / "data", folder / "train/data")
    tracks = find_tracks(data=folder / "train/data")
    write_dataset(folder / "train/data/_dataset", tracks, TINY)


def place(folder: Path, step: Step) -> Path:
    """Give the folder in which a step runs: the training has a dataset of its own."""
    return folder / "train" if step.name == "train" else folder


def run(folder: Path, step: Step, *more: str, limit: int | None = None) -> tuple[int, str]:
    """Run a step to its end; returns exit code and stderr.

    Parameters
    ----------
    limit : int, optional
        Largest file in bytes.
    """
    with started(folder, step, *more, limit=limit) as process:
        _, errors = process.communicate()
    return process.returncode, errors


@contextmanager
def started(
    folder: Path, step: Step, *more: str, limit: int | None = None
) -> Iterator[subprocess.Popen]:
    """Start a step."""

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    script, *arguments = step.arguments
    # what follows --predict are files
    command = list(map(str, [sys.executable, ROOT / script, *more, *arguments]))
    with subprocess.Popen(
        command,
        cwd=place(folder, step),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limited,
    ) as process:
        yield process


def content(folder: Path, step: Step) -> dict[str, bytes | np.ndarray]:
    """Give what a step wrote; of a training, its losses, which depend on no clock."""
    files = {str(p.relative_to(folder)): p for p in place(folder, step).glob(step.outputs)}
    if step.name == "train":
        return {name: np.loadtxt(path, delimiter=",", skiprows=1) for name, path in files.items()}
    return {name: path.read_bytes() for name, path in files.items()}


def left_behind(folder: Path) -> list[str]:
    """Give the temporary files and locks in a folder."""
    return [path.name for pattern in LEFT_BEHIND for path in folder.rglob(pattern)]


def differing(one: dict, other: dict) -> list[str]:
    """Name the files in which two contents differ."""
    names = sorted(one.keys() | other.keys())
    return [n for n in names if n not in one or n not in other or not _alike(one[n], other[n])]


def _alike(one: bytes | np.ndarray, other: bytes | np.ndarray) -> bool:
    if isinstance(one, bytes) or isinstance(other, bytes):
        return one == other
    # several threads add in any order
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-3)


def measure(folder: Path, step: Step) -> tuple[float, dict]:
    """Run a step undisturbed; returns its seconds and what it wrote."""
    start = time.monotonic()
    code, errors = run(folder, step)
    if code:
        raise SystemExit(f"{step.name}: exit code {code}: {errors}")
    return time.monotonic() - start, content(folder, step)
