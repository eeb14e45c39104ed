"""The dataset on disk: what is written is read, splits and segments, and damaged files."""

import json
import shutil
from dataclasses import asdict
from fractions import Fraction

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_track

from super_resolution.dataset import windows, writer
from super_resolution.dataset.reader import SPLITS, load_dataset
from super_resolution.dataset.writer import long_enough, write_dataset
from super_resolution.errors import UsageError, UserError
from super_resolution.tracks.track import find_tracks, load_track

SAMPLES = {"faithful": 50, "hifi": 441}  # of a window
CHANNELS = {"faithful": 2, "hifi": 3}


@pytest.mark.parametrize("name", ["faithful", "hifi"])
def test_the_rows_of_each_channel_follow_one_another(small_datasets, data, name):
    dataset, track = small_datasets[name], load_track(data / "song")
    count = dataset.runs[0].end
    blocks = list(windows.rows(track, dataset.preset, count))
    assert [(run.first, run.end) for run in dataset.runs] == [
        (channel * count, (channel + 1) * count) for channel in range(CHANNELS[name])
    ]
    for part, array in dataset.arrays.items():
        rows = np.concatenate([block[part] for block in blocks], axis=1)
        expected = rows.reshape(-1, *rows.shape[2:])
        assert len(array) == len(expected)
        assert np.array_equal(array.read(np.arange(len(array))), expected)


@pytest.mark.parametrize("name", ["faithful", "hifi"])
def test_the_split_is_by_time(small_datasets, song, name):
    dataset, frames = small_datasets[name], SAMPLES[name]
    for run in dataset.runs:
        assert run.first < run.train_end < run.validation_end < run.end
        assert (run.validation_end - run.first) * frames <= 0.8 * len(song)
        assert (run.validation_end - run.first + 1) * frames > 0.8 * len(song)
    counts = [dataset.count(split) for split in SPLITS]
    assert sum(counts) == len(next(iter(dataset.arrays.values())))


@pytest.mark.parametrize("preset", [SMALL_FAITHFUL, SMALL_HIFI], ids=["faithful", "hifi"])
def test_tracks_that_are_held_out_are_for_validation_as_a_whole(tmp_path, song, preset):
    for name in ("a", "b", "c"):
        make_track(tmp_path / name, song[:88_200, :1])
    tracks = find_tracks(data=tmp_path)
    dataset = write_dataset(tmp_path / "_dataset", tracks, preset, holdout=("b",))
    end = 88_200 // SAMPLES[preset.name]
    learnt = round(0.8 * 88_200) // SAMPLES[preset.name]
    shares = {
        run.track: {split: np.subtract(*run.bounds(split)[::-1]) for split in SPLITS}
        for run in dataset.runs
    }
    assert shares["b"] == {"train": 0, "validation": end, "test": 0}
    # the last 20 % of the others stay for the evaluation
    for name in ("a", "c"):
        assert shares[name] == {"train": learnt, "validation": 0, "test": end - learnt}
    assert load_dataset(tmp_path / "_dataset").runs == dataset.runs


@pytest.mark.parametrize("name", ["faithful", "hifi"])
def test_segments_are_read_by_their_first_windows(small_datasets, name):
    dataset, starts = small_datasets[name], np.array([70, 3, 71])
    for part, segments in dataset.read(starts, 5).items():
        array = dataset.arrays[part]
        expected = np.stack([array.read(np.arange(start, start + 5)) for start in starts])
        assert segments.dtype == expected.dtype
        assert np.array_equal(segments, expected)


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


def with_segment(segment: int):
    return changed(SMALL_HIFI, training={"segment": segment})


def test_long_enough_leaves_out_short_tracks(tmp_path, song):
    make_track(tmp_path / "long", song)
    make_track(tmp_path / "short", song[:44100])
    tracks = find_tracks(data=tmp_path)
    assert [track.name for track in long_enough(tracks, with_segment(100))] == ["long"]


def test_a_dataset_takes_few_bytes(small_datasets):
    seconds = {
        name: dataset.runs[-1].end * SAMPLES[name] / 44100
        for name, dataset in small_datasets.items()
    }
    sizes = {
        name: sum(array.nbytes for array in dataset.arrays.values()) / seconds[name]
        for name, dataset in small_datasets.items()
    }
    # two bytes of bits, two of the original and four of the base for each sample
    assert sizes["faithful"] == pytest.approx(8 * 44100)
    assert sizes["hifi"] == pytest.approx(33_600)


@pytest.mark.parametrize(
    ("low_rate", "downsample"), [(8000, "soxr"), (16000, "soxr"), (14700, "decimate")]
)
def test_other_rates_are_for_faithful(tmp_path, song, low_rate, downsample):
    track = make_track(tmp_path / "a", song, low_rate, downsample)
    dataset = write_dataset(tmp_path / "_dataset", [track], SMALL_FAITHFUL)
    assert dataset.grid.ratio == Fraction(44100, low_rate)
    assert load_dataset(tmp_path / "_dataset").low_rate == low_rate
    with pytest.raises(UsageError, match=r"hifi goes from 15000 to 44100 Hz"):
        write_dataset(tmp_path / "_dataset", [track], SMALL_HIFI)


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
    with (folder / "bits-000.npy").open("r+b") as file:
        file.truncate(1000)


def no_base(folder, description):
    (folder / "base-000.npy").unlink()


def second_shard(folder, description):
    shutil.copy(folder / "base-000.npy", folder / "base-001.npy")


def pickled_target(folder, description):
    array = np.array([{"a": 1}], dtype=object)
    np.save(folder / "target-000.npy", array, allow_pickle=True)


def run_without_track(folder, description):
    description["runs"][0].pop("track")


def unknown_architecture(folder, description):
    description["preset"]["network"]["architecture"] = "none"


def another_preset(folder, description):
    description["preset"] = json.loads(json.dumps(asdict(SMALL_HIFI)))


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
        second_shard,
        pickled_target,
        run_without_track,
        unknown_architecture,
        another_preset,
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
