"""What kills, full disks and damaged files do to the scripts.

python3 benchmarks/crash.py --kills 100          SIGKILL at random moments, and run again
python3 benchmarks/crash.py --disk               disks of several sizes (tmpfs for root)
python3 benchmarks/crash.py --fuzz 10000         damaged files of every format

Each prints one line for what went wrong, and one that sums up.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from crash_fuzz import fuzz
from crash_steps import (
    STEPS,
    Step,
    content,
    differing,
    left_behind,
    make_workspace,
    measure,
    place,
    run,
    started,
)

DISK_SHARES = (0.0, 0.1, 0.3, 0.6, 0.9, 0.98)  # of what a step writes


def kill_and_run_again(
    folder: Path, step: Step, seconds: float, expected: dict, *, empty: bool
) -> str | None:
    """Kill a step, run it again; returns what went wrong.

    Parameters
    ----------
    seconds : float
        When to kill.
    expected : dict
        What an undisturbed run wrote.
    empty : bool
        Begin where nothing is written yet.
    """
    if empty or step.name == "train":
        for path in place(folder, step).glob(step.outputs):
            path.unlink()
        if step.makes_folder:
            shutil.rmtree((place(folder, step) / step.outputs).parent)
    with started(folder, step) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    for more in step.retries:
        code, errors = run(folder, step, *more)
        if code == 0 or "all 3 epochs are done" in errors:
            break
    else:
        return f"exit code {code}: {errors[-200:]}"
    if names := differing(content(folder, step), expected):
        return f"other content than undisturbed: {', '.join(names)}"
    # a picture of the losses that was not finished is no reason to train on
    left = [name for name in left_behind(folder) if name != ".part-loss.png"]
    return f"left behind: {left}" if left else None


def kills(folder: Path, count: int, seed: int) -> None:
    """Kill each step at random moments."""
    rng, bad = random.Random(seed), 0
    measured = {step.name: measure(folder, step) for step in STEPS.values()}
    for number in range(count):
        step = list(STEPS.values())[number % len(STEPS)]
        seconds, expected = measured[step.name]
        when = rng.uniform(0.02, seconds)
        problem = kill_and_run_again(folder, step, when, expected, empty=rng.random() < 0.5)
        if problem:
            bad += 1
            print(f"{step.name} killed after {when:.2f} s: {problem}", flush=True)
    print(f"kills: {count}, {bad} with a problem", flush=True)


def full_disk(folder: Path, step: Step, share: float) -> tuple[int, str | None]:
    """Run a step where its output does not fit; returns the exit code and what went wrong."""
    files = place(folder, step).glob(step.written or step.outputs)
    needed = sum(path.stat().st_size for path in files)
    with tempfile.TemporaryDirectory() as other, disk(Path(other), folder, share * needed):
        root = os.geteuid() == 0
        code, errors = run(Path(other), step, limit=None if root else int(share * needed))
        left = left_behind(Path(other))
    lines = errors.strip().splitlines()
    if code not in (0, 1) or len(lines) > 1 or "Traceback" in errors:
        return code, f"exit code {code}: {errors[-300:]}"
    return code, f"left behind: {left}" if left else None


@contextmanager
def disk(other: Path, folder: Path, free: float) -> Iterator[None]:
    """Copy the workspace without outputs to a small disk of its own."""
    used = sum(p.stat().st_size + 4096 for p in folder.rglob("*"))
    root = os.geteuid() == 0
    if root:
        size = f"size={int(used + free)}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", other], check=True)
    try:
        ignored = shutil.ignore_patterns("report", "upsampled", "low.44100.wav", "models", "b")
        shutil.copytree(folder, other, dirs_exist_ok=True, ignore=ignored)
        if root:
            spare = shutil.disk_usage(other).free - int(free)
            (other / "ballast").write_bytes(bytes(max(0, spare)))
        yield
    finally:
        if root:
            subprocess.run(["umount", other], check=True)


def full_disks(folder: Path) -> None:
    """Run each step on disks of several sizes."""
    bad = stopped = 0
    for step in STEPS.values():
        measure(folder, step)
    for step in STEPS.values():
        for share in DISK_SHARES:
            code, problem = full_disk(folder, step, share)
            stopped += code == 1
            if problem:
                bad += 1
                print(f"{step.name} on a disk with {share:.0%} of its needs: {problem}", flush=True)
    count = len(STEPS) * len(DISK_SHARES)
    print(f"full disks: {count}, {stopped} refused, {bad} with a problem", flush=True)


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--disk", action="store_true")
    parser.add_argument("--fuzz", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if args.kills or args.disk:
            make_workspace(Path(name))
        if args.kills:
            kills(Path(name), args.kills, args.seed)
        if args.disk:
            full_disks(Path(name))
        if args.fuzz:
            fuzz(Path(name), args.fuzz, args.seed)


if __name__ == "__main__":
    main()
