"""Share out the files of one call among the workers of a cluster.

A worker that dies is replaced by Dask, and its tasks are given to others, up to
`distributed.scheduler.allowed-failures` times. Results are written by the workers, into
folders that all machines see; what comes back is what the user is told.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tqdm import tqdm

from super_resolution.cluster import tasks
from super_resolution.cluster.long_file import LongFile
from super_resolution.cluster.tasks import Done, Recipe
from super_resolution.console import print_line
from super_resolution.errors import Failures, UserError
from super_resolution.upsampling.jobs import Job

if TYPE_CHECKING:
    from distributed import Client, Future, as_completed

BAR = "{percentage:3.0f}%|{bar}| {n:.1f}/{total} files [{elapsed}<{remaining}]"
LOST = "the scheduler is gone: run the command again, what was finished is kept"
CUT_SHARE = 0.9  # of a long file's progress that its segments are


@dataclass
class _File:
    """A file on its way."""

    job: Job
    recipe: Recipe
    long: LongFile | None = None
    waiting: dict[str, "Future"] = field(default_factory=dict)  # by key
    progress: float = 0.0


def run_on_cluster(
    client: "Client",
    jobs: list[tuple[Job, Recipe]],
    *,
    log: Callable[[str], None],
    failures: Failures,
) -> None:
    """Upsample files on a cluster.

    Parameters
    ----------
    client : Client
    jobs : list of Job and Recipe
        As `check_destination` passed them; none is a pipe.
    log : callable
        Takes each line for the user.
    failures : Failures
        Keeps the errors of single files.

    Raises
    ------
    UserError
        If the connection to the scheduler is lost.
    """
    from distributed import as_completed

    with tqdm(total=len(jobs), bar_format=BAR, disable=None, leave=False) as bar:
        shelf = _Shelf(client, as_completed(), bar, log)
        for job, recipe in jobs:
            shelf.start(_File(job, recipe), tasks.upsample_or_prepare)
        for future in shelf.completed:
            file = shelf.owner(future)
            if file is None:
                continue
            if future.cancelled():
                raise UserError(LOST)
            with tqdm.external_write_mode(), failures.kept(file.job.path):
                shelf.go_on(file, future)


class _Shelf:
    """All files, and the tasks that belong to them."""

    def __init__(
        self,
        client: "Client",
        completed: "as_completed",
        bar: tqdm,
        log: Callable[[str], None],
    ) -> None:
        self.completed = completed
        self._client, self._bar, self._log = client, bar, log
        self._files: dict[str, _File] = {}  # by the key of a task

    def start(self, file: _File, task: Callable, *args: object, priority: int = 0) -> None:
        """Give a task of a file to the cluster."""
        future = self._client.submit(
            task, file.job, file.recipe, *args, pure=False, priority=priority
        )
        file.waiting[str(future.key)] = future
        self._files[str(future.key)] = file
        self.completed.add(future)

    def owner(self, future: "Future") -> _File | None:
        """Give the file of a task that has ended; None if the file has failed before."""
        file = self._files.pop(str(future.key), None)
        if file is not None:
            del file.waiting[str(future.key)]
        return file

    def go_on(self, file: _File, future: "Future") -> None:
        """Give the tasks that follow to the cluster; raises the task's error."""
        try:
            result = _result(file, future)
        except BaseException:
            self._give_up(file)
            raise
        if isinstance(result, Done):
            self._tell(file, result)
        elif isinstance(result, LongFile):
            file.long = result
            for number in range(result.segments):
                # before the next file: what is begun is finished first
                self.start(file, tasks.upsample_part, result, number, priority=1)
        elif file.long:
            self._advance(file, CUT_SHARE / file.long.segments)
            if not file.waiting:
                self.start(file, tasks.join, file.long, priority=2)

    def _tell(self, file: _File, done: Done) -> None:
        for line in done.lines:
            self._log(line)
        for warning in done.warnings:
            print_line(warning, sys.stderr)
        self._advance(file, 1 - file.progress)

    def _give_up(self, file: _File) -> None:
        for key, future in file.waiting.items():
            self._files.pop(key, None)
            future.cancel()
        file.waiting.clear()
        self._advance(file, 1 - file.progress)

    def _advance(self, file: _File, share: float) -> None:
        file.progress += share
        self._bar.update(share)


def _result(file: _File, future: "Future") -> object:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise UserError(
            f"{file.job.path}: every worker that had it died ({error.allowed_failures + 1}), often "
            f"for a lack of memory: fewer --workers may do it"
        ) from error
