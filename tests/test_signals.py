"""Signals: one line, a true exit code, and nothing left behind, at any moment."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from helpers import ROOT, write_wav

from super_resolution import errors, signals

LINE = "stopped; what was finished is kept\n"
STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def start(*arguments: object, cwd) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_removes_what_is_half_written(tmp_path, number):
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (44100 * 60, 1))
    write_wav(tmp_path / "a.wav", noise, 44100)
    process = start(
        ROOT / "rnn-super-resolution.py", "--resample", "--predict", "a.wav", cwd=tmp_path
    )
    while process.poll() is None and not list(tmp_path.glob(".part-*")):
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate()
    assert (process.returncode, err) == (128 + number, LINE)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_during_the_imports_is_one_line(tmp_path, number):
    process = start(ROOT / "10-scan.py", "demo", cwd=tmp_path)
    time.sleep(random.Random(number).uniform(0.1, 0.3))
    process.send_signal(number)
    _, err = process.communicate()
    # before the script's first line the interpreter itself is ended by the signal
    assert (process.returncode, err) in [(128 + number, LINE), (-number, "")]
    assert not list(tmp_path.rglob(".part-*"))


LONG_CALL = """
import hashlib
from super_resolution import errors, signals
def main():
    with signals.prompt(lambda: "all is kept"):
        print("ready", flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
errors.run(main)
"""


def test_a_signal_during_a_long_call_of_a_library_ends_the_process(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    process = start("-c", LONG_CALL, cwd=tmp_path)
    process.stdout.readline()
    # between the line and the call Python would handle the signal itself
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, f"all is kept\n{LINE}")


def test_an_ignored_signal_stays_ignored(tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.raised():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", STOPPING)
def test_the_handlers_are_as_before_after_a_run(number, capsys):
    before = signal.getsignal(number)
    assert errors.run(lambda: os.kill(os.getpid(), number)) == 128 + number
    assert signal.getsignal(number) == before
    assert capsys.readouterr().err.endswith(LINE)


def test_an_import_that_turns_the_signal_into_an_error_is_stopped_all_the_same(capsys):
    def body():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    assert errors.run(body) == 143
    with pytest.raises(ImportError):
        errors.run(lambda: __import__("no_such_module"))


def test_a_signal_in_a_callback_is_not_lost(capfd):
    class Callback:
        def __del__(self):
            # what is raised here is printed and ignored
            os.kill(os.getpid(), signal.SIGTERM)
            for _ in range(1000):
                pass

    def body():
        callback = Callback()
        del callback
        time.sleep(10)

    start = time.monotonic()
    assert errors.run(body) == 143
    assert time.monotonic() - start < 9
    assert capfd.readouterr().err.endswith(LINE)


def test_another_thread_sets_no_handlers():
    codes = []
    thread = threading.Thread(target=lambda: codes.append(errors.run(lambda: None)))
    thread.start()
    thread.join()
    assert codes == [0]
