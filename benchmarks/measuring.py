"""Measure in processes of their own: rates, time to the first output, peak memory.

A `Worker` is a process that has loaded something once and is told what to do, again and
again. Several wait while one works, so that they can be measured in turn: where the
machine slows down, it slows down for all. `run` is a whole command in a fresh process.

This process must stay small and load no engine: Linux counts a child's peak memory from
what its parent held when it was started.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path

from super_resolution.errors import UserError

ROOT = Path(__file__).parent.parent
WAV_HEADER = 44  # bytes before the first sample
PIECE = 1 << 20  # bytes read at once of what is not wanted
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
PACKAGES = ("numpy", "soxr", "keras", "tensorflow", "jax", "torch", "onnxruntime", "openvino")
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")  # what a product may be made of
CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Work:
    """Something to be timed: a call, and how much it does."""

    call: Callable[[], object]
    amount: float


class Worker:
    """A process that holds works and does them when told.

    Parameters
    ----------
    make : callable
        Gives the works by name; called in the process, so it may load what it likes.
    *args
        What `make` takes.

    Raises
    ------
    UserError
        What `make` raises.
    """

    def __init__(self, make: Callable[..., dict[str, Work]], *args: object) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        try:
            self.names = self._pool.submit(_prepare, make, args).result()
        except BaseException:
            self._pool.shutdown()
            raise

    def rate(self, name: str, seconds: float) -> float:
        """Do a work for at least so long; gives amounts a second."""
        return self._pool.submit(_rate, name, seconds).result()

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown()


_works: dict[str, Work] = {}  # of this process, where it is a worker's


def _prepare(make: Callable[..., dict[str, Work]], args: tuple) -> list[str]:
    _works.update(make(*args))
    # the first call may compile, allocate and look around
    for work in _works.values():
        work.call()
    return list(_works)


def _rate(name: str, seconds: float) -> float:
    work, count, started = _works[name], 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds or not count:
        work.call()
        count += 1
    return work.amount * count / elapsed


def in_child(call: Callable, *args: object) -> object:
    """Call in a process of its own, which takes its memory with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(call, *args).result()


@dataclass(frozen=True)
class Ran:
    """What a command took.

    Parameters
    ----------
    first, seconds : float
        Until the first sample of a WAV on its stdout, and until its end.
    memory : float
        Its peak, in MB of 10^6 bytes.
    """

    first: float
    seconds: float
    memory: float


def run(*command: object) -> Ran:
    """Run one of the project's scripts in a fresh process.

    Raises
    ------
    UserError
        If it fails.
    """
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *map(str, command)], stdout=subprocess.PIPE, stderr=errors, cwd=ROOT
        )
        process.stdout.read(WAV_HEADER + 1)
        first = time.perf_counter() - started
        while process.stdout.read(PIECE):
            pass
        process.stdout.close()
        # unlike `wait` it tells the memory of this one child
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise UserError(f"{' '.join(map(str, command))}: {errors.read().decode()}")
    return Ran(first, seconds, usage.ru_maxrss * RSS_UNIT / 1e6)


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def machine() -> str:
    """Name the machine: its CPU, cores, system, versions, and how busy it is already."""
    lines = CPUINFO.read_text().splitlines() if CPUINFO.is_file() else []
    about = dict(map(str.strip, line.split(":", 1)) for line in lines if ":" in line)
    flags = [flag for flag in FLAGS if flag in about.get("flags", "").split()]
    name = about.get("model name") or platform.processor() or platform.machine()
    python = f"Python {platform.python_version()}"
    load = f"load average before the run {os.getloadavg()[0]:.1f}"
    parts = (
        name,
        f"{cores()} cores",
        " ".join(flags),
        platform.system(),
        python,
        *_versions(),
        load,
    )
    return ", ".join(filter(None, parts))


def _versions() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found
