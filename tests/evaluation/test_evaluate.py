"""Judging tracks and files: known answers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from helpers import SMALL_HIFI, SMALL_SEED, make_track, write_wav

from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.errors import UsageError, UserError
from super_resolution.evaluation import baselines, evaluate, metrics
from super_resolution.evaluation.evaluate import (
    compare_files,
    evaluate_track,
    mean_rows,
    seam_distance,
)
from super_resolution.files import write_json
from super_resolution.network import saved_model
from super_resolution.tracks import track as track_module

RATE = 44100
METHODS = ["hold", "linear", "cubic", "soxr", "fitted FIR"]


@pytest.fixture
def track(tmp_path, song):
    """Make a track whose ratio, 3, makes the FIR quick to fit."""
    return make_track(tmp_path / "song", song, low_rate=14700)


def test_rows_and_kept_signals(track):
    judged = evaluate_track(track)
    assert list(judged.rows) == METHODS
    assert list(judged.signals) == ["original", "soxr"]
    assert judged.start == round(0.8 * track.info.frames)
    assert judged.seconds == (pytest.approx(2.4), pytest.approx(3.0))
    part = read_wav16(track.original, judged.start)
    np.testing.assert_array_equal(judged.signals["original"], part)
    rates = {"sample_rate": RATE, "low_rate": 14700}
    assert judged.rows["soxr"] == metrics.evaluate(part, judged.signals["soxr"], **rates)
    assert judged.made_by == {}


def test_an_upsampled_original_is_perfect(track):
    write_wav(track.upsampled, read_wav16(track.original), RATE)
    row = evaluate_track(track).rows["network"]
    assert row.pop("snr") == row.pop("si_sdr") == math.inf
    assert set(row.values()) == {0}


def test_an_upsampled_soxr_has_its_row(track):
    high = baselines.soxr_vhq(read_wav16(track.low), orig_sr=14700, target_sr=RATE)
    write_wav(track.upsampled, to_int16(high), RATE)
    write_json(track.folder / "upsampled.json", {"model": "seed-song"})
    judged = evaluate_track(track)
    assert list(judged.rows) == [*METHODS, "network"]
    # whole or in part, soxr may round a half otherwise
    assert judged.rows["network"] == pytest.approx(judged.rows["soxr"], rel=1e-3)
    assert judged.made_by == {"model": "seed-song"}


def test_longer_songs_are_judged_at_their_end(track, monkeypatch):
    monkeypatch.setattr(track_module, "LEARN_SHARE", Fraction(1, 10))
    monkeypatch.setattr(evaluate, "JUDGED_MOST", 1)
    assert evaluate_track(track).seconds == (2.0, 3.0)


@pytest.mark.parametrize(
    ("preset", "samples"),
    # 50 steps less 10 on either side; at a ratio of 3, 200 low samples less 50 on either side
    [(SMALL_SEED, 30), (SMALL_HIFI, 300)],
)
def test_the_distance_of_seams(track, tmp_path, preset, samples):
    write_wav(track.upsampled, read_wav16(track.original), RATE)
    write_json(track.folder / "upsampled.json", {"model": "mine"})
    judged = evaluate_track(track)
    assert seam_distance(judged, tmp_path / "models") == 3
    model = saved_model.Model(preset, RATE, track.info.low_rate, "soxr", 300.0, ())
    saved_model.save(tmp_path / "models/mine", model, lambda path: path.write_bytes(b"weights"))
    assert seam_distance(judged, tmp_path / "models") == samples


def test_one_channel_alone(track):
    left, right, both = (
        evaluate_track(track, channel=channel).rows["soxr"]["mae"] for channel in (0, 1, None)
    )
    assert left != right
    assert both == pytest.approx((left + right) / 2)


def test_the_mean_is_of_what_all_have():
    one = {"soxr": {"mae": 2.0, "snr": math.inf}, "network": {"mae": 1.0, "snr": 3.0}}
    two = {"soxr": {"mae": 4.0, "snr": 10.0}}
    assert mean_rows([one, two]) == {"soxr": {"mae": 3.0, "snr": math.inf}}
    assert mean_rows([one]) == one


def test_two_files_of_any_kind(tmp_path, song):
    one = write_wav(tmp_path / "one.flac", song, RATE)
    two = write_wav(tmp_path / "two.wav", (song // 2).astype(np.int16), RATE)
    rows = compare_files(one, two, low_rate=15000)
    assert rows == {"two.wav": metrics.evaluate(song, song // 2, sample_rate=RATE, low_rate=15000)}


@pytest.mark.parametrize(
    ("frames", "channels", "rate"), [(1000, 1, RATE), (999, 2, RATE), (1000, 2, 48000)]
)
def test_unlike_files_are_refused(tmp_path, frames, channels, rate):
    one = write_wav(tmp_path / "one.wav", np.ones((1000, 2), np.int16), RATE)
    two = write_wav(tmp_path / "two.wav", np.ones((frames, channels), np.int16), rate)
    with pytest.raises(UserError, match=rf"two.wav \({rate} Hz, {channels} channels, {frames} s"):
        compare_files(one, two, low_rate=15000)


def test_empty_and_missing_files_are_refused(tmp_path):
    empty = write_wav(tmp_path / "empty.wav", np.zeros((0, 2), np.int16), RATE)
    with pytest.raises(UserError, match="1 sample or more"):
        compare_files(empty, empty, low_rate=15000)
    with pytest.raises(UsageError, match="does not exist"):
        compare_files(empty, tmp_path / "none.wav", low_rate=15000)
