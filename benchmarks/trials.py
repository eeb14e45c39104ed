"""One training and what it is worth: what `quality.py` prints tables of, several at a time."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import measuring
import numpy as np

from super_resolution import errors
from super_resolution.engines.base import Engine, EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.evaluation import metrics
from super_resolution.evaluation.methods import common_end, low_around, methods_of_part, read_part
from super_resolution.network import saved_model
from super_resolution.network.config import Preset
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import Track, find_tracks, learn_end
from super_resolution.upsampling.stream import upsample_blocks

FOREVER = 10_000  # epochs: the minutes end a training
# what TensorFlow, ONNX Runtime's rivals and numpy take for their number of threads
THREADS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """One training: what it learns from, what it is judged on, and how it is called.

    Parameters
    ----------
    name : str
    preset : Preset
    learn, judge : tuple of str
        Names of tracks.
    data : Path
        Where they are.
    minutes : float
        0 trains nothing and judges what `keep` holds.
    seed : int
    keep : Path or None
        Where the model stays, in a folder of the job's name.
    """

    name: str
    preset: Preset
    learn: tuple[str, ...]
    judge: tuple[str, ...]
    data: Path
    minutes: float
    seed: int = 0
    keep: Path | None = None

    @property
    def folder_name(self) -> str:
        """The name of the model's folder."""
        return self.name.replace(" ", "-")


def run_all(jobs: list[Job], at_once: int) -> list[dict]:
    """Run jobs in processes of their own, `at_once` at a time, each on its share of the cores."""
    return _in_processes(run, jobs, at_once)


def judge_soxr(names: Iterable[str], data: Path, at_once: int) -> dict[str, dict[str, float]]:
    """Measure soxr on tracks, several at a time."""
    found = find_tracks(names, data=data)
    rows = _in_processes(judge, found, at_once)
    return {track.name: row for track, row in zip(found, rows, strict=True)}


def run(job: Job) -> dict[str, dict[str, float]]:
    """Train and judge; gives each judged track's metrics."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = (job.keep or Path(scratch)) / job.folder_name
        model = train(job, folder, Path(scratch)) if job.minutes else saved_model.load(folder)
        threads = os.environ.get(THREADS[0])
        engine = load_engine(folder, model, EngineOptions(threads=int(threads or 0) or None))
        found = find_tracks(job.judge, data=job.data)
        return {track.name: judge(track, engine, model.for_song(track.about)) for track in found}


def train(job: Job, folder: Path, scratch: Path) -> Model:
    """Train a job's network.

    Raises
    ------
    UserError
        If none of its tracks is long enough to learn from.
    """
    from super_resolution.dataset.writer import long_enough, write_dataset
    from super_resolution.network import backend
    from super_resolution.training.train import TrainOptions, train_network

    backend.load()
    learn = long_enough(find_tracks(job.learn, data=job.data), job.preset)
    if not learn:
        raise errors.UserError(f"none of {', '.join(job.learn)} is long enough to learn from")
    dataset = write_dataset(scratch / "dataset", learn, job.preset)
    plan = TrainOptions(folder, minutes=job.minutes, seed=job.seed, force=True, log=_log)
    return train_network(dataset, replace(job.preset, epochs=FOREVER), plan)


def judge(
    track: Track, engine: Engine | None = None, model: Model | None = None
) -> dict[str, float]:
    """Measure a network on a track's last 20 %; without one, soxr."""
    start, end = learn_end(track), common_end(track)
    original = read_part(track.original, start, end)
    if engine is None:
        estimate = methods_of_part(track, start, end)["soxr"]()
    else:
        estimate = upsampled(track, start, end, engine, model)
    info = track.info
    visqol = len(original) > metrics.VISQOL_SHORTEST * info.sample_rate
    rates = {"sample_rate": info.sample_rate, "low_rate": info.low_rate}
    found = metrics.evaluate(original, estimate, **rates, visqol=visqol)
    return {"visqol": float("nan")} | found


def upsampled(track: Track, start: int, end: int, engine: Engine, model: Model) -> np.ndarray:
    """Upsample a part of a track; int16, shape (end - start, channels)."""
    low, first = low_around(track, start, end)
    blocks = upsample_blocks([low], engine, model, channels=low.shape[1])
    return np.concatenate(list(blocks))[start - first : end - first]


def _in_processes(call: Callable, items: Iterable, at_once: int) -> list:
    share = str(max(1, measuring.cores() // at_once))
    os.environ |= dict.fromkeys(THREADS, share) | {"TF_NUM_INTEROP_THREADS": "1"}
    context = get_context("spawn")
    with ProcessPoolExecutor(at_once, mp_context=context, max_tasks_per_child=1) as pool:
        return list(pool.map(call, items))


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
