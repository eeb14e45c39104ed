"""Parts of a track: a part is what the whole song gives there."""

import numpy as np
import pytest
import soundfile
from helpers import make_track, write_wav

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
    """Make a track whose ratio, 3, makes the FIR quick to fit."""
    return make_track(tmp_path / "song", song, low_rate=14700)


@pytest.fixture(scope="module")
def fifteen(data):
    """Give the track at 15 kHz, only to be read."""
    return load_track(data / "song")


@pytest.mark.parametrize("part", [(0, 5000), (70001, 90123), (120000, 132299)])
@pytest.mark.parametrize("name", baselines.METHODS)
def test_a_part_is_the_whole_songs(fifteen, name, part):
    start, end = part
    low = read_wav16(fifteen.low)
    whole = baselines.METHODS[name](low, orig_sr=15000, target_sr=RATE)
    estimate = methods_of_part(fifteen, start, end)[name]()
    expected = to_int16(whole[start:end])
    assert estimate.shape == expected.shape
    assert estimate.dtype == np.int16
    # soxr and the spline round their floats elsewhere, which may turn a half
    difference = np.abs(expected.astype(int) - estimate)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def test_low_version_begins_where_it_says(fifteen):
    low, first = low_around(fifteen, 100_000, 110_000)
    assert first % 147 == 0
    assert first <= 100_000 - RATE
    whole = read_wav16(fifteen.low)
    np.testing.assert_array_equal(low, whole[first // 147 * 50 :][: len(low)])
    assert len(low) * 147 / 50 >= 110_000 - first


def test_the_filter_learns_from_the_first_part_only(track):
    end = common_end(track)
    start = learn_end(track)
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


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_common_part_is_compared(track, more):
    frames = track.info.frames + more
    write_wav(track.upsampled, np.zeros((frames, 2), np.int16), RATE)
    assert common_end(track) == min(frames, track.info.frames)


@pytest.mark.parametrize(
    ("frames", "channels", "rate"), [(100_000, 2, RATE), (132_300, 1, RATE), (132_300, 2, 48000)]
)
def test_a_foreign_upsampled_file_is_refused(track, frames, channels, rate):
    write_wav(track.upsampled, np.zeros((frames, channels), np.int16), rate)
    with pytest.raises(UserError, match=f"{rate} Hz, {channels} channels, {frames} samples"):
        common_end(track)


def test_versions_of_the_page(track):
    write_wav(track.upsampled, np.full((track.info.frames, 2), 7, np.int16), RATE)
    made = listening_versions(track, 3000, 6000)
    assert list(made) == ["original", "low", "soxr", "network"]
    assert {signal.shape for signal in made.values()} == {(3000, 2)}
    low = read_wav16(track.low)
    np.testing.assert_array_equal(made["low"], np.repeat(low, 3, axis=0)[3000:6000])
    assert (made["network"] == 7).all()


def test_a_cut_off_file_is_told(track):
    soundfile.write(track.original, read_wav16(track.original)[:100_000], RATE)
    with pytest.raises(UserError, match=r"original\.wav is shorter .* scan the track again"):
        listening_versions(track, 90_000, 110_000)


def test_a_missing_file_is_told(track):
    track.low.unlink()
    with pytest.raises(UserError, match=r"low\.wav cannot be read"):
        methods_of_part(track, 0, 1000)
