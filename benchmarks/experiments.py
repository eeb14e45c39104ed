"""Experiments: train a network and evaluate it, several at a time in processes of their own."""

import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import harness
import numpy as np

from super_resolution.errors import UserError
from super_resolution.evaluation import metrics
from super_resolution.evaluation.methods import common_end, low_around, methods_of_part, read_part
from super_resolution.network.presets import Preset
from super_resolution.tracks.track import Track, learn_end
from super_resolution.upsampling.upsampler import Upsampler

MAX_EPOCHS = 10_000  # the time limit ends a training
THREAD_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")

Metrics = dict[str, float]  # by the keys of `metrics.METRICS`


@dataclass(frozen=True)
class Experiment:
    """One training, on the first 80 % of tracks, and its evaluation, on the last 20 %."""

    name: str
    preset: Preset | None  # None evaluates the method of that name
    training: list[Track]
    test: list[Track]
    minutes: float = 0  # of training; 0 evaluates the model in `keep`
    epochs: int | None = None  # at most; by default only the time ends a training
    seed: int = 0
    keep: Path | None = None  # a folder that keeps the model under the experiment's name
    dataset: Path | None = None  # one that holds the training tracks; it is made if not given


def run_all(experiments: list[Experiment], at_once: int) -> list[dict[str, Metrics]]:
    """Run experiments, `at_once` at a time; gives the metrics of each test track, by its name."""
    threads = max(1, harness.cores() // at_once)
    os.environ |= dict.fromkeys(THREAD_VARIABLES, str(threads)) | {"TF_NUM_INTEROP_THREADS": "1"}
    context = get_context("spawn")
    with ProcessPoolExecutor(at_once, mp_context=context, max_tasks_per_child=1) as pool:
        return list(pool.map(partial(_run, threads=threads), experiments))


def _run(experiment: Experiment, threads: int) -> dict[str, Metrics]:
    if experiment.preset is None:
        return {track.name: evaluate(track, experiment.name) for track in experiment.test}
    with tempfile.TemporaryDirectory() as scratch:
        folder = (experiment.keep or Path(scratch)) / experiment.name.replace(" ", "-")
        if experiment.minutes:
            train(experiment, experiment.preset, folder, Path(scratch))
        upsampler = Upsampler.from_pretrained(folder.name, models=folder.parent, threads=threads)
        return {track.name: evaluate(track, upsampler) for track in experiment.test}


def train(experiment: Experiment, preset: Preset, folder: Path, scratch: Path) -> None:
    """Train the network of an experiment; refuses tracks that are all too short."""
    from super_resolution.dataset.reader import load_dataset
    from super_resolution.dataset.writer import long_enough, write_dataset
    from super_resolution.network import backend

    backend.load()
    from super_resolution.training.start import TrainOptions
    from super_resolution.training.train import train_network

    if experiment.dataset:
        names = [track.name for track in experiment.training]
        dataset = load_dataset(experiment.dataset).only(names)
    else:
        tracks = long_enough(experiment.training, preset)
        if not tracks:
            raise UserError("no track is long enough to train on: scan longer ones")
        dataset = write_dataset(scratch / "dataset", tracks, preset)
    preset = replace(
        preset, training=replace(preset.training, epochs=experiment.epochs or MAX_EPOCHS)
    )
    log = partial(print, file=sys.stderr, flush=True)
    options = TrainOptions(folder, experiment.minutes, force=True, seed=experiment.seed, log=log)
    train_network(dataset, preset, options)


def evaluate(track: Track, method: Upsampler | str) -> Metrics:
    """Evaluate an upsampler, or a baseline by its name, on the last 20 % of a track."""
    start, end, info = learn_end(track), common_end(track), track.info
    original = read_part(track.original, start, end)
    if isinstance(method, Upsampler):
        estimate = upsample_part(method, track, start, end)
    else:
        estimate = methods_of_part(track, start, end)[method]()
    visqol = len(original) > metrics.VISQOL_MIN_SECONDS * info.sample_rate
    values = metrics.evaluate(
        original,
        estimate,
        sample_rate=info.sample_rate,
        low_rate=info.low_rate,
        bandwidth=info.bandwidth,
        visqol=visqol,
    )
    return {"visqol": np.nan} | values


def upsample_part(upsampler: Upsampler, track: Track, start: int, end: int) -> np.ndarray:
    """Upsample a part of a track, as `--predict` does; int16, shape (end - start, channels)."""
    low, first = low_around(track, start, end)
    high = upsampler.stream([low], sample_rate=track.info.low_rate, channels=low.shape[1])
    return np.concatenate(list(high))[start - first : end - first]
