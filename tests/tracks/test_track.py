"""Tracks: names, their WAVs, finding them, and damaged ones."""

import json

import numpy as np
import pytest
from helpers import make_track
from hypothesis import given
from hypothesis import strategies as st

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.errors import UsageError, UserError
from super_resolution.tracks.slug import slug
from super_resolution.tracks.track import find_tracks, load_track
from super_resolution.tracks.writer import downsampled_rate, write_track


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Let's Go Fishin' (2009)", "lets-go-fishin-2009"),
        ("../../etc/passwd", "etc-passwd"),
        ("春の海 – 宮城道雄", "春の海-宮城道雄"),
        ("Björk / Jóga", "björk-jóga"),
        ("_dataset", "dataset"),
        ("...", "track"),
        ("", "track"),
    ],
)
def test_slug(title, name):
    assert slug(title) == name


@given(st.text(max_size=200))
def test_slug_of_any_title_is_one_short_file_name(title):
    name = slug(title)
    assert name == slug(name)
    assert 0 < len(name.encode()) < 250
    assert not set(name) & set("/\\.\0 \n_")


def test_original_and_low_version(data, song):
    track = load_track(data / "song")
    assert np.array_equal(read_wav16(track.original), song)
    expected = to_int16(resample(song, orig_sr=44100, target_sr=15000))
    assert np.array_equal(read_wav16(track.low), expected)
    info = track.info
    assert (info.frames, info.low_frames) == (len(song), len(expected))
    assert (info.sample_rate, info.low_rate, info.downsample) == (44100, 15000, "soxr")


@pytest.mark.parametrize("block", [1000, 44100, 10**6])
def test_decimation_keeps_every_third_sample(tmp_path, song, block):
    blocks = (song[i : i + block].astype(np.float32) for i in range(0, len(song), block))
    track = write_track(
        tmp_path / "t",
        blocks,
        channels=2,
        low_rate=14700,
        downsample="decimate",
        title="t",
        source="s",
        licence=None,
        start=0.0,
        seconds=None,
    )
    assert np.array_equal(read_wav16(track.low), song[::3])


@pytest.mark.parametrize(
    ("low_rate", "downsample", "expected"),
    [(15000, "soxr", 15000), (15000, "decimate", 14700), (8000, "soxr", 8000)],
)
def test_downsampled_rate(low_rate, downsample, expected):
    assert downsampled_rate(low_rate, downsample) == expected


@pytest.mark.parametrize(
    ("low_rate", "downsample"),
    [(44100, "soxr"), (48000, "soxr"), (0, "soxr"), (40000, "decimate"), (5500, "decimate")],
)
def test_impossible_low_rates(low_rate, downsample):
    with pytest.raises(UsageError, match="expected|take"):
        downsampled_rate(low_rate, downsample)


@pytest.mark.parametrize("frames", [10, 44099])
def test_a_song_under_a_second_is_refused(tmp_path, frames):
    with pytest.raises(UserError, match="at least 1 s"):
        make_track(tmp_path / "t", np.ones((frames, 1), np.int16))
    assert list(tmp_path.iterdir()) == []


def test_silence_is_refused(tmp_path):
    with pytest.raises(UserError, match="only silence"):
        make_track(tmp_path / "t", np.zeros((50000, 2), np.int16))


def test_find_tracks_by_name_by_folder_and_all(data):
    assert [track.name for track in find_tracks(data=data)] == ["song"]
    assert [track.name for track in find_tracks(["song"], data=data)] == ["song"]
    assert [track.name for track in find_tracks([str(data / "song")], data=data)] == ["song"]


def test_missing_tracks(tmp_path, data):
    with pytest.raises(UserError, match="run super-resolution scan"):
        find_tracks(data=tmp_path)
    with pytest.raises(UsageError, match="those in .* are: song"):
        find_tracks(["other"], data=data)


@pytest.mark.parametrize(
    "change",
    [
        {"low_rate": 0},
        {"channels": 3},
        {"low_rate": 48000},
        {"frames": "many"},
        {"extra": 1},
        {"frames": 10**9},
        {"downsample": "zip"},
        {"title": ["a"]},
        {"source": 3},
    ],
)
def test_a_damaged_track_is_refused(tmp_path, song, change):
    track = make_track(tmp_path / "t", song[:50000])
    path = track.folder / "track.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match="damaged.*scan the song again"):
        load_track(track.folder)


def test_a_track_named_twice_is_loaded_once(data):
    assert len(find_tracks(["song", str(data / "song")], data=data)) == 1


def test_two_tracks_of_one_name_are_refused(tmp_path, data, song):
    other = make_track(tmp_path / "song", song)
    with pytest.raises(UsageError, match="two tracks are called song"):
        find_tracks(["song", str(other.folder)], data=data)
