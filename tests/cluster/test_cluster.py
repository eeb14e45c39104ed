"""Files on a real cluster of two workers, over loopback; some of them are killed."""

import os
import re
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import SMALL_HIFI, jobs, low_file, make_model, save_random, write_wav

from super_resolution import Upsampler
from super_resolution.audio.wav import read_wav16
from super_resolution.cluster import long_file
from super_resolution.cluster.connect import existing_cluster, local_cluster
from super_resolution.cluster.run_files import run_on_cluster
from super_resolution.cluster.tasks import Recipe
from super_resolution.engines.base import EngineOptions
from super_resolution.errors import Failures, UserError
from super_resolution.files import sha256
from super_resolution.locks import beside
from super_resolution.network.saved_model import WEIGHTS
from super_resolution.upsampling.job_runner import Gains, run_jobs
from super_resolution.upsampling.segments import SECONDS

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")
pytestmark = pytest.mark.slow

# a tenth of the usual rates, so that a long file is soon done
MODEL = replace(make_model(SMALL_HIFI), low_rate=1500, sample_rate=4410)
LONG_SECONDS = 5 * SECONDS + 1  # six segments
PATIENCE = 300  # seconds


@pytest.fixture(scope="module")
def client():
    """Give a cluster of two workers."""
    with local_cluster(2) as client:
        yield client


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """Give a folder with the model `a`."""
    folder = tmp_path_factory.mktemp("models")
    save_random(folder / "a", MODEL)
    return folder


@pytest.fixture
def recipe(models) -> Recipe:
    """Give the recipe of a call without options."""
    options = EngineOptions("onnx", threads=1)
    return Recipe("a", models, sha256(models / "a" / WEIGHTS), options, Gains(), True, None, False)


def music(path: Path, seconds: float) -> Path:
    rng = np.random.default_rng(round(seconds))
    return write_wav(path, rng.normal(0, 3000, (round(seconds * 1500), 1)).astype(np.int16), 1500)


def undivided(job, recipe: Recipe) -> np.ndarray:
    """Upsample a file in this process."""
    job = replace(job, destination=job.destination.with_suffix(".expected.wav"))
    upsampler = Upsampler.from_pretrained("a", models=recipe.models, engine="onnx", threads=1)
    run_jobs([job], upsampler, recipe.gains, log=lambda line: None)
    return read_wav16(job.destination)


def run(client, found, recipe) -> tuple[list[str], Failures]:
    lines, failures = [], Failures(len(found) + 1)
    pairs = [(job, recipe) for job in found]
    run_on_cluster(client, pairs, log=lines.append, failures=failures)
    return lines, failures


def kill_at_a_segment(client, job, killed: list[int]) -> threading.Thread:
    """Kill a worker as soon as the first segment of a job is done."""
    folder = beside(job.destination, "segments")

    def kill() -> None:
        deadline = time.monotonic() + PATIENCE
        while not list(folder.glob("[0-9].npy")) and time.monotonic() < deadline:
            time.sleep(0.01)
        busy = [worker for worker, keys in client.processing().items() if keys]
        pids = client.run(os.getpid, workers=busy[:1])
        killed.extend(pids.values())
        os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_worker_dies_and_the_samples_are_those_of_an_undivided_run(client, recipe, tmp_path):
    found = jobs(
        tmp_path,
        music(tmp_path / "long.wav", LONG_SECONDS),
        music(tmp_path / "short.wav", 3),
        low_file(tmp_path / "bad.wav"),
    )
    (tmp_path / "bad.wav").write_bytes(b"none")
    killed = []
    thread = kill_at_a_segment(client, found[0], killed)
    lines, failures = run(client, found, replace(recipe, gains=Gains(output=12.0)))
    thread.join()
    assert killed
    assert failures.names == [str(tmp_path / "bad.wav")]
    told = "\n".join(lines)
    assert re.search(r"short\.44100\.wav: 3\.0 s at 4410 Hz, by a, gain \+12 dB", told)
    assert re.search(r"long\.44100\.wav: 601\.0 s at 4410 Hz, by a, gain \+12 dB", told)
    for job in found[:2]:
        expected = undivided(job, replace(recipe, gains=Gains(output=12.0)))
        assert np.array_equal(read_wav16(job.destination), expected)
    # what was clipped in the parts is counted in all
    clipped = [line for line in lines if "samples are clipped" in line]
    assert len(clipped) == 2
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()


def test_a_file_whose_workers_all_die_is_named_and_the_others_are_made(
    client, recipe, tmp_path, capsys
):
    long, short = jobs(
        tmp_path, music(tmp_path / "a.wav", LONG_SECONDS), music(tmp_path / "b.wav", 1)
    )
    allowed = dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with allowed, local_cluster(2) as other:
        thread = kill_at_a_segment(other, long, [])
        _, failures = run(other, [long, short], recipe)
        thread.join()
        assert failures.names == [str(long.path)]
        assert "a.wav: every worker that had it died (1)" in capsys.readouterr().err
        assert short.destination.exists() and not long.destination.exists()
        # the next run takes what was finished as it is
        parts = beside(long.destination, "segments")
        assert list(parts.glob("[0-9].npy"))
    _, failures = run(client, [long], recipe)
    assert failures.names == []
    assert np.array_equal(read_wav16(long.destination), undivided(long, recipe))


def test_parts_that_are_there_are_taken_and_those_of_another_origin_are_not(recipe, tmp_path):
    (job,) = jobs(tmp_path, music(tmp_path / "a.wav", 2))
    upsampler = Upsampler.from_pretrained("a", models=recipe.models, engine="onnx", threads=1)

    def run(job, upsampler) -> None:
        run_jobs([job], upsampler, Gains(), log=lambda line: None)

    long = long_file.prepare(job, upsampler, run, {"bytes": 1})
    long_file.upsample_part(long, 0, upsampler)
    written = long.part(0).stat().st_mtime_ns
    again = long_file.prepare(job, upsampler, run, {"bytes": 1})
    long_file.upsample_part(again, 0, upsampler)
    assert again == long and long.part(0).stat().st_mtime_ns == written
    long_file.prepare(job, upsampler, run, {"bytes": 2})
    assert not long.part(0).exists()


def test_a_worker_with_other_weights_is_refused(client, recipe, tmp_path):
    found = jobs(tmp_path, music(tmp_path / "a.wav", 1))
    with pytest.raises(UserError, match="other weights on a worker"):
        pairs = [(found[0], replace(recipe, weights="0"))]
        run_on_cluster(client, pairs, log=lambda line: None, failures=Failures(1))


def test_a_scheduler_that_runs_already(client, recipe, tmp_path):
    security = client.security
    with (
        dask.config.set(
            {
                "distributed.comm.tls.ca-file": security.tls_ca_file,
                "distributed.comm.tls.client.cert": security.tls_client_cert,
                "distributed.comm.tls.client.key": security.tls_client_key,
            }
        ),
        existing_cluster(client.scheduler.address) as other,
    ):
        (job,) = jobs(tmp_path, music(tmp_path / "a.wav", 1))
        lines, failures = run(other, [job], recipe)
    assert len(lines) == 1 and failures.names == []


def test_no_scheduler_is_one_line(monkeypatch):
    monkeypatch.setattr("super_resolution.cluster.connect.PATIENCE", 0.2)
    refused = pytest.raises(UserError, match="no scheduler answers at tcp://127.0.0.1:9")
    with refused, existing_cluster("tcp://127.0.0.1:9"):
        pass
