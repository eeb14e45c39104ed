"""Evaluation of tracks and files: known answers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from helpers import make_track, write_upsampled, write_wav

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
    assert evaluation.networks == evaluation.shown == []


def test_the_original_as_estimate_is_perfect(track):
    write_upsampled(track, "perfect", read_wav16(track.original))
    values = evaluate_track(track).results["perfect"]
    assert values.pop("snr") == values.pop("si_sdr") == math.inf
    assert set(values.values()) == {0}


def test_each_network_has_a_row_and_those_shown_a_signal(track):
    high = to_int16(baselines.soxr_vhq(read_wav16(track.low), orig_sr=14700, target_sr=RATE))
    for name, trained in (("old", "2025"), ("shipped", "2024"), ("young", "2026")):
        write_upsampled(track, name, high, trained=trained)
    evaluation = evaluate_track(track, shipped="shipped")
    assert list(evaluation.results) == [*METHODS, "old", "shipped", "young"]
    # the whole song and a part of it may be rounded differently
    soxr = evaluation.results["soxr"]
    assert evaluation.results["old"] == pytest.approx(soxr, rel=1e-3)
    assert list(evaluation.signals) == ["original", "soxr", "shipped", "young"]
    assert list(evaluate_track(track, show=["old"]).signals) == ["original", "soxr", "old"]
    with pytest.raises(UsageError, match="no version called other; it has: old, shipped, young"):
        evaluate_track(track, show=["other"])


def test_only_the_end_of_a_long_song_is_evaluated(track, monkeypatch):
    monkeypatch.setattr(track_module, "LEARN_SHARE", Fraction(1, 10))
    monkeypatch.setattr(evaluate, "MAX_EVALUATED_SECONDS", 1)
    assert evaluate_track(track).seconds == (2.0, 3.0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(300, 300), (None, 3), (0, 3), (-1, 3), (1 << 21, 3), (30.0, 3), ("30", 3)],
)
def test_window_frames_are_checked(track, value, expected):
    write_upsampled(track, "a", read_wav16(track.original), window_frames=value)
    assert window_frames(evaluate_track(track)) == {"soxr": expected, "a": expected}


def test_window_frames_without_a_network_are_the_period_of_the_ratio(track):
    assert window_frames(evaluate_track(track)) == {"soxr": 3}


def test_a_damaged_description_is_refused(track):
    path = write_upsampled(track, "a", read_wav16(track.original))
    path.with_suffix(".json").write_text("[]", "utf-8")
    with pytest.raises(UserError, match=r"a\.json is damaged .* run .*song again"):
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
    comparison = compare_files([reference, estimate], low_rate=15000)
    expected = metrics.evaluate(song, song // 2, sample_rate=RATE, low_rate=15000)
    assert comparison.results == {"estimate.wav": expected}
    assert list(comparison.signals) == ["reference.flac", "estimate.wav"]


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path, song):
    (tmp_path / "b").mkdir()
    files = [write_wav(tmp_path / name, song, RATE) for name in ("a.wav", "b/a.wav")]
    assert list(compare_files(files, low_rate=15000).results) == [str(files[1])]
    with pytest.raises(UsageError, match="given twice"):
        compare_files([files[0], files[0]], low_rate=15000)


@pytest.mark.parametrize(
    ("frames", "channels", "rate"), [(1000, 1, RATE), (991, 2, RATE), (1000, 2, 48000)]
)
def test_files_of_different_shapes_are_refused(tmp_path, frames, channels, rate):
    reference = write_wav(tmp_path / "reference.wav", np.ones((1000, 2), np.int16), RATE)
    estimate = write_wav(tmp_path / "estimate.wav", np.ones((frames, channels), np.int16), rate)
    message = rf"estimate.wav \({rate} Hz, {channels} channels, {frames} samples"
    with pytest.raises(UserError, match=message):
        compare_files([reference, estimate], low_rate=15000)


def test_empty_and_missing_files_are_refused(tmp_path):
    empty = write_wav(tmp_path / "empty.wav", np.zeros((0, 2), np.int16), RATE)
    with pytest.raises(UserError, match="holds no samples"):
        compare_files([empty, write_wav(tmp_path / "b.wav", [], RATE)], low_rate=15000)
    song = write_wav(tmp_path / "song.wav", np.ones((1000, 2), np.int16), RATE)
    with pytest.raises(UsageError, match="does not exist"):
        compare_files([song, tmp_path / "none.wav"], low_rate=15000)
