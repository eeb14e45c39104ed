"""One line and the right exit code, whatever goes wrong."""

import errno

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
def test_a_line_on_stderr_and_a_code(capsys, error, code, line):
    assert errors.run(raiser(error)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(f": {line}\n")
    assert err.count("\n") == 1


def test_debug_lets_the_traceback_through():
    with pytest.raises(errors.UserError):
        errors.run(raiser(errors.UserError("x")), debug=True)


def test_bugs_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        errors.run(raiser(ZeroDivisionError()))


def test_ctrl_c_and_success():
    assert errors.run(raiser(KeyboardInterrupt())) == 130
    assert errors.run(lambda: None) == 0
