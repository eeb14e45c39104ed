"""The command `evaluate`: its output and the files of a report."""

import json
import re

import numpy as np
import pytest
from helpers import make_track, page_data, write_upsampled
from PIL import Image

from super_resolution.audio.pcm import rms, to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.cli import run_command
from super_resolution.evaluation import baselines, metrics
from super_resolution.files import write_json
from super_resolution.report import figures
from super_resolution.tracks.track import load_track

RATE = 44100


@pytest.fixture
def folder(tmp_path, song):
    """Make a data folder with one track of the ratio 3, for which the FIR is fitted quickly."""
    make_track(tmp_path / "data/song", song, low_rate=14700)
    return tmp_path / "data"


@pytest.fixture
def undrawn(monkeypatch):
    """Leave out the picture, which takes most of a report's time."""
    monkeypatch.setattr(figures, "comparison", lambda *_, **__: None)
    monkeypatch.setattr(figures, "save", lambda figure, path: path.touch())


def upsample(track_folder, name="hifi-song", **info):
    """Write what a network might have made: soxr and noise."""
    low = read_wav16(track_folder / "low.wav")
    high = baselines.soxr_vhq(low, orig_sr=14700, target_sr=RATE)
    noise = np.random.default_rng(0).normal(0, 30, high.shape)
    write_upsampled(load_track(track_folder), name, to_int16(high + noise), **info)


def run(folder, *options):
    return run_command("evaluate", ["--data", str(folder), *options])


def test_a_report_with_a_network(folder, capsys):
    upsample(folder / "song", gain_db=0.0)
    assert run(folder, "--seconds", "0.25") == 0
    out = capsys.readouterr().out
    report = folder / "song/report"
    paths = [
        report / name for name in ("metrics.md", "metrics.json", "spectrogram.png", "index.html")
    ]
    lsd = json.loads(paths[1].read_text("utf-8"))["metrics"]
    soxr, network = (lsd[row]["lsd"] for row in ("soxr", "hifi-song"))
    assert out.splitlines()[-3:] == [
        f"made: hifi-song.wav in {folder}/song/upsampled/, the report in {report}/",
        f"LSD (0 is the original): soxr {soxr:.2f}, hifi-song {network:.2f}",
        f"listen: open {report}/index.html in a browser",
    ]
    assert "song: 2.4 to 3.0 s of 3.0 s, from 14700 Hz" in out
    assert out.count("Buzz (dB)") == 1
    assert sorted(paths) == sorted(report.iterdir())
    assert Image.open(paths[2]).width == 1200

    content = json.loads(paths[1].read_text("utf-8"))
    methods = ["hold", "linear", "cubic", "soxr", "fitted FIR", "band replication", "hifi-song"]
    assert list(content["metrics"]) == methods
    assert content["evaluated_seconds"] == pytest.approx([2.4, 3.0])
    mae = content["metrics"]["hifi-song"]["mae"]
    assert re.search(rf"^hifi-song +{mae:.1f} ", out, re.MULTILINE)
    assert f"| hifi-song | {mae:.1f} |" in paths[0].read_text("utf-8").replace("**", "")
    assert content["networks"] == {"hifi-song": {"model": "hifi-song", "gain_db": 0.0}}

    data = page_data(paths[3])
    titles = [excerpt["title"] for excerpt in data["excerpts"]]
    assert titles == ["Most energy above 7.35 kHz", "Least energy above 7.35 kHz"]
    assert all(2.4 <= excerpt["start"] <= 3.0 - 0.25 for excerpt in data["excerpts"])
    assert data["versions"][3]["name"] == "hifi-song"


@pytest.mark.usefixtures("undrawn")
def test_several_networks_and_those_to_show(folder, capsys):
    for name, trained in (("a", "2024"), ("b", "2026"), ("hifi-15k-44k", "2020")):
        upsample(folder / "song", name, trained=trained)
    assert run(folder, "--explain") == 0
    out = capsys.readouterr().out
    assert "Buzz (dB)      99.5th percentile" in out
    page = folder / "song/report/index.html"
    names = [version["name"] for version in page_data(page)["versions"]]
    assert names == ["original", "low", "soxr", "hifi-15k-44k", "b"]
    assert run(folder, "song", "--show", "b", "a") == 0
    names = [version["name"] for version in page_data(page)["versions"]]
    assert names == ["original", "low", "soxr", "b", "a"]
    assert run(folder, "song", "--show", "c") == 2
    assert "song has no version called c; it has: a, b, hifi-15k-44k" in capsys.readouterr().err


@pytest.mark.usefixtures("undrawn")
def test_infinity_in_json(folder):
    write_upsampled(load_track(folder / "song"), "a", read_wav16(folder / "song/original.wav"))
    assert run(folder) == 0
    text = (folder / "song/report/metrics.json").read_text("utf-8")
    values = json.loads(text, parse_constant=pytest.fail)["metrics"]["a"]
    assert values["snr"] == "inf"
    assert float(values["snr"]) == np.inf
    assert values["mae"] == 0


def test_a_report_without_a_network(folder, capsys):
    page = folder / "song/report/index.html"
    page.parent.mkdir()
    page.write_text("the page of versions that were deleted")
    assert run(folder, "song") == 0
    out = capsys.readouterr().out
    assert "no network's row and no listening page: run super-resolution " in out
    assert out.splitlines()[-1] == f"made: the report in {folder}/song/report/"
    assert "fitted FIR" in out
    assert not page.exists()
    assert (folder / "song/report/spectrogram.png").exists()


@pytest.mark.usefixtures("undrawn")
def test_mean_of_several_tracks(folder, song, capsys):
    make_track(folder / "other", song[: 2 * RATE], low_rate=14700)
    upsample(folder / "song")
    assert run(folder) == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines() if line.startswith("soxr")]
    first, second, mean = (float(row[1]) for row in rows)
    assert mean == pytest.approx((first + second) / 2, abs=0.11)
    # one track has no upsampled version, so the mean has no network's row
    assert sum(line.startswith("hifi-song ") for line in out.splitlines()) == 1
    assert "mean of 2 tracks (not all of them have: hifi-song)" in out
    # the list of the tracks: one has a page, the other none
    overview = folder / "_report/index.html"
    assert out.splitlines()[-1] == f"listen: open {overview} in a browser"
    text = overview.read_text("utf-8")
    assert re.findall(r'<a href="([^"]*)">([^<]*)</a>', text) == [
        ("../song/report/index.html", "song")
    ]
    assert "mean of 2 tracks" in text and ">other<" in text


@pytest.mark.usefixtures("undrawn")
def test_a_nearly_silent_part_gives_a_warning(folder, song, capsys):
    track = make_track(folder / "fading", song // 4000, low_rate=14700)
    assert run(folder, "fading", "song") == 0
    warnings = [line for line in capsys.readouterr().out.splitlines() if "nearly silent" in line]
    assert len(warnings) == 1
    assert warnings[0] in (track.folder / "report/metrics.md").read_text("utf-8")
    part = read_wav16(track.original)[-round(0.2 * len(song)) :]
    assert f"RMS {rms(part):.1f} LSB" in warnings[0]


@pytest.mark.usefixtures("undrawn")
def test_the_heading_has_name_title_and_gain(folder, capsys):
    path = folder / "song/track.json"
    write_json(path, json.loads(path.read_text("utf-8")) | {"title": "春の海"})
    upsample(folder / "song", gain_db=-3.0)
    assert run(folder) == 0
    out = capsys.readouterr().out
    assert "song (春の海): 2.4 to 3.0 s" in out
    assert "; hifi-song at -3 dB\n" in out


@pytest.mark.usefixtures("undrawn")
def test_excerpts_of_the_user(folder, capsys):
    upsample(folder / "song")
    assert run(folder, "--excerpt", "0.5", "--excerpt", "2.5", "--seconds", "0.25") == 0
    excerpts = page_data(folder / "song/report/index.html")["excerpts"]
    assert [excerpt["start"] for excerpt in excerpts] == [0.5, 2.5]
    assert run(folder, "--excerpt", "9") == 2
    assert "--excerpt 9 is after the end of song" in capsys.readouterr().err


@pytest.mark.usefixtures("undrawn")
def test_decimated_tracks_are_described(folder, song, capsys):
    track = make_track(folder / "decimated", song, low_rate=14700, downsample="decimate")
    upsample(track.folder)
    assert run(folder, "decimated") == 0
    assert "so it aliases" in capsys.readouterr().out
    assert "so it aliases" in (track.folder / "report/index.html").read_text("utf-8")


@pytest.mark.usefixtures("undrawn")
def test_the_page_does_not_contain_local_paths(folder):
    path = folder / "song/track.json"
    info = json.loads(path.read_text("utf-8"))
    write_json(path, info | {"title": "春の海", "source": "/home/me/secret.wav", "licence": "CC0"})
    upsample(folder / "song")
    assert run(folder) == 0
    text = (folder / "song/report/index.html").read_text("utf-8")
    assert "/home/me" not in text
    assert "春の海 (CC0)" in text


def test_missing_and_unknown_tracks(tmp_path, folder, capsys):
    assert run(tmp_path / "none") == 1
    assert "no track in" in capsys.readouterr().err
    assert run(folder, "elsewhere") == 2
    assert "elsewhere" in capsys.readouterr().err


@pytest.mark.usefixtures("undrawn")
def test_visqol_is_a_column(folder, capsys, monkeypatch):
    monkeypatch.setattr(metrics, "visqol_mos", lambda *_, **__: 3.21)
    assert run(folder, "--visqol") == 0
    assert "ViSQOL (MOS)" in capsys.readouterr().out
    assert "3.21" in (folder / "song/report/metrics.md").read_text("utf-8")
