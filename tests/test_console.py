"""Lines for the terminal: any name, on any encoding, on closed streams."""

import io
import os
import subprocess
import sys

import numpy as np
import pytest
from helpers import ROOT, write_wav

from super_resolution.console import plain, print_line, print_text, printable

SCRIPT = str(ROOT / "10-scan.py")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("春の海 é 🎵", "春の海 é 🎵"),
        ("a\nb\tc\x1b[2J\x7f", "a\\nb\\tc\\x1b[2J\\x7f"),
        (os.fsdecode(b"caf\xe9"), "caf\\xe9"),
        ("\ud83d", "\\ud83d"),
        ("right\u202eleft", "right\\u202eleft"),
    ],
)
def test_printable(text, expected):
    assert printable(text) == expected


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", "é 春\n"), ("cp1252", "é \\u6625\n"), ("ascii", "\\xe9 \\u6625\n")],
)
def test_any_encoding_of_the_terminal(encoding, expected):
    file = io.TextIOWrapper(io.BytesIO(), encoding)
    print_line("é 春", file)
    file.flush()
    assert file.buffer.getvalue().decode(encoding) == expected


def test_lines_of_a_text_stay_lines(capsys):
    print_text("a\nb\x1b")
    assert capsys.readouterr().out == "a\nb\\x1b\n"


def test_text_of_strangers_is_one_plain_line():
    assert plain("a\n \x1b[31mred\x1b[0m\x00 \udce9 春") == "a red 春"


def call(redirection: str, *arguments: str, **options) -> subprocess.CompletedProcess:
    """Run the scan in a shell that closes streams."""
    words = [sys.executable, SCRIPT, *arguments]
    line = " ".join(f"'{word}'" for word in words) + " " + redirection
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize("redirection", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing_in_what_is_written(tmp_path, redirection):
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (44100, 1))
    write_wav(tmp_path / "a.wav", noise, 44100)
    done = call(redirection, "a.wav", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    names = {path.name for path in (tmp_path / "data/a").iterdir()}
    assert names == {"original.wav", "low.wav", "track.json"}


def test_a_name_that_is_not_utf8_is_printed_in_ascii(tmp_path):
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = call("", os.fsdecode(b"caf\xe9 \x1b[2J.wav"), cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert "there is no file" in done.stderr and "\x1b" not in done.stderr
    assert "xe9" in done.stderr or "udce9" in done.stderr


def test_a_wrong_option_cannot_steer_the_terminal(tmp_path):
    done = call("", "--x\x1b[2J", cwd=tmp_path)
    assert done.returncode == 2 and "\x1b" not in done.stderr
