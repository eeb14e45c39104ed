"""The command `compare`: files without a track."""

import json

import numpy as np
from helpers import page_data, write_wav
from PIL import Image

from super_resolution.cli import run_command
from super_resolution.evaluation.evaluate import compare_files

RATE = 44100


def compare(*arguments):
    return run_command("compare", [str(argument) for argument in arguments])


def test_files_are_compared_with_the_first(tmp_path, song, capsys):
    original = write_wav(tmp_path / "original.wav", song, RATE)
    same = write_wav(tmp_path / "same.flac", song, RATE)
    quiet = write_wav(tmp_path / "quiet.wav", (song // 2).astype(np.int16), RATE)
    assert compare(original, same, quiet, "-o", tmp_path / "out") == 0
    out = capsys.readouterr().out
    row = next(line.split() for line in out.splitlines() if line.startswith("same.flac"))
    assert [cell for cell in row[1:] if cell != "*"][:4] == ["0.0", "inf", "inf", "0.000"]
    assert out.splitlines()[-1] == f"listen: open {tmp_path}/out/index.html in a browser"
    names = {"metrics.md", "metrics.json", "spectrogram.png", "index.html"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    metrics = json.loads((tmp_path / "out/metrics.json").read_text("utf-8"))
    assert metrics["original"] == "original.wav"
    assert metrics["metrics"]["same.flac"]["snr"] == "inf"
    versions = page_data(tmp_path / "out/index.html")["versions"]
    assert [version["name"] for version in versions] == ["original.wav", "same.flac", "quiet.wav"]
    assert Image.open(tmp_path / "out/spectrogram.png").width == 1200


def test_lengths_that_differ_by_the_rounding_of_rates_are_cut(tmp_path, song):
    files = [write_wav(tmp_path / f"{n}.wav", song[: len(song) - n], RATE) for n in (3, 0, 8)]
    compared = compare_files(files, low_rate=15000)
    assert {len(signal) for signal in compared.signals.values()} == {len(song) - 8}
    assert all(values["mae"] == 0 for values in compared.results.values())


def test_files_of_other_lengths_are_refused(tmp_path, song, capsys):
    original = write_wav(tmp_path / "original.wav", song, RATE)
    short = write_wav(tmp_path / "short.wav", song[:-9], RATE)
    assert compare(original, short, "-o", tmp_path / "out") == 1
    assert "cannot be compared" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
