"""SIGKILL at random moments, and damaged files: the short form of benchmarks/crash.py."""

import random
from pathlib import Path

import crash_fuzz
import pytest
from crash import kill_and_run_again
from crash_steps import STEPS, left_behind, make_workspace, measure, run


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    """Give a folder with a song and its track."""
    folder = tmp_path_factory.mktemp("crash")
    make_workspace(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scan", "dataset", "predict", "predict-track"])
def test_after_a_kill_the_next_run_ends_as_if_undisturbed(workspace, name):
    step, rng = STEPS[name], random.Random(name)
    seconds, expected = measure(workspace, step)
    assert expected
    for empty in (True, False):
        when = rng.uniform(0.1, seconds)
        assert kill_and_run_again(workspace, step, when, expected, empty=empty) is None, when


@pytest.mark.slow
def test_a_killed_training_goes_on(workspace):
    step = STEPS["train"]
    seconds, expected = measure(workspace, step)
    when = random.Random(0).uniform(0.8, 1) * seconds
    assert kill_and_run_again(workspace, step, when, expected, empty=True) is None, when


@pytest.mark.parametrize("name", ["scan", "predict"])
def test_a_file_that_cannot_be_written_is_one_line(workspace, name):
    # a limit of the size of files stands for a full disk
    code, errors = run(workspace, STEPS[name], limit=100_000)
    assert code == 1 and errors.count("\n") == 1, errors
    assert left_behind(workspace) == []


@pytest.mark.slow
def test_damaged_files_are_read_or_refused(tmp_path, capsys):
    count = 2 * len(crash_fuzz.FORMATS)
    crash_fuzz.fuzz(tmp_path, count, seed=1)
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith(f"damaged files: {count}: ")
    assert set(line.replace(",", "").split()[4::2]) == {"read", "refused"}
