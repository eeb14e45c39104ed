"""The evaluation as the user runs it: what is printed and what is written."""

import importlib.util
import json
import re

import numpy as np
import pytest
from helpers import ROOT, make_track, write_wav
from PIL import Image

from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.evaluation import baselines, metrics
from super_resolution.files import write_json

RATE = 44100


@pytest.fixture(scope="session")
def script():
    spec = importlib.util.spec_from_file_location("evaluate_script", ROOT / "30-evaluate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path, song):
    """Make a data folder with one track, whose ratio, 3, makes the FIR quick to fit."""
    make_track(tmp_path / "data/song", song, low_rate=14700)
    return tmp_path / "data"


def upsample(track_folder, model="seed-song", treble=0.0):
    """Stand in for the network: soxr, and some noise."""
    low = read_wav16(track_folder / "low.wav")
    high = baselines.soxr_vhq(low, orig_sr=14700, target_sr=RATE)
    noise = np.random.default_rng(0).normal(0, 30, high.shape)
    write_wav(track_folder / "upsampled.wav", to_int16(high + noise), RATE)
    write_json(track_folder / "upsampled.json", {"model": model, "treble_db": treble})


def run(script, folder, *options):
    return script.main(["--data", str(folder), "--models", str(folder / "models"), *options])


def page_data(path):
    text = path.read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_a_whole_report(script, folder, capsys):
    upsample(folder / "song")
    assert run(script, folder, "--seconds", "0.25") == 0
    out = capsys.readouterr().out
    paths = [
        folder / "song/report" / name
        for name in ("metrics.md", "metrics.json", "spectrogram.png", "index.html")
    ]
    assert out.splitlines()[-4:] == [str(path) for path in paths]
    assert "song: 2.4 to 3.0 s of 3.0 s, from 14700 Hz" in out
    assert "the network is seed-song" in out
    assert out.count("Buzz (dB)") == 2  # once in the table, once explained
    assert sorted(paths) == sorted((folder / "song/report").iterdir())
    assert Image.open(paths[2]).width == 1200

    written = json.loads(paths[1].read_text("utf-8"))
    assert list(written["metrics"]) == [
        *("hold", "linear", "cubic", "soxr", "fitted FIR", "network")
    ]
    mae = written["metrics"]["network"]["mae"]
    assert f"network {mae:12.1f}"[-6:] in out
    assert f"| network | {mae:.1f} |" in paths[0].read_text("utf-8").replace("**", "")
    assert written["network"] == {"model": "seed-song", "treble_db": 0.0}

    data = page_data(paths[3])
    assert [one["title"][:5] for one in data["excerpts"]] == ["Most ", "Least"]
    assert all(2.4 <= one["start"] <= 3.0 - 0.25 for one in data["excerpts"])
    assert "seed-song" in data["versions"][3]["note"]


def test_infinity_survives_json(script, folder):
    write_wav(folder / "song/upsampled.wav", read_wav16(folder / "song/original.wav"), RATE)
    assert run(script, folder) == 0
    text = (folder / "song/report/metrics.json").read_text("utf-8")
    row = json.loads(text, parse_constant=pytest.fail)["metrics"]["network"]
    assert row["snr"] == "inf"
    assert float(row["snr"]) == np.inf
    assert row["mae"] == 0


def test_without_a_network(script, folder, capsys):
    assert run(script, folder, "song") == 0
    out = capsys.readouterr().out
    assert "rnn-super-resolution.py --predict" in out
    assert "fitted FIR" in out
    assert not (folder / "song/report/index.html").exists()
    assert (folder / "song/report/spectrogram.png").exists()


def test_several_tracks_and_their_mean(script, folder, song, capsys):
    make_track(folder / "other", song[: 2 * RATE], low_rate=14700)
    upsample(folder / "song")
    assert run(script, folder) == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines() if line.startswith("soxr")]
    one, two, mean = (float(row[1]) for row in rows)
    assert mean == pytest.approx((one + two) / 2, abs=0.11)
    # only one has an upsampled.wav, so there is no mean of the network
    assert sum(line.startswith("network ") for line in out.splitlines()) == 1
    assert "mean of 2 tracks (no network's row: there is none of other)" in out


def test_a_judged_part_near_silence_is_told(script, folder, song, capsys):
    made = make_track(folder / "fading", song // 4000, low_rate=14700)
    assert run(script, folder, "fading", "song") == 0
    warned = [line for line in capsys.readouterr().out.splitlines() if "nearly silent" in line]
    assert len(warned) == 1
    assert warned[0] in (made.folder / "report/metrics.md").read_text("utf-8")
    original = read_wav16(made.original)[-round(0.2 * len(song)) :].astype(float)
    assert f"RMS {np.sqrt(np.mean(original**2)):.1f} LSB" in warned[0]


def test_a_heading_names_track_and_title(script, folder, capsys):
    path = folder / "song/track.json"
    write_json(path, json.loads(path.read_text("utf-8")) | {"title": "春の海"})
    upsample(folder / "song", treble=-3.0)
    assert run(script, folder) == 0
    out = capsys.readouterr().out
    assert "song (春の海): 2.4 to 3.0 s" in out
    assert "the network is seed-song at -3 dB" in out


def test_chosen_excerpts(script, folder, capsys):
    upsample(folder / "song")
    assert run(script, folder, "--excerpt", "0.5", "--excerpt", "2.5", "--seconds", "0.25") == 0
    excerpts = page_data(folder / "song/report/index.html")["excerpts"]
    assert [one["start"] for one in excerpts] == [0.5, 2.5]
    assert run(script, folder, "--excerpt", "9") == 2
    assert "--excerpt 9 is after the end of song" in capsys.readouterr().err


def test_decimated_tracks_say_so(script, folder, song, capsys):
    made = make_track(folder / "steps", song, low_rate=14700, downsample="decimate")
    upsample(made.folder)
    assert run(script, folder, "steps") == 0
    assert "it aliases" in capsys.readouterr().out
    assert "so that it aliases" in (made.folder / "report/index.html").read_text("utf-8")


def test_a_local_path_stays_at_home(script, folder):
    path = folder / "song/track.json"
    about = json.loads(path.read_text("utf-8"))
    write_json(path, about | {"title": "春の海", "source": "/home/me/secret.wav", "licence": "CC0"})
    upsample(folder / "song")
    assert run(script, folder) == 0
    text = (folder / "song/report/index.html").read_text("utf-8")
    assert "/home/me" not in text
    assert "春の海 (CC0)" in text


def test_two_files(script, tmp_path, song, capsys):
    one = write_wav(tmp_path / "one.wav", song, RATE)
    two = write_wav(tmp_path / "two.wav", song, RATE)
    assert script.main([str(one), "--against", str(two)]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1].split() == ["two.wav", "0.0", "inf", "inf", *["0.000"] * 3, "0.00"]
    short = write_wav(tmp_path / "short.wav", song[:-1], RATE)
    assert script.main([str(one), "--against", str(short)]) == 1
    assert "cannot be compared" in capsys.readouterr().err
    assert script.main(["--against", str(short)]) == 2
    assert script.main([str(one), str(one), "--against", str(two)]) == 2
    assert len(list(tmp_path.iterdir())) == 3


def test_what_is_missing_is_told(script, tmp_path, folder, capsys):
    assert run(script, tmp_path / "none") == 1
    assert "run 10-scan.py" in capsys.readouterr().err
    assert run(script, folder, "elsewhere") == 2
    assert "those in" in capsys.readouterr().err


def test_visqol_is_a_column(script, folder, capsys, monkeypatch):
    monkeypatch.setattr(metrics, "visqol_mos", lambda *_, **__: 3.21)
    assert run(script, folder, "--visqol") == 0
    assert "ViSQOL (MOS)" in capsys.readouterr().out
    assert "3.21" in (folder / "song/report/metrics.md").read_text("utf-8")
