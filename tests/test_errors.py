"""Errors: one line on stderr, the exit code, and how commands are named in messages."""

import errno
import sys

import pytest

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
