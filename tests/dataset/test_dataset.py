"""The dataset: every window against the slow obvious way, and damaged ones."""

import json
import shutil
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from helpers import SMALL_HIFI, SMALL_SEED, make_track

from super_resolution.audio.blocks import resample
from super_resolution.audio.wav import read_wav16
from super_resolution.dataset import writer
from super_resolution.dataset.batches import Batches, measure_scale
from super_resolution.dataset.reader import SPLITS, load_dataset
from super_resolution.dataset.writer import long_enough, write_dataset
from super_resolution.errors import UsageError, UserError
from super_resolution.network import bits, encodings
from super_resolution.network.presets import Ranges
from super_resolution.tracks.track import find_tracks, load_track
from super_resolution.training.train import model_name


def test_hold_windows_equal_a_loop(small_datasets, data, song):
    made, track = small_datasets["seed"], load_track(data / "song")
    low = read_wav16(track.low)
    for run in made.runs:
        for window in (run.first, run.train_end, run.end - 1):
            start = (window - run.first) * 50
            seen = [low[n * 50 // 147, run.channel] for n in range(start, start + 50)]
            assert bits.samples_of(made.bits[window]).tolist() == seen
            assert np.array_equal(made.target[window], song[start : start + 50, run.channel])


def test_polyphase_windows_equal_a_loop(small_datasets, data, song):
    made, track = small_datasets["hifi"], load_track(data / "song")
    low = read_wav16(track.low)
    assert made.bits.shape[1:] == (100, 2)
    assert made.target.shape[1:] == (294,)
    for run in made.runs:
        for window in (run.first, run.end - 1):
            place = window - run.first
            assert np.array_equal(
                bits.samples_of(made.bits[window]), low[place * 100 :][:100, run.channel]
            )
            assert np.array_equal(made.target[window], song[place * 294 :][:294, run.channel])


@pytest.mark.parametrize("name", ["seed", "hifi"])
def test_the_base_is_soxrs(small_datasets, data, name):
    made, track = small_datasets[name], load_track(data / "song")
    whole = resample(read_wav16(track.low), orig_sr=15000, target_sr=44100)
    for run in made.runs:
        joined = np.asarray(made.base[run.first : run.end]).ravel()
        assert np.array_equal(joined, whole[: len(joined), run.channel])


@pytest.mark.parametrize("name", ["seed", "hifi"])
def test_the_split_is_by_time(small_datasets, song, name):
    made = small_datasets[name]
    frames = made.target.shape[1]
    for run in made.runs:
        assert run.first < run.train_end < run.validation_end < run.end
        assert (run.validation_end - run.first) * frames <= 0.8 * len(song)
        assert (run.validation_end - run.first + 1) * frames > 0.8 * len(song)
    assert sum(made.windows(split) for split in SPLITS) == len(made.bits)


def test_both_channels_and_all_tracks_are_there(tmp_path, song):
    make_track(tmp_path / "a", song)
    make_track(tmp_path / "b", song[:, :1])
    made = write_dataset(tmp_path / "_dataset", find_tracks(data=tmp_path), SMALL_SEED)
    assert [(run.track, run.channel) for run in made.runs] == [("a", 0), ("a", 1), ("b", 0)]
    assert model_name(made) == "seed-2-tracks"


def test_segments_stay_in_their_split(small_datasets):
    made = small_datasets["hifi"]
    for split in SPLITS[:2]:
        rows = made.segments(split, 4)[:, np.newaxis] + np.arange(4)
        allowed = [range(*run.bounds(split)) for run in made.runs]
        assert all(any(set(row) <= set(span) for span in allowed) for row in rows.tolist())
        assert len(np.unique(rows)) == rows.size


@pytest.mark.parametrize("offset", [0, 1, 3])
def test_later_segments_are_as_many_and_stay_in_their_split(small_datasets, offset):
    made = small_datasets["hifi"]
    starts = made.segments("train", 4, offset)
    assert len(starts) == len(made.segments("train", 4))
    rows = starts[:, np.newaxis] + np.arange(4)
    allowed = [range(*run.bounds("train")) for run in made.runs]
    assert all(any(set(row) <= set(span) for span in allowed) for row in rows.tolist())
    run = made.runs[0]
    assert {run.first + offset, run.first + offset + 4} <= set(starts.tolist())


def test_rates_that_meet_too_seldom_are_refused(tmp_path, song):
    made = make_track(tmp_path / "a", song, low_rate=14999)
    with pytest.raises(UsageError, match="rounder --low-rate"):
        write_dataset(tmp_path / "_dataset", [made], SMALL_HIFI)


def test_a_short_track_is_left_out(tmp_path, song):
    make_track(tmp_path / "long", song)
    make_track(tmp_path / "short", song[:44100])
    found = find_tracks(data=tmp_path)
    preset = replace(SMALL_HIFI, segment=100)
    assert [t.name for t in long_enough(found, preset)] == ["long"]


def test_a_dataset_takes_at_most_12_bytes_a_sample(small_datasets):
    for made in small_datasets.values():
        size = made.bits.nbytes + made.target.nbytes + made.base.nbytes
        assert size <= 12 * made.target.size


@pytest.mark.parametrize(
    ("low_rate", "downsample"), [(8000, "soxr"), (16000, "soxr"), (14700, "decimate")]
)
@pytest.mark.parametrize("preset", [SMALL_SEED, SMALL_HIFI], ids=["seed", "hifi"])
def test_other_rates(tmp_path, song, low_rate, downsample, preset):
    track = make_track(tmp_path / "a", song, low_rate, downsample)
    made = write_dataset(tmp_path / "_dataset", [track], preset)
    assert made.grid.ratio == Fraction(44100, low_rate)
    assert made.target.shape[1] == made.grid.frames_of(made.bits.shape[1])


def test_tracks_of_two_kinds_are_not_mixed(tmp_path, song):
    found = [make_track(tmp_path / "a", song), make_track(tmp_path / "b", song, 8000)]
    with pytest.raises(UsageError, match="one network learns one task"):
        write_dataset(tmp_path / "_dataset", found, SMALL_SEED)


def test_too_short_for_the_preset(tmp_path, song):
    track = make_track(tmp_path / "a", song[:44100])
    with pytest.raises(UserError, match=r"too short for this preset: it needs \d"):
        write_dataset(tmp_path / "_dataset", [track], replace(SMALL_HIFI, segment=100))


def test_the_named_length_is_enough(tmp_path, song):
    track = make_track(tmp_path / "a", song)
    preset = replace(SMALL_HIFI, segment=400)
    with pytest.raises(UserError) as error:
        write_dataset(tmp_path / "_dataset", [track], preset)
    seconds = float(str(error.value).split("needs ")[1].split(" s")[0])
    longer = np.tile(song, (4, 1))[: int((seconds + 0.1) * 44100)]
    made = write_dataset(tmp_path / "_dataset", [make_track(tmp_path / "a", longer)], preset)
    assert len(made.segments("train", 400)) and len(made.segments("validation", 400))


def test_without_a_dataset_it_says_what_to_run(tmp_path):
    with pytest.raises(UserError, match=r"10-scan\.py, then 20-make-dataset\.py"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    "damage", ["cut", "missing", "pickle", "runs", "preset", "leak", "rates", "tracks"]
)
def test_a_damaged_dataset_says_so(tmp_path, small_datasets, data, damage):
    folder = tmp_path / "_dataset"
    write_dataset(folder, find_tracks(data=data), SMALL_SEED)
    description = json.loads((folder / "dataset.json").read_text())
    if damage == "cut":
        with (folder / "bits.npy").open("r+b") as file:
            file.truncate(1000)
    elif damage == "missing":
        (folder / "base.npy").unlink()
    elif damage == "pickle":
        np.save(folder / "target.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    elif damage == "runs":
        description["runs"][0].pop("track")
    elif damage == "preset":
        description["preset"]["grid"] = "none"
    elif damage == "leak":
        # a validation end before the training's would judge what was learnt
        description["runs"][0]["train_end"] = description["runs"][0]["end"]
    elif damage == "rates":
        description["low_rate"] = "15000"
    else:
        description["tracks"] = ["song"]
    (folder / "dataset.json").write_text(json.dumps(description))
    with pytest.raises(UserError):
        load_dataset(folder)


def test_an_interrupted_run_keeps_the_old_dataset(tmp_path, data, monkeypatch):
    folder = tmp_path / "_dataset"
    write_dataset(folder, find_tracks(data=data), SMALL_SEED)
    monkeypatch.setattr(writer, "write_json", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_dataset(folder, find_tracks(data=data), SMALL_HIFI)
    assert load_dataset(folder).preset == SMALL_SEED
    shutil.rmtree(folder)


def batch_of(made, **options):
    settings = {"scale": 100.0, "batch": 3, "segment": made.preset.segment} | options
    return Batches(made, "train", **settings)


@pytest.mark.parametrize("name", ["seed", "hifi"])
def test_a_batch_holds_bits_and_truth(small_datasets, name):
    made = small_datasets[name]
    seen, truth = batch_of(made).get(0, 0)
    segment, steps, frames = made.preset.segment, *(a.shape[1] for a in (made.bits, made.target))
    assert seen.shape == (3, segment * steps, 16) and seen.dtype == np.float32
    assert truth.shape == (3, segment * frames, 2) and truth.dtype == np.float32
    joined = np.asarray(made.target[:segment]).ravel()
    assert np.allclose(truth[0].sum(axis=-1) * 100, joined, atol=0.01)
    assert np.array_equal(bits.encode(bits.samples_of(made.bits[0])), seen[0][:steps])


def test_the_target_waveform_adds_nothing(small_datasets):
    _, truth = batch_of(small_datasets["seed"], target="waveform").get(0, 0)
    assert not truth[..., 1].any() and truth[..., 0].any()


def test_the_epochs_number_decides_the_order(small_datasets):
    made = batch_of(small_datasets["seed"], shuffle=True, seed=5)
    again = batch_of(small_datasets["seed"], shuffle=True, seed=5)
    made.get(0, 0)
    assert np.array_equal(made.get(3, 2)[0], again.get(3, 2)[0])
    assert not np.array_equal(made.get(3, 2)[0], made.get(4, 2)[0])


def test_an_epoch_sees_each_window_once(small_datasets):
    made = small_datasets["seed"]
    feed = batch_of(made, shuffle=True, batch=7)
    seen = np.concatenate([feed.get(1, i)[1].sum(axis=-1) for i in range(len(feed))]) * 100
    kept = np.rint(seen).astype(int).tolist()
    train = np.concatenate([made.target[slice(*run.bounds("train"))] for run in made.runs])
    remaining = [tuple(row) for row in train.tolist()]
    assert len(kept) == len(remaining) // 7 * 7
    for row in kept:
        remaining.remove(tuple(row))


def test_segments_are_augmented_before_they_are_encoded(small_datasets):
    made = small_datasets["hifi"]
    plain_bits, plain = batch_of(made).get(0, 0)
    loud_bits, loud = batch_of(made, ranges=Ranges(gain_db=(6.0, 6.0))).get(0, 0)
    gains = np.abs(loud.sum(axis=-1)).max(axis=1) / np.abs(plain.sum(axis=-1)).max(axis=1)
    assert np.all(gains > 1) and np.all(gains < 2)
    for gain, before, after in zip(gains, plain_bits, loud_bits, strict=True):
        assert np.abs(bits.decode(after) - bits.decode(before) * gain).max() < 1


@pytest.mark.parametrize(("encoding", "width"), [("gray", 16), ("float", 1), ("float+bits", 17)])
def test_batches_encode_as_asked(small_datasets, encoding, width):
    made = small_datasets["hifi"]
    plain, _ = batch_of(made).get(0, 0)
    seen, _ = batch_of(made, encoding=encoding, signed=True).get(0, 0)
    assert seen.shape == (*plain.shape[:2], width)
    assert np.array_equal(seen, encodings.encode(bits.decode(plain), encoding, signed=True))


def test_the_scale_is_the_residuals_root_mean_square(small_datasets):
    made = small_datasets["seed"]
    residual = made.target[:] - made.base[:].astype(float)
    kept = np.concatenate([residual[slice(*run.bounds("train"))] for run in made.runs])
    assert measure_scale(made, "residual") == pytest.approx(np.sqrt(np.mean(kept**2)))
