"""Upsampling on several workers: --predict with --workers or --scheduler."""

import argparse
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from super_resolution import errors
from super_resolution.console import print_line

if TYPE_CHECKING:
    from distributed import Client

    from super_resolution.cluster.tasks import Recipe
    from super_resolution.upsampling.jobs import Job


def run(args: argparse.Namespace, name: str, found: "list[Job]") -> None:
    """Upsample the files on a cluster.

    Parameters
    ----------
    args : Namespace
        Of the command `predict`.
    name : str
        Of the model.
    found : list of Job
        None of them opened yet.

    Raises
    ------
    UsageError
        If both kinds of cluster are asked for, or something comes from a pipe or goes to one.
    UserError
        If there is no cluster, or files failed.
    """
    from super_resolution.upsampling import jobs

    if args.workers and args.scheduler:
        raise errors.UsageError("--workers starts a cluster, --scheduler names one: give one")
    failures, checked = errors.Failures(len(found)), []
    for job in found:
        with failures.kept(job.path):
            if job.to_stdout or job.audio.once:
                raise errors.UsageError(f"{job.path}: a cluster takes files, and no pipes")
            jobs.check_destination(job, force=args.force)
            # workers may run in another folder, and open files for themselves
            path, destination = job.path.absolute(), job.destination.absolute()
            checked.append(replace(job, path=path, destination=destination))
    if checked:
        from super_resolution.cluster.run_files import run_on_cluster

        with _cluster(args) as client:
            recipe = _recipe(args, name)
            run_on_cluster(client, checked, recipe, log=print_line, failures=failures)
    failures.check()
    if any(job.of_track for job in found):
        print_line(f"next: {errors.command('evaluate')}")


def _cluster(args: argparse.Namespace) -> "AbstractContextManager[Client]":
    from super_resolution.cluster import connect

    if args.scheduler:
        return connect.existing_cluster(args.scheduler)
    return connect.local_cluster(args.workers)


def _recipe(args: argparse.Namespace, name: str) -> "Recipe":
    from super_resolution.cluster.tasks import Recipe
    from super_resolution.engines.base import EngineOptions
    from super_resolution.files import sha256
    from super_resolution.network import saved_model
    from super_resolution.upsampling.job_runner import Gains

    weights = saved_model.find(args.models, name) / saved_model.WEIGHTS
    # a worker is one of many on its machine
    engine = EngineOptions(args.engine, args.precision, args.threads or 1)
    gains = Gains(args.treble, args.gain)
    return Recipe(name, args.models.absolute(), sha256(weights), engine, gains, args.resample)
