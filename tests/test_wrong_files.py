"""Files that are wrong in the usual ways: one line, an exit code, and nothing is left."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from helpers import write_wav

from super_resolution.cli import run_command


def noise(frames: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.3, 0.3, (frames, 2))


def only_line(capsys) -> str:
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1, err
    return err


@pytest.fixture(scope="module")
def wrong_files(tmp_path_factory) -> Path:
    """Give a folder of files that are wrong in all the usual ways."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "text.wav").write_text("this is no audio")
    (folder / "empty.wav").touch()
    (folder / "folder").mkdir()
    write_wav(folder / "ten.wav", noise(10), 44100)
    write_wav(folder / "silent.wav", np.zeros((60000, 2)), 44100)
    soundfile.write(folder / "cut.mp3", noise(200_000), 44100)
    with (folder / "cut.mp3").open("r+b") as file:
        file.truncate((folder / "cut.mp3").stat().st_size // 2)
    return folder


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("text.wav", 1, "no audio that can be read"),
        ("empty.wav", 1, "is empty"),
        ("ten.wav", 1, "at least 1 s"),
        ("silent.wav", 1, "only silence"),
        ("folder", 2, "is a folder"),
        ("missing.wav", 2, "there is no file"),
    ],
)
def test_a_wrong_file_gets_one_line(tmp_path, wrong_files, capsys, name, code, line):
    assert run_command("scan", ["--data", f"{tmp_path}/data", str(wrong_files / name)]) == code
    assert line in only_line(capsys)
    assert not (tmp_path / "data").exists() or not any((tmp_path / "data").iterdir())


def test_a_file_that_ends_early_is_scanned_to_its_end_with_a_warning(tmp_path, wrong_files, capsys):
    files = [str(wrong_files / name) for name in ("cut.mp3", "text.wav")]
    assert run_command("scan", ["--data", f"{tmp_path}/data", *files]) == 1
    warning, error, summary = capsys.readouterr().err.splitlines()
    assert "cut.mp3 ends early or is damaged: its header promises 4.535 s" in warning
    assert "text.wav is no audio" in error and "1 of 2 failed: " in summary
    assert (tmp_path / "data/cut/low.wav").exists()


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("text.wav", 1, "no audio that can be read"),
        ("empty.wav", 1, "is empty"),
        ("folder", 2, "is a folder without audio files"),
        ("missing.wav", 2, "does not exist: check the name"),
    ],
)
def test_a_wrong_file_to_upsample_gets_one_line(wrong_files, capsys, name, code, line):
    assert run_command("predict", [str(wrong_files / name)]) == code
    assert line in only_line(capsys)
