"""Errors: one line on stderr, the exit code, and how commands are named in messages."""

import errno
import re
import sys

import pytest
from helpers import ROOT

from super_resolution import errors


def raiser(error):
    def body():
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (errors.UserError("a  b\n c"), 1, "a b c"),
        (errors.UsageError("no such track"), 2, "no such track"),
        (PermissionError(errno.EACCES, "Permission denied", "x/y"), 1, "x/y: permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "no space left on device"),
    ],
)
def test_an_error_is_one_line_on_stderr_and_an_exit_code(capsys, error, code, line):
    assert errors.run(raiser(error)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(f": {line}\n")
    assert err.count("\n") == 1


def test_with_debug_the_error_is_raised():
    with pytest.raises(errors.UserError):
        errors.run(raiser(errors.UserError("x")), debug=True)


def test_other_exceptions_are_raised():
    with pytest.raises(ZeroDivisionError):
        errors.run(raiser(ZeroDivisionError()))


def test_a_package_of_the_extra_is_named_in_one_line(capsys):
    assert errors.run(raiser(ModuleNotFoundError("no", name="scipy"))) == 1
    assert capsys.readouterr().err.endswith(f": scipy is not installed: {errors.TRAIN_REMEDY}\n")
    # a missing module that no extra installs is a defect
    with pytest.raises(ModuleNotFoundError):
        errors.run(raiser(ModuleNotFoundError("no", name="super_resolution.lost")))


def test_the_packages_of_the_extra_are_those_of_the_requirements():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    listed = {re.split(r"[\[>]", line)[0] for line in lines if re.match(r"[a-z]", line)}
    imported = {"pillow": "PIL", "yt-dlp": "yt_dlp"}
    assert {imported.get(name, name) for name in listed} == errors.TRAIN_PACKAGES


def test_the_exit_codes_of_ctrl_c_and_of_success():
    assert errors.run(raiser(KeyboardInterrupt())) == 130
    assert errors.run(lambda: None) == 0


@pytest.mark.parametrize(
    ("program", "name", "expected"),
    [
        ("/usr/bin/super-resolution", "scan", "super-resolution scan"),
        ("/usr/bin/super-resolution", "predict", "super-resolution predict"),
        ("a/10-scan.py", "dataset", "python3 20-make-dataset.py"),
        ("rnn-super-resolution.py", "train", "python3 rnn-super-resolution.py --train"),
        ("rnn-super-resolution.py", "evaluate", "python3 30-evaluate.py"),
    ],
)
def test_messages_name_a_command_as_the_user_calls_it(monkeypatch, program, name, expected):
    monkeypatch.setattr(sys, "argv", [program])
    assert errors.command(name) == expected


def test_of_several_files_an_error_is_printed_and_the_others_go_on(capsys):
    failures, done = errors.Failures(3), []
    for name in ("a", "b\x1b", "c"):
        with failures.kept(name):
            if name != "c":
                raise errors.UserError(f"{name} is bad")
            done.append(name)
    assert done == ["c"]
    assert errors.run(failures.check) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[2] for line in lines] == [
        "a is bad",
        "b\\x1b is bad",
        "2 of 3 failed: a, b\\x1b; the others are done",
    ]


def test_the_error_of_a_single_file_keeps_its_exit_code():
    with pytest.raises(errors.UsageError), errors.Failures(1).kept("a"):
        raise errors.UsageError("no such file")


def test_without_failures_nothing_is_said(capsys):
    errors.Failures(2).check()
    assert capsys.readouterr() == ("", "")


def test_the_next_command_is_named_unless_a_makefile_calls_it(capsys, monkeypatch):
    monkeypatch.setenv("MAKELEVEL", "1")
    errors.print_next("dataset")
    assert capsys.readouterr().out == ""
    monkeypatch.delenv("MAKELEVEL")
    errors.print_next("dataset", " (more)")
    assert capsys.readouterr().out == "next: super-resolution dataset (more)\n"
