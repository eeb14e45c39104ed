"""The files of one call of --predict: where results go, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from helpers import (
    SMALL_FAITHFUL,
    jobs,
    low_file,
    make_model,
    write_wav,
)

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.errors import UsageError, UserError
from super_resolution.upsampling.jobs import check_job, fits

MODEL = make_model(SMALL_FAITHFUL)


def test_without_files_every_track_is_taken(folder):
    (job,) = jobs(folder)
    assert job.audio.path == folder / "data/song/low.wav"
    assert job.destination == folder / "data/song/upsampled/a.wav"
    check_job(job, MODEL, resample=False, force=False)


def test_a_track_is_found_by_its_folder(folder):
    (job,) = jobs(folder, folder / "data/song")
    assert job.track.name == "song"


def test_a_track_is_found_by_its_name(folder):
    (job,) = jobs(folder, Path("song"))
    assert job.track.name == "song"


def test_only_a_wav_is_written(folder):
    with pytest.raises(UsageError, match="ends in .wav"):
        jobs(folder, low_file(folder / "a.wav"), output=folder / "b.mp3")


def test_the_result_goes_beside_the_file(folder):
    (job,) = jobs(folder, low_file(folder / "春.15k.wav"))
    assert job.destination == folder / "春.15k.44100.wav"
    assert job.track is None


def test_an_output_names_one_file(folder):
    one = low_file(folder / "a.wav")
    assert jobs(folder, one, output=folder / "b.wav")[0].destination == folder / "b.wav"
    with pytest.raises(UsageError, match="-o names one file, and there are 2"):
        jobs(folder, one, low_file(folder / "c.wav"), output=folder / "b.wav")


def test_another_rate_is_refused_with_the_command_that_resamples(folder):
    (job,) = jobs(folder, low_file(folder / "a.wav", rate=8000))
    with pytest.raises(
        UsageError, match=r"8000 Hz.*15000 Hz.*super-resolution .*a\.wav --resample"
    ):
        check_job(job, MODEL, resample=False, force=False)
    check_job(job, MODEL, resample=True, force=False)


def test_a_file_that_was_upsampled_from_15_khz_is_taken(folder):
    low = np.random.default_rng(0).normal(0, 2000, (30000, 1)).astype(np.float32)
    high = to_int16(resample(low, orig_sr=15000, target_sr=44100))
    (job,) = jobs(folder, write_wav(folder / "a.wav", high, 44100))
    note = check_job(job, MODEL, resample=False, force=False)
    assert "44100 Hz" in note and "nothing is lost" in note


def test_a_file_with_treble_is_refused_and_its_bandwidth_named(folder):
    noise = np.random.default_rng(0).normal(0, 2000, (44100, 1)).astype(np.int16)
    (job,) = jobs(folder, write_wav(folder / "a.wav", noise, 44100))
    with pytest.raises(
        UsageError, match=r"holds sound up to 22\.\d kHz.*above 7\.5 kHz.*--resample"
    ):
        check_job(job, MODEL, resample=False, force=False)
    assert "is replaced" in check_job(job, MODEL, resample=True, force=False)


def test_a_file_without_samples_is_refused(folder):
    (job,) = jobs(folder, low_file(folder / "a.wav", frames=0))
    with pytest.raises(UserError, match="holds no samples"):
        check_job(job, MODEL, resample=False, force=False)


def test_a_file_is_overwritten_only_with_force(folder):
    path = low_file(folder / "a.wav")
    (folder / "a.44100.wav").write_text("precious")
    (job,) = jobs(folder, path)
    with pytest.raises(UsageError, match="--force replaces it"):
        check_job(job, MODEL, resample=False, force=False)
    check_job(job, MODEL, resample=False, force=True)


def test_the_input_is_not_overwritten_even_with_force(folder):
    path = low_file(folder / "a.wav")
    (job,) = jobs(folder, path, output=path)
    with pytest.raises(UsageError, match="over itself"):
        check_job(job, MODEL, resample=False, force=True)


def test_a_missing_file_is_refused(folder):
    (job,) = jobs(folder, folder / "missing.wav")
    with pytest.raises(UsageError):
        check_job(job, MODEL, resample=False, force=False)


def test_a_folder_stands_for_its_audio_files(folder):
    music = folder / "music"
    (music / "deeper").mkdir(parents=True)
    for name in ("b.wav", "a.FLAC", "deeper/c.wav", ".hidden.wav", "a.44100.wav", "cover.jpg"):
        (music / name).touch()
    found = {job.path: job for job in jobs(folder, music)}
    assert list(found) == [music / "a.FLAC", music / "b.wav"]
    assert found[music / "b.wav"].destination == music / "b.44100.wav"
    # what is there already is kept
    assert [job.done for job in found.values()] == [True, False]
    everything = [job.path.name for job in jobs(folder, music, recursive=True)]
    assert everything == ["a.FLAC", "b.wav", "c.wav"]


def test_files_of_one_name_in_a_folder_keep_their_suffixes(folder):
    (folder / "music").mkdir()
    for name in ("a.flac", "a.mp3", "b.mp3"):
        (folder / "music" / name).touch()
    names = [job.destination.name for job in jobs(folder, folder / "music")]
    assert names == ["a.flac.44100.wav", "a.mp3.44100.wav", "b.44100.wav"]


def test_a_folder_without_audio_files_is_refused(folder):
    with pytest.raises(UsageError, match=r"without audio files .*--recursive"):
        jobs(folder, folder)


@pytest.mark.parametrize(("rate", "expected"), [(15000, True), (14700, False)])
def test_a_model_fits_a_track_of_its_rates(folder, rate, expected):
    (job,) = jobs(folder, Path("song"))
    assert fits(job, make_model(SMALL_FAITHFUL, low_rate=rate)) == expected


def test_without_files_and_tracks_the_scan_is_named(tmp_path):
    with pytest.raises(UserError, match="super-resolution scan"):
        jobs(tmp_path)


def test_two_inputs_with_one_output_are_refused(folder):
    files = [low_file(folder / "a.wav"), low_file(folder / "a.flac")]
    with pytest.raises(UsageError, match="would be written twice"):
        jobs(folder, *files)


def test_only_the_output_in_the_tracks_folder_counts_as_its_own(folder):
    (own,) = jobs(folder, folder / "data/song")
    (other,) = jobs(folder, folder / "data/song", output=folder / "b.wav")
    assert own.of_track and not other.of_track


@pytest.mark.parametrize("name", ["low.wav", "track.json"])
def test_a_tracks_file_that_was_cut_off_is_refused(folder, name):
    path = folder / "data/song" / name
    path.write_bytes(path.read_bytes()[:50])
    (job,) = jobs(folder, Path("song"))
    with pytest.raises(UserError, match="scan the song again"):
        check_job(job, MODEL, resample=False, force=False)


def test_a_low_version_of_another_length_is_refused(folder):
    low_file(folder / "data/song/low.wav", 1000)
    (job,) = jobs(folder, Path("song"))
    with pytest.raises(UserError, match="2 channels, 1000 samples, expected 15000 Hz, 2 channels"):
        check_job(job, MODEL, resample=False, force=False)
