"""From a source to a track: rates, channels, excerpts, and refused sources."""

import numpy as np
import pytest
from helpers import write_wav

from super_resolution.audio.wav import read_wav16
from super_resolution.errors import UsageError, UserError
from super_resolution.tracks.scan import ScanOptions, scan_source
from super_resolution.tracks.track import find_tracks


def scan(source, data, **options):
    """Scan one song; return its track and the lines for the user."""
    lines = []
    options = {"low_rate": 15000, "downsample": "soxr"} | options
    (track,) = scan_source(
        str(source), ScanOptions(**options), data=data, playlist=False, log=lines.append
    )
    return track, lines


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.3, 0.3, (frames, channels))


def test_a_file_at_44100_is_kept_exactly(tmp_path, song):
    track, lines = scan(write_wav(tmp_path / "My Song.wav", song, 44100), tmp_path / "data")
    assert track.name == "my-song"
    assert np.array_equal(read_wav16(track.original), song)
    assert lines == []


def test_24_bits_are_rounded_to_16(tmp_path):
    signal = noise(50000)
    track, _ = scan(write_wav(tmp_path / "a.wav", signal, 44100, "PCM_24"), tmp_path / "data")
    assert np.abs(read_wav16(track.original) - signal * 32768).max() < 0.51


def test_48000_is_resampled_and_logged(tmp_path):
    track, lines = scan(write_wav(tmp_path / "a.wav", noise(96000), 48000), tmp_path / "data")
    assert track.info.frames == 88200
    assert lines == ["a.wav: 48000 Hz is resampled to 44100 Hz"]


def test_surround_is_mixed_down_and_logged(tmp_path):
    track, lines = scan(write_wav(tmp_path / "a.wav", noise(50000, 6), 44100), tmp_path / "data")
    assert track.info.channels == 2
    assert lines == ["a.wav: 6 channels are mixed down to stereo"]


def test_mono_stays_mono(tmp_path):
    track, _ = scan(write_wav(tmp_path / "a.wav", noise(50000, 1), 44100), tmp_path / "data")
    assert track.info.channels == 1


@pytest.mark.parametrize("rate", [44100, 48000])
def test_an_excerpt_is_a_slice_of_the_whole(tmp_path, rate):
    path = write_wav(tmp_path / "a.wav", noise(rate * 4), rate)
    track, _ = scan(path, tmp_path / "data", start=1.0, seconds=2.0)
    assert track.info.frames == 88200
    whole, _ = scan(path, tmp_path / "data", name="whole")
    expected = read_wav16(whole.original, 44100, 88200)
    assert np.array_equal(read_wav16(track.original), expected)


def test_a_rate_below_44100_needs_force(tmp_path):
    path = write_wav(tmp_path / "a.wav", noise(50000), 22050)
    with pytest.raises(UserError, match=r"expected at least 44100 Hz"):
        scan(path, tmp_path / "data")
    track, _ = scan(path, tmp_path / "data", force=True)
    assert track.info.frames == 100000


def test_a_track_scanned_before_is_kept(tmp_path):
    path = write_wav(tmp_path / "a.wav", noise(50000), 44100)
    scan(path, tmp_path / "data")
    before = (tmp_path / "data/a/track.json").stat().st_mtime_ns
    _, lines = scan(path, tmp_path / "data")
    assert "is there already" in lines[0]
    assert (tmp_path / "data/a/track.json").stat().st_mtime_ns == before


def test_a_track_scanned_with_other_options_needs_force_or_a_name(tmp_path):
    path = write_wav(tmp_path / "a.wav", noise(50000), 44100)
    scan(path, tmp_path / "data")
    with pytest.raises(UsageError, match="--force replaces it, --name NAME keeps both"):
        scan(path, tmp_path / "data", low_rate=8000)
    track, _ = scan(path, tmp_path / "data", low_rate=8000, force=True)
    assert track.info.low_rate == 8000
    scan(path, tmp_path / "data", name="b")
    assert [t.name for t in find_tracks(data=tmp_path / "data")] == ["a", "b"]


def test_an_excerpt_of_the_demo_song(tmp_path):
    track, _ = scan("demo", tmp_path / "data", seconds=2.0)
    assert (track.name, track.info.frames, track.info.channels) == ("demo", 88200, 2)


def test_a_failed_scan_leaves_no_files(tmp_path):
    path = tmp_path / "notes.wav"
    path.write_text("no audio")
    with pytest.raises(UserError, match="no audio that can be read"):
        scan(path, tmp_path / "data")
    assert not (tmp_path / "data").exists() or not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_is_no_track_is_not_replaced(tmp_path, force):
    (tmp_path / "data/a").mkdir(parents=True)
    (tmp_path / "data/a/notes.txt").write_text("precious")
    path = write_wav(tmp_path / "a.wav", noise(50000), 44100)
    with pytest.raises(UsageError, match="exists and is no track"):
        scan(path, tmp_path / "data", force=force)
    assert (tmp_path / "data/a/notes.txt").read_text() == "precious"


def test_a_start_after_the_end_is_refused(tmp_path):
    path = write_wav(tmp_path / "a.wav", noise(50000), 44100)
    with pytest.raises(UsageError, match="ends before --start"):
        scan(path, tmp_path / "data", start=99.0)
