"""Locks: one holder at a time, none after its death."""

import os
import subprocess
import sys
import time

import pytest
from helpers import ROOT

from super_resolution.errors import UserError
from super_resolution.locks import beside, locked, try_lock

HOLD = """
import sys, time
from pathlib import Path
from super_resolution.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_held_once_and_leaves_nothing(tmp_path):
    path = tmp_path / "models/a"
    with (
        locked(path),
        pytest.raises(UserError, match="another run is writing .*models/a: wait"),
        locked(path),
    ):
        raise AssertionError
    assert list(path.parent.iterdir()) == []
    with locked(path):
        pass


def test_another_name_has_another_lock(tmp_path):
    with locked(tmp_path / "a"), locked(tmp_path / "b"):
        pass


def test_a_killed_process_holds_no_lock(tmp_path):
    path = tmp_path / "a"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UserError), locked(path):
            raise AssertionError
        process.kill()
    assert (tmp_path / ".lock-a").exists()
    with locked(path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_many_runs_hold_it_one_at_a_time(tmp_path):
    # each appends its number twice, with time between the two
    code = """
import sys, time
from pathlib import Path
from super_resolution.errors import UserError
from super_resolution.locks import locked
place, number = Path(sys.argv[1]), sys.argv[2]
for _ in range(20):
    try:
        with locked(place / "a"), (place / "log").open("a") as log:
            print(number, file=log, flush=True)
            time.sleep(0.002)
            print(number, file=log, flush=True)
    except UserError:
        time.sleep(0.001)
"""
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)], cwd=ROOT)
        for number in range(4)
    ]
    assert [run.wait() for run in runs] == [0] * 4
    lines = (tmp_path / "log").read_text().split()
    assert lines[::2] == lines[1::2]
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_where_a_file_system_has_no_locks_only_certainty_is_refused(tmp_path, monkeypatch):
    def unsupported(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("super_resolution.locks.fcntl.flock", unsupported)
    assert try_lock(tmp_path, certain=True) is None
    descriptor = try_lock(tmp_path)
    assert descriptor is not None
    os.close(descriptor)


@pytest.mark.parametrize("name", ["a", "x" * 255, "春" * 85])
def test_the_name_beside_fits_a_directory(tmp_path, name):
    path = beside(tmp_path / name, "lock")
    path.touch()
    assert path.name.startswith(".lock-") and len(os.fsencode(path.name)) <= 255


def test_locking_does_not_wait(tmp_path):
    start = time.monotonic()
    with locked(tmp_path / "a"), pytest.raises(UserError), locked(tmp_path / "a"):
        raise AssertionError
    assert time.monotonic() - start < 10
