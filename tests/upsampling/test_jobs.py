"""What --predict is asked for: where things go, and what is refused."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import SMALL_HIFI, SMALL_SEED, save_random, write_wav

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.errors import UsageError, UserError
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.jobs import check_job, find_jobs, for_job, run_jobs

MODEL = Model(SMALL_SEED, 44100, 15000, "soxr", 300.0, ())


@pytest.fixture
def folder(tmp_path, data):
    shutil.copytree(data, tmp_path / "data")
    return tmp_path


def jobs(folder, *files, output=None):
    return find_jobs(files, data=folder / "data", output=output, rate=44100)


def low_file(path, frames: int = 1000, rate: int = 15000):
    return write_wav(path, np.zeros((frames, 2), np.int16), rate)


def test_without_files_every_track(folder):
    (job,) = jobs(folder)
    assert job.audio.path == folder / "data/song/low.wav"
    assert job.destination == folder / "data/song/upsampled.wav"
    check_job(job, MODEL, resample=False, force=False)


def test_a_track_by_its_folder(folder):
    (job,) = jobs(folder, folder / "data/song")
    assert job.track.name == "song"


def test_a_track_by_its_name(folder):
    (job,) = jobs(folder, Path("song"))
    assert job.track.name == "song"


def test_only_a_wav_is_written(folder):
    with pytest.raises(UsageError, match="ends in .wav"):
        jobs(folder, low_file(folder / "a.wav"), output=folder / "b.mp3")


def test_a_file_goes_beside_itself(folder):
    (job,) = jobs(folder, low_file(folder / "春.15k.wav"))
    assert job.destination == folder / "春.15k.44100.wav"
    assert job.track is None


def test_an_output_names_one_file(folder):
    one = low_file(folder / "a.wav")
    assert jobs(folder, one, output=folder / "b.wav")[0].destination == folder / "b.wav"
    with pytest.raises(UsageError, match="-o names one file, and there are 2"):
        jobs(folder, one, low_file(folder / "c.wav"), output=folder / "b.wav")


def test_another_rate_gets_the_command_that_mends_it(folder):
    (job,) = jobs(folder, low_file(folder / "a.wav", rate=8000))
    with pytest.raises(UsageError, match=r"8000 Hz.*15000 Hz.*--predict .*a\.wav --resample"):
        check_job(job, MODEL, resample=False, force=False)
    check_job(job, MODEL, resample=True, force=False)


def test_a_file_that_was_15_khz_once_is_taken(folder):
    low = np.random.default_rng(0).normal(0, 2000, (30000, 1)).astype(np.float32)
    high = to_int16(resample(low, orig_sr=15000, target_sr=44100))
    (job,) = jobs(folder, write_wav(folder / "a.wav", high, 44100))
    note = check_job(job, MODEL, resample=False, force=False)
    assert "44100 Hz" in note and "nothing is lost" in note


def test_a_file_with_treble_is_refused_and_says_how_far_it_reaches(folder):
    noise = np.random.default_rng(0).normal(0, 2000, (44100, 1)).astype(np.int16)
    (job,) = jobs(folder, write_wav(folder / "a.wav", noise, 44100))
    with pytest.raises(
        UsageError, match=r"holds sound up to 22\.\d kHz.*above 7\.5 kHz.*--resample"
    ):
        check_job(job, MODEL, resample=False, force=False)
    assert "is replaced" in check_job(job, MODEL, resample=True, force=False)


def test_a_file_without_samples(folder):
    (job,) = jobs(folder, low_file(folder / "a.wav", frames=0))
    with pytest.raises(UserError, match="holds no samples"):
        check_job(job, MODEL, resample=False, force=False)


def test_a_users_file_is_not_overwritten_unasked(folder):
    path = low_file(folder / "a.wav")
    (folder / "a.44100.wav").write_text("precious")
    (job,) = jobs(folder, path)
    with pytest.raises(UsageError, match="--force replaces it"):
        check_job(job, MODEL, resample=False, force=False)
    check_job(job, MODEL, resample=False, force=True)


def test_not_even_force_writes_over_the_input(folder):
    path = low_file(folder / "a.wav")
    (job,) = jobs(folder, path, output=path)
    with pytest.raises(UsageError, match="over itself"):
        check_job(job, MODEL, resample=False, force=True)


@pytest.mark.parametrize("name", ["", "missing.wav"])
def test_a_folder_or_nothing_there(folder, name):
    with pytest.raises(UsageError):
        jobs(folder, folder / name)


def test_no_tracks_and_no_files(tmp_path):
    with pytest.raises(UserError, match=r"run 10-scan\.py"):
        jobs(tmp_path)


def test_two_inputs_with_one_output_are_refused(folder):
    files = [low_file(folder / "a.wav"), low_file(folder / "a.flac")]
    with pytest.raises(UsageError, match="would be written twice"):
        jobs(folder, *files)


def test_only_a_tracks_own_output_is_credited_to_the_model(folder):
    (own,) = jobs(folder, folder / "data/song")
    (other,) = jobs(folder, folder / "data/song", output=folder / "b.wav")
    assert own.of_track and not other.of_track


@pytest.mark.parametrize("preset", [SMALL_SEED, replace(SMALL_SEED, target="waveform")])
def test_what_gives_all_the_sound_has_no_treble_of_its_own(folder, preset):
    (job,) = jobs(folder, folder / "data/song")
    with pytest.raises(UsageError, match="--treble is for models that add treble"):
        for_job(replace(MODEL, preset=preset), job, 3.0)


def test_caution_is_for_songs_that_it_never_heard(folder):
    model = replace(MODEL, preset=replace(SMALL_HIFI, caution=2.0))
    (own,) = jobs(folder, folder / "data/song")
    (file,) = jobs(folder, low_file(folder / "a.wav"))
    heard = replace(model, tracks=(own.track.about,))
    cautions = [
        for_job(some, job, treble).preset.caution
        for some, job, treble in [
            (model, own, 0.0),
            (heard, own, 0.0),
            (heard, file, 0.0),
            (heard, own, 3.0),
            (heard, file, -3.0),
        ]
    ]
    assert cautions == [2.0, 0.0, 2.0, -3.0, 5.0]


def test_what_was_asked_for_is_noted(folder):
    model = save_random(folder / "models/a", replace(MODEL, preset=SMALL_HIFI))
    wanted = jobs(folder, folder / "data/song")
    said = []
    run_jobs(wanted, folder / "models/a", model, log=said.append, treble=-3.0)
    assert said[-1].endswith("by a, treble -3 dB")
    noted = json.loads((folder / "data/song/upsampled.json").read_text("utf-8"))
    assert noted["treble_db"] == -3.0 and noted["model"] == "a"
