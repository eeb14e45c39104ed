"""The methods' outputs for a part of a track equal those for the whole song."""

import sys

import numpy as np
import pytest
import soundfile
from helpers import make_track, write_upsampled, write_wav

from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.errors import UserError
from super_resolution.evaluation import baselines
from super_resolution.evaluation.methods import (
    common_end,
    listening_versions,
    low_around,
    methods_of_part,
)
from super_resolution.tracks.track import learn_end, load_track

RATE = 44100


@pytest.fixture
def track(tmp_path, song):
    """Make a track with the ratio 3, for which the FIR is fitted quickly."""
    return make_track(tmp_path / "song", song, low_rate=14700)


@pytest.fixture(scope="module")
def track_15k(data):
    """Load the shared track at 15 kHz; tests only read it."""
    return load_track(data / "song")


@pytest.mark.parametrize(("start", "end"), [(0, 5000), (70001, 90123), (120000, 132299)])
@pytest.mark.parametrize("name", baselines.METHODS)
def test_a_part_equals_that_of_the_whole_song(track_15k, name, start, end):
    low = read_wav16(track_15k.low)
    whole = baselines.METHODS[name](low, orig_sr=15000, target_sr=RATE)
    estimate = methods_of_part(track_15k, start, end)[name]()
    expected = to_int16(whole[start:end])
    assert estimate.shape == expected.shape
    assert estimate.dtype == np.int16
    # floats of soxr and the spline differ in the last digits, so a half may round otherwise
    difference = np.abs(expected.astype(int) - estimate)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def test_low_version_starts_at_the_returned_position(track_15k):
    low, first = low_around(track_15k, 100_000, 110_000)
    assert first % 147 == 0
    assert first <= 100_000 - RATE
    whole = read_wav16(track_15k.low)
    np.testing.assert_array_equal(low, whole[first // 147 * 50 :][: len(low)])
    assert len(low) * 147 / 50 >= 110_000 - first


def test_the_fir_is_fitted_to_the_training_part_only(track):
    start, end = learn_end(track), common_end(track)
    before = methods_of_part(track, start, end)[baselines.FITTED_FIR]()
    samples = read_wav16(track.original)
    samples[start:] = 0
    write_wav(track.original, samples, RATE)
    after = methods_of_part(track, start, end)[baselines.FITTED_FIR]()
    np.testing.assert_array_equal(before, after)
    low, _ = low_around(track, 0, start)
    fir = baselines.fit_fir(low, samples[:start], orig_sr=14700, target_sr=RATE)
    whole = fir.apply(read_wav16(track.low))
    np.testing.assert_array_equal(after, to_int16(whole[start:end]))


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_common_end_is_the_shorter_length(track, extra):
    frames = track.info.frames + extra
    write_upsampled(track, "a", np.zeros((frames, 2), np.int16))
    assert common_end(track) == min(frames, track.info.frames)


@pytest.mark.parametrize(
    ("frames", "channels", "rate"), [(100_000, 2, RATE), (132_300, 1, RATE), (132_300, 2, 48000)]
)
def test_an_upsampled_file_of_another_track_is_refused(track, frames, channels, rate):
    path = write_upsampled(track, "a", np.zeros((frames, channels), np.int16))
    write_wav(path, np.zeros((frames, channels), np.int16), rate)
    message = f"{rate} Hz, {channels} channels, {frames} samples"
    with pytest.raises(UserError, match=rf"{message}.*run super-resolution .*song again"):
        common_end(track)


def test_hints_name_the_script_that_was_called(track, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["30-evaluate.py"])
    write_upsampled(track, "a", np.zeros((9, 2), np.int16))
    with pytest.raises(UserError, match=r"run python3 rnn-super-resolution\.py --predict .*song"):
        common_end(track)


def test_versions_of_the_listening_page(track):
    write_upsampled(track, "a", np.full((track.info.frames, 2), 7, np.int16))
    versions = listening_versions(track, 3000, 6000, ["a"])
    assert list(versions) == ["original", "low", "soxr", "a"]
    assert {signal.shape for signal in versions.values()} == {(3000, 2)}
    low = read_wav16(track.low)
    np.testing.assert_array_equal(versions["low"], np.repeat(low, 3, axis=0)[3000:6000])
    assert (versions["a"] == 7).all()


@pytest.mark.parametrize("name", ["soxr", "original", "a\x1b"])
def test_a_network_with_the_name_of_another_row_is_refused(track, name):
    write_upsampled(track, name, np.zeros((track.info.frames, 2), np.int16))
    with pytest.raises(UserError, match="rename it"):
        methods_of_part(track, 0, 1000)


def test_a_truncated_file_is_refused(track):
    soundfile.write(track.original, read_wav16(track.original)[:100_000], RATE)
    with pytest.raises(UserError, match=r"original\.wav is shorter .* scan the track again"):
        listening_versions(track, 90_000, 110_000, [])


def test_a_missing_file_is_refused(track):
    track.low.unlink()
    with pytest.raises(UserError, match=r"low\.wav cannot be read"):
        methods_of_part(track, 0, 1000)
