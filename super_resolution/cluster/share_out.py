"""Upsample the files of one call on a cluster that is started or connected to for them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from super_resolution.cluster import connect
from super_resolution.cluster.run_files import run_on_cluster
from super_resolution.cluster.tasks import Recipe
from super_resolution.engines.base import EngineOptions
from super_resolution.errors import Failures, UsageError
from super_resolution.files import sha256
from super_resolution.network import saved_model
from super_resolution.upsampling.job_runner import Gains
from super_resolution.upsampling.jobs import Job, check_destination

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True)
class Cluster:
    """Which cluster: workers on this machine, or a scheduler that runs.

    Parameters
    ----------
    workers : int or None
    scheduler : str or None
        Its address.

    Raises
    ------
    UsageError
        If both are given.
    """

    workers: int | None
    scheduler: str | None

    def __post_init__(self) -> None:
        if self.workers and self.scheduler:
            raise UsageError("--workers starts a cluster, --scheduler names one: give one of them")

    def client(self) -> "AbstractContextManager[Client]":
        """Start it, or connect to it."""
        if self.scheduler:
            return connect.existing_cluster(self.scheduler)
        return connect.local_cluster(self.workers or 1)


def share_out(
    found: list[Job],
    cluster: Cluster,
    *,
    models: Path,
    engine: EngineOptions,
    gains: Gains,
    keep: bool,
    cutoff_hz: float | None,
    force: bool,
    log: Callable[[str], None],
    failures: Failures,
) -> None:
    """Upsample files on a cluster.

    Parameters
    ----------
    found : list of Job
    cluster : Cluster
    models : Path
        The folder of the models.
    engine : EngineOptions
        Of each worker.
    gains : Gains
    keep, cutoff_hz
        As for `run_jobs`.
    force : bool
        Replace existing files, take files below the model's rate.
    log : callable
        Takes each line for the user.
    failures : Failures
        Keeps the errors of single files.

    Raises
    ------
    UserError
        If there is no cluster, or the connection to it is lost.
    """
    recipes = {
        name: Recipe(
            name, models.absolute(), _weights(models, name), engine, gains, keep, cutoff_hz, force
        )
        for name in {job.model for job in found}
    }
    ready = [(job, recipes[job.model]) for job in _checked(found, failures, force=force)]
    # started only if there is something to do
    if ready:
        with cluster.client() as client:
            run_on_cluster(client, ready, log=log, failures=failures)


def _weights(models: Path, name: str) -> str:
    return sha256(saved_model.find(models, name) / saved_model.WEIGHTS)


def _checked(found: list[Job], failures: Failures, *, force: bool) -> Iterator[Job]:
    for job in found:
        passed = False
        with failures.kept(job.path):
            if job.to_stdout or job.audio.once:
                raise UsageError(f"{job.path}: a cluster takes files, and no pipes")
            check_destination(job, force=force)
            passed = True
        if passed:
            # workers may run in another folder, and open files for themselves
            path, destination = job.path.absolute(), job.destination.absolute()
            yield replace(job, path=path, destination=destination)
