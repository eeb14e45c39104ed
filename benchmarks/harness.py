"""Measure in separate processes: speed, start-up time, peak memory.

A worker is a process that loads something once and repeats it on request. Several workers
take turns, so that a change in the speed of the machine affects all of them. This process
must load no engine: on Linux, a child's peak memory includes what its parent had at its start.
"""

import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import packages_distributions, version
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from tables import Row
from tqdm import tqdm
from workloads import Workload

from super_resolution.engines.base import EngineOptions
from super_resolution.errors import UserError
from super_resolution.network.presets import Preset

ROOT = Path(__file__).parent.parent
WAV_HEADER_BYTES = 44
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024  # unit of ru_maxrss
PACKAGES = ("numpy", "soxr", "keras", "tensorflow", "jax", "torch", "onnxruntime", "openvino")
CPU_INFO = Path("/proc/cpuinfo")

MakeWorkloads = Callable[..., list[Workload]]
_workloads: list[Workload] = []  # of this process, if it is a worker


class CommandResult(NamedTuple):
    """The measurements of a command."""

    first_sample: float  # seconds until the first sample of a WAV on its stdout
    seconds: float
    memory: float  # its peak, in MB (10^6 bytes)
    cpu: float  # seconds of all its threads together


@dataclass
class Worker:
    """A process with workloads, each of which has a row."""

    rows: list[Row]
    measure: Callable[[float], list[float]]  # seconds -> calls per second, for each workload
    command: tuple = ()  # a script whose time and memory belong to the first row

    def run_round(self, seconds: float) -> None:
        """Add one measurement to each row."""
        speeds = self.measure(seconds)
        # the machine may be slower in one round than in another, so compare within a round
        product = speeds[-1] * self.rows[-1].amount
        for row, speed in zip(self.rows, speeds, strict=True):
            row.values.append(speed * row.amount)
            row.shares.append(speed * row.gflop / product)
        if self.command:
            result = run_script(*self.command)
            self.rows[0].memory.append(result.memory)
            self.rows[0].first_sample.append(result.first_sample)


@contextmanager
def start_worker(make: MakeWorkloads, *args: object, command: tuple = ()) -> Iterator[Worker]:
    """Start a worker with the workloads that `make(*args)` gives in the new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        rows = pool.submit(_prepare, make, args).result()
        yield Worker(rows, lambda seconds: pool.submit(_repeat, seconds).result(), command)


def _prepare(make: MakeWorkloads, args: tuple) -> list[Row]:
    _workloads.extend(make(*args))
    # the first call may compile and allocate
    for _, call in _workloads:
        call()
    return [row for row, _ in _workloads]


def _repeat(seconds: float) -> list[float]:
    speeds = []
    for _, call in _workloads:
        calls, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds or not calls:
            call()
            calls += 1
        speeds.append(calls / elapsed)
    return speeds


def in_child(call: Callable, *args: object) -> Any:
    """Call a function in a new process, so that its memory does not stay in this one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(call, *args).result()


def run_script(*command: object) -> CommandResult:
    """Run Python with these arguments in a new process; a `UserError` if it fails."""
    words = [sys.executable, *map(str, command)]
    with tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=stderr, cwd=ROOT)
        with cast("IO[bytes]", process.stdout) as stdout:
            stdout.read(WAV_HEADER_BYTES + 1)
            first_sample = time.perf_counter() - start
            stdout.read()
        # unlike `Popen.wait`, this gives the memory of this child alone
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            stderr.seek(0)
            raise UserError(f"{' '.join(words)}: {stderr.read().decode()}")
    memory, cpu = usage.ru_maxrss * MAXRSS_BYTES / 1e6, usage.ru_utime + usage.ru_stime
    return CommandResult(first_sample, seconds, memory, cpu)


def predict_command(folder: Path, file: Path, output: Path | str, options: EngineOptions) -> tuple:
    """Give the arguments of `run_script` that upsample a file."""
    model = ("--models", folder.parent, "--model", folder.name)
    engine = ("--engine", options.engine, "--precision", options.precision)
    return ("rnn-super-resolution.py", "--predict", file, *model, *engine, "-o", output, "--force")


@dataclass(frozen=True)
class Session:
    """A run of the benchmark."""

    rounds: int
    seconds: float  # shortest time of one measurement
    presets: tuple[Preset, ...]
    scratch: Path  # a folder for temporary files

    def progress(self, name: str) -> Iterable[int]:
        """Count the rounds, with a progress bar on a terminal."""
        return tqdm(range(self.rounds), desc=name, unit="round", disable=None, leave=False)


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_machine() -> str:
    """Describe the machine in one line."""
    cpu_info = CPU_INFO.read_text() if CPU_INFO.is_file() else ""
    model, installed = re.search(r"model name\s*: (.*)", cpu_info), packages_distributions()
    parts = [
        model[1] if model else platform.machine(),
        f"{cores()} cores",
        f"{platform.system()}, Python {platform.python_version()}",
        *(f"{name} {version(installed[name][0])}" for name in PACKAGES if name in installed),
        f"load average before the run {os.getloadavg()[0]:.1f}",
    ]
    return ", ".join(parts)
