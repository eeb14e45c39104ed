"""Evaluation of tracks and files: known answers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from helpers import make_track, write_wav

from super_resolution.audio.pcm import rms, to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.errors import UsageError, UserError
from super_resolution.evaluation import baselines, evaluate, metrics
from super_resolution.evaluation.evaluate import (
    compare_files,
    evaluate_track,
    mean_results,
    window_frames,
)
from super_resolution.files import write_json
from super_resolution.tracks import track as track_module

RATE = 44100
METHODS = ["hold", "linear", "cubic", "soxr", "fitted FIR", "band replication"]


@pytest.fixture
def track(tmp_path, song):
    """Make a track with the ratio 3, for which the FIR is fitted quickly."""
    return make_track(tmp_path / "song", song, low_rate=14700)


def test_results_and_signals(track):
    evaluation = evaluate_track(track)
    assert list(evaluation.results) == METHODS
    assert list(evaluation.signals) == ["original", "soxr"]
    assert evaluation.start == round(0.8 * track.info.frames)
    assert evaluation.seconds == (pytest.approx(2.4), pytest.approx(3.0))
    part = read_wav16(track.original, evaluation.start)
    np.testing.assert_array_equal(evaluation.signals["original"], part)
    assert evaluation.original_rms == rms(part)
    soxr = evaluation.signals["soxr"]
    expected = metrics.evaluate(part, soxr, sample_rate=RATE, low_rate=14700)
    assert evaluation.results["soxr"] == expected
    assert evaluation.network_info == {}


def test_the_original_as_estimate_is_perfect(track):
    write_wav(track.upsampled, read_wav16(track.original), RATE)
    values = evaluate_track(track).results["network"]
    assert values.pop("snr") == values.pop("si_sdr") == math.inf
    assert set(values.values()) == {0}


def test_upsampled_wav_has_a_row(track):
    high = baselines.soxr_vhq(read_wav16(track.low), orig_sr=14700, target_sr=RATE)
    write_wav(track.upsampled, to_int16(high), RATE)
    write_json(track.folder / "upsampled.json", {"model": "hifi-song"})
    evaluation = evaluate_track(track)
    assert list(evaluation.results) == [*METHODS, "network"]
    # the whole song and a part of it may be rounded differently
    soxr = evaluation.results["soxr"]
    assert evaluation.results["network"] == pytest.approx(soxr, rel=1e-3)
    assert evaluation.network_info == {"model": "hifi-song"}


def test_only_the_end_of_a_long_song_is_evaluated(track, monkeypatch):
    monkeypatch.setattr(track_module, "LEARN_SHARE", Fraction(1, 10))
    monkeypatch.setattr(evaluate, "MAX_EVALUATED_SECONDS", 1)
    assert evaluate_track(track).seconds == (2.0, 3.0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(300, 300), (None, 3), (0, 3), (-1, 3), (1 << 21, 3), (30.0, 3), ("30", 3)],
)
def test_window_frames_are_checked(track, value, expected):
    write_wav(track.upsampled, read_wav16(track.original), RATE)
    write_json(track.folder / "upsampled.json", {"window_frames": value})
    assert window_frames(evaluate_track(track)) == expected


def test_window_frames_without_a_network_are_the_period_of_the_ratio(track):
    write_json(track.folder / "upsampled.json", {"window_frames": 300})
    assert window_frames(evaluate_track(track)) == 3


def test_a_damaged_upsampled_json_is_refused(track):
    write_wav(track.upsampled, read_wav16(track.original), RATE)
    (track.folder / "upsampled.json").write_text("[]", "utf-8")
    with pytest.raises(UserError, match=r"upsampled\.json is damaged .* run .*song again"):
        evaluate_track(track)


def test_one_channel(track):
    left, right, both = (
        evaluate_track(track, channel=channel).results["soxr"]["mae"] for channel in (0, 1, None)
    )
    assert left != right
    assert both == pytest.approx((left + right) / 2)


def test_a_mono_track_has_no_right_channel(tmp_path, song):
    mono = make_track(tmp_path / "mono", song[:, :1], low_rate=14700)
    with pytest.raises(UsageError, match="mono is mono: it has no right channel"):
        evaluate_track(mono, channel=1)


def test_mean_of_the_methods_that_all_tracks_have():
    first = {"soxr": {"mae": 2.0, "snr": math.inf}, "network": {"mae": 1.0, "snr": 3.0}}
    second = {"soxr": {"mae": 4.0, "snr": 10.0}}
    assert mean_results([first, second]) == {"soxr": {"mae": 3.0, "snr": math.inf}}
    assert mean_results([first]) == first


def test_files_of_different_formats_are_compared(tmp_path, song):
    reference = write_wav(tmp_path / "reference.flac", song, RATE)
    estimate = write_wav(tmp_path / "estimate.wav", (song // 2).astype(np.int16), RATE)
    results = compare_files(reference, estimate, low_rate=15000)
    expected = metrics.evaluate(song, song // 2, sample_rate=RATE, low_rate=15000)
    assert results == {"estimate.wav": expected}


@pytest.mark.parametrize(
    ("frames", "channels", "rate"), [(1000, 1, RATE), (999, 2, RATE), (1000, 2, 48000)]
)
def test_files_of_different_shapes_are_refused(tmp_path, frames, channels, rate):
    reference = write_wav(tmp_path / "reference.wav", np.ones((1000, 2), np.int16), RATE)
    estimate = write_wav(tmp_path / "estimate.wav", np.ones((frames, channels), np.int16), rate)
    message = rf"estimate.wav \({rate} Hz, {channels} channels, {frames} samples"
    with pytest.raises(UserError, match=message):
        compare_files(reference, estimate, low_rate=15000)


def test_empty_and_missing_files_are_refused(tmp_path):
    empty = write_wav(tmp_path / "empty.wav", np.zeros((0, 2), np.int16), RATE)
    with pytest.raises(UserError, match="holds no samples"):
        compare_files(empty, empty, low_rate=15000)
    song = write_wav(tmp_path / "song.wav", np.ones((1000, 2), np.int16), RATE)
    with pytest.raises(UsageError, match="does not exist"):
        compare_files(song, tmp_path / "none.wav", low_rate=15000)
