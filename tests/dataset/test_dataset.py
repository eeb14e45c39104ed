"""The dataset on disk: windows, splits and segments against loops, and damaged files."""

import json
from fractions import Fraction

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_track

from super_resolution.audio.blocks import resample
from super_resolution.audio.wav import read_wav16
from super_resolution.dataset import writer
from super_resolution.dataset.reader import SPLITS, load_dataset
from super_resolution.dataset.writer import long_enough, write_dataset
from super_resolution.errors import UsageError, UserError
from super_resolution.network import bits
from super_resolution.tracks.track import find_tracks, load_track


def test_hold_windows_equal_a_loop(small_datasets, data, song):
    dataset, track = small_datasets["faithful"], load_track(data / "song")
    low = read_wav16(track.low)
    for run in dataset.runs:
        for window in (run.first, run.train_end, run.end - 1):
            start = (window - run.first) * 50
            expected = [low[n * 50 // 147, run.channel] for n in range(start, start + 50)]
            assert bits.samples_of(dataset.bits[window]).tolist() == expected
            assert np.array_equal(dataset.target[window], song[start : start + 50, run.channel])


def test_polyphase_windows_equal_a_loop(small_datasets, data, song):
    dataset, track = small_datasets["hifi"], load_track(data / "song")
    low = read_wav16(track.low)
    assert dataset.bits.shape[1:] == (100, 2)
    assert dataset.target.shape[1:] == (294,)
    for run in dataset.runs:
        for window in (run.first, run.end - 1):
            number = window - run.first
            samples = bits.samples_of(dataset.bits[window])
            assert np.array_equal(samples, low[number * 100 :][:100, run.channel])
            assert np.array_equal(dataset.target[window], song[number * 294 :][:294, run.channel])


@pytest.mark.parametrize("name", ["faithful", "hifi"])
def test_the_base_is_the_low_version_resampled_by_soxr(small_datasets, data, name):
    dataset, track = small_datasets[name], load_track(data / "song")
    whole = resample(read_wav16(track.low), orig_sr=15000, target_sr=44100)
    for run in dataset.runs:
        joined = np.asarray(dataset.base[run.first : run.end]).ravel()
        assert np.array_equal(joined, whole[: len(joined), run.channel])


@pytest.mark.parametrize("name", ["faithful", "hifi"])
def test_the_split_is_by_time(small_datasets, song, name):
    dataset = small_datasets[name]
    frames = dataset.target.shape[1]
    for run in dataset.runs:
        assert run.first < run.train_end < run.validation_end < run.end
        assert (run.validation_end - run.first) * frames <= 0.8 * len(song)
        assert (run.validation_end - run.first + 1) * frames > 0.8 * len(song)
    assert sum(dataset.windows(split) for split in SPLITS) == len(dataset.bits)


def test_all_channels_of_all_tracks_are_there(tmp_path, song):
    make_track(tmp_path / "a", song)
    make_track(tmp_path / "b", song[:, :1])
    dataset = write_dataset(tmp_path / "_dataset", find_tracks(data=tmp_path), SMALL_FAITHFUL)
    assert [(run.track, run.channel) for run in dataset.runs] == [("a", 0), ("a", 1), ("b", 0)]
    assert [track["name"] for track in dataset.tracks] == ["a", "b"]


def windows_of(dataset, split: str, length: int, offset: int = 0) -> np.ndarray:
    # (segments, length): the windows of each segment
    return dataset.segments(split, length, offset)[:, np.newaxis] + np.arange(length)


def lie_in_one_run(dataset, split: str, windows: np.ndarray) -> bool:
    allowed = [set(range(*run.bounds(split))) for run in dataset.runs]
    return all(any(set(row) <= one for one in allowed) for row in windows.tolist())


def test_segments_lie_in_their_split_and_do_not_overlap(small_datasets):
    dataset = small_datasets["hifi"]
    for split in SPLITS[:2]:
        windows = windows_of(dataset, split, 4)
        assert lie_in_one_run(dataset, split, windows)
        assert len(np.unique(windows)) == windows.size


@pytest.mark.parametrize("offset", [0, 1, 3])
def test_shifted_segments_are_as_many_and_lie_in_their_split(small_datasets, offset):
    dataset = small_datasets["hifi"]
    windows = windows_of(dataset, "train", 4, offset)
    assert len(windows) == len(dataset.segments("train", 4))
    assert lie_in_one_run(dataset, "train", windows)
    first = dataset.runs[0].first
    assert {first + offset, first + offset + 4} <= set(windows[:, 0].tolist())


def test_rates_with_too_long_a_period_are_refused(tmp_path, song):
    track = make_track(tmp_path / "a", song, low_rate=14999)
    with pytest.raises(UsageError, match="rounder --low-rate"):
        write_dataset(tmp_path / "_dataset", [track], SMALL_HIFI)


def with_segment(segment: int):
    return changed(SMALL_HIFI, training={"segment": segment})


def test_long_enough_leaves_out_short_tracks(tmp_path, song):
    make_track(tmp_path / "long", song)
    make_track(tmp_path / "short", song[:44100])
    tracks = find_tracks(data=tmp_path)
    assert [track.name for track in long_enough(tracks, with_segment(100))] == ["long"]


def test_a_dataset_takes_at_most_12_bytes_a_sample(small_datasets):
    for dataset in small_datasets.values():
        size = dataset.bits.nbytes + dataset.target.nbytes + dataset.base.nbytes
        assert size <= 12 * dataset.target.size


@pytest.mark.parametrize(
    ("low_rate", "downsample"), [(8000, "soxr"), (16000, "soxr"), (14700, "decimate")]
)
@pytest.mark.parametrize("preset", [SMALL_FAITHFUL, SMALL_HIFI], ids=["faithful", "hifi"])
def test_other_rates(tmp_path, song, low_rate, downsample, preset):
    track = make_track(tmp_path / "a", song, low_rate, downsample)
    dataset = write_dataset(tmp_path / "_dataset", [track], preset)
    assert dataset.grid.ratio == Fraction(44100, low_rate)
    assert dataset.target.shape[1] == dataset.grid.samples_of_steps(dataset.bits.shape[1])


def test_tracks_of_different_rates_are_refused(tmp_path, song):
    tracks = [make_track(tmp_path / "a", song), make_track(tmp_path / "b", song, 8000)]
    with pytest.raises(UsageError, match="differ in low rate or downsampling"):
        write_dataset(tmp_path / "_dataset", tracks, SMALL_FAITHFUL)


def test_a_track_too_short_for_the_preset_is_refused(tmp_path, song):
    track = make_track(tmp_path / "a", song[:44100])
    with pytest.raises(UserError, match=r"too short: this preset needs \d"):
        write_dataset(tmp_path / "_dataset", [track], with_segment(100))


def test_the_length_that_the_error_names_is_enough(tmp_path, song):
    track = make_track(tmp_path / "a", song)
    with pytest.raises(UserError) as error:
        write_dataset(tmp_path / "_dataset", [track], with_segment(400))
    seconds = float(str(error.value).split("needs ")[1].split(" s")[0])
    longer = np.tile(song, (4, 1))[: int((seconds + 0.1) * 44100)]
    track = make_track(tmp_path / "a", longer)
    dataset = write_dataset(tmp_path / "_dataset", [track], with_segment(400))
    assert len(dataset.segments("train", 400)) and len(dataset.segments("validation", 400))


def test_a_missing_dataset_says_what_to_run(tmp_path):
    with pytest.raises(UserError, match="run super-resolution scan, then super-resolution dataset"):
        load_dataset(tmp_path)


def cut_bits(folder, description):
    with (folder / "bits.npy").open("r+b") as file:
        file.truncate(1000)


def no_base(folder, description):
    (folder / "base.npy").unlink()


def pickled_target(folder, description):
    np.save(folder / "target.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)


def run_without_track(folder, description):
    description["runs"][0].pop("track")


def unknown_grid(folder, description):
    description["preset"]["network"]["grid"] = "none"


def overlapping_splits(folder, description):
    # the training would see windows of the evaluation
    description["runs"][0]["train_end"] = description["runs"][0]["end"]


def rate_as_text(folder, description):
    description["low_rate"] = "15000"


def tracks_as_text(folder, description):
    description["tracks"] = ["song"]


@pytest.mark.parametrize(
    "damage",
    [
        cut_bits,
        no_base,
        pickled_target,
        run_without_track,
        unknown_grid,
        overlapping_splits,
        rate_as_text,
        tracks_as_text,
    ],
)
def test_a_damaged_dataset_is_refused(tmp_path, data, damage):
    folder = tmp_path / "_dataset"
    write_dataset(folder, find_tracks(data=data), SMALL_FAITHFUL)
    description = json.loads((folder / "dataset.json").read_text())
    damage(folder, description)
    (folder / "dataset.json").write_text(json.dumps(description))
    with pytest.raises(UserError, match=r"is damaged|describes no preset"):
        load_dataset(folder)


def test_an_interrupted_run_keeps_the_old_dataset(tmp_path, data, monkeypatch):
    folder = tmp_path / "_dataset"
    write_dataset(folder, find_tracks(data=data), SMALL_FAITHFUL)
    monkeypatch.setattr(writer, "write_json", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_dataset(folder, find_tracks(data=data), SMALL_HIFI)
    assert load_dataset(folder).preset == SMALL_FAITHFUL
