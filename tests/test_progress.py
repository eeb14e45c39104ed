"""Progress bars: what they say, and that they are silent where stderr is no terminal."""

import io

import numpy as np
import pytest

from super_resolution import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def use_terminal(monkeypatch):
    # in the test itself: pytest sets its own stderr after the fixtures
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    return terminal


@pytest.mark.parametrize(("frames", "expected"), [(88200, "50%|"), (None, "1 s, "), (0, "1 s, ")])
def test_a_bar_tells_seconds_and_speed(monkeypatch, frames, expected):
    use_terminal(monkeypatch)
    blocks = [np.zeros((44100, 2), np.int16)] * 2
    shown = progress.with_progress(blocks, "a.wav", sample_rate=44100, frames=frames)
    assert next(shown) is blocks[0]
    next(shown)
    # a bar is drawn ten times a second at most
    bar = shown.gi_frame.f_locals["bar"]
    assert expected in str(bar) and "x real time" in str(bar)
    assert str(bar).startswith("a.wav: ")
    assert ("1 of 2 s" in str(bar)) == (frames == 88200)


def test_a_long_name_is_cut(monkeypatch):
    use_terminal(monkeypatch)
    with progress.MusicBar("x" * 99, 1.0) as bar:
        assert str(bar).startswith("x" * (progress.MAX_NAME - 1) + "…: ")


def test_files_have_a_bar_only_if_there_are_several(monkeypatch):
    terminal = use_terminal(monkeypatch)
    with progress.file_of(1, 1):
        pass
    assert terminal.getvalue() == ""
    with progress.file_of(2, 3):
        pass
    assert "file 2 of 3:  33%|" in terminal.getvalue()


def test_without_a_terminal_nothing_is_printed(capsys):
    with progress.file_of(1, 2), progress.MusicBar("a", 2.0) as bar:
        bar.update(1.0)
    assert capsys.readouterr().err == ""
