"""The files of one call of --predict: where results go, and what is refused."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from helpers import (
    SMALL_FAITHFUL,
    SMALL_HIFI,
    changed,
    make_model,
    random_weights,
    save_random,
    write_wav,
)

from super_resolution import Upsampler
from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import FULL_SCALE, to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.errors import Failures, UsageError, UserError
from super_resolution.files import sha256
from super_resolution.network.saved_model import WEIGHTS, Model
from super_resolution.upsampling.job_runner import run_jobs
from super_resolution.upsampling.jobs import check_job, find_jobs

MODEL = make_model(SMALL_FAITHFUL)


def ignore(line: str) -> None:
    """Take the lines for the user."""


def make_upsampler(folder: Path, model: Model) -> Upsampler:
    """Write a model with random weights and load it."""
    save_random(folder, model)
    engine = load_engine(model, random_weights(model), EngineOptions("onnx"))
    return Upsampler(folder, model, engine)


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(0).integers(-9000, 9000, (frames, channels)).astype(np.int16)


@pytest.fixture
def folder(tmp_path, data):
    shutil.copytree(data, tmp_path / "data")
    return tmp_path


def jobs(folder, *files, output=None):
    return find_jobs(files, data=folder / "data", output=output, rate=44100)


def low_file(path, frames: int = 1000, rate: int = 15000):
    return write_wav(path, np.zeros((frames, 2), np.int16), rate)


def test_without_files_every_track_is_taken(folder):
    (job,) = jobs(folder)
    assert job.audio.path == folder / "data/song/low.wav"
    assert job.destination == folder / "data/song/upsampled.wav"
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


@pytest.mark.parametrize("name", ["", "missing.wav"])
def test_a_folder_without_a_track_and_a_missing_file_are_refused(folder, name):
    (job,) = jobs(folder, folder / name)
    with pytest.raises(UsageError):
        check_job(job, MODEL, resample=False, force=False)


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


@pytest.mark.parametrize("target", ["residual", "waveform"])
def test_a_treble_gain_needs_a_model_with_a_high_pass(folder, target):
    model = make_model(changed(SMALL_FAITHFUL, network={"target": target}))
    upsampler = make_upsampler(folder / "models/a", model)
    with pytest.raises(UsageError, match="needs a model with a high-pass.*a outputs the whole"):
        run_jobs(jobs(folder, Path("song")), upsampler, gain_db=3.0, log=ignore)
    assert not (folder / "data/song/upsampled.wav").exists()


def test_only_songs_of_the_training_are_upsampled_as_known(folder):
    (own,) = jobs(folder, folder / "data/song")
    (copy,) = jobs(folder, shutil.copy(own.audio.path, folder / "a.wav"))
    model = make_model(changed(SMALL_HIFI, prediction={"window": 2000}))
    trained_on_it = replace(model, tracks=(own.track.metadata,))
    for described, job, known in (
        (model, own, False),
        (trained_on_it, own, True),
        (trained_on_it, copy, False),
    ):
        upsampler = make_upsampler(folder / "models/a", described)
        run_jobs([job], upsampler, gain_db=1.0, log=ignore)
        expected, _ = upsampler(read_wav16(job.audio.path), 15000, gain_db=1.0, known=known)
        assert np.array_equal(read_wav16(job.destination), expected)


def test_a_tracks_result_is_described_beside_it(folder):
    upsampler = make_upsampler(folder / "models/a", make_model(SMALL_HIFI))
    lines = []
    run_jobs(jobs(folder, Path("song")), upsampler, gain_db=-3.0, log=lines.append)
    assert lines == [f"{folder}/data/song/upsampled.wav: 3.0 s at 44100 Hz, by a, treble -3 dB"]
    described = json.loads((folder / "data/song/upsampled.json").read_text("utf-8"))
    assert described == {
        "model": "a",
        "weights_sha256": sha256(folder / "models/a" / WEIGHTS),
        "gain_db": -3.0,
        "window_frames": 294,  # of a window of 200 steps, 100 are kept
    }


def test_a_track_that_was_downsampled_in_another_way_gets_a_note(folder):
    model = replace(make_model(SMALL_HIFI), downsample="decimate")
    lines = []
    upsampler = make_upsampler(folder / "models/a", model)
    run_jobs(jobs(folder, Path("song")), upsampler, gain_db=0.0, log=lines.append)
    assert lines[0].startswith("song: its low version was made by soxr") and len(lines) == 2


@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_becomes_a_wav_of_16_bits(folder, channels):
    signal = noise(1501, channels)
    (job,) = jobs(folder, write_wav(folder / "a.wav", signal, 15000))
    upsampler = make_upsampler(folder / "models/a", MODEL)
    run_jobs([job], upsampler, gain_db=0.0, log=ignore)
    info = soundfile.info(folder / "a.44100.wav")
    assert (info.frames, info.samplerate, info.channels) == (4413, 44100, channels)
    assert info.subtype == "PCM_16"
    assert np.array_equal(read_wav16(folder / "a.44100.wav"), upsampler(signal, 15000)[0])
    assert not (folder / "upsampled.json").exists()


def test_a_file_of_24_bits_at_another_rate_is_resampled_once(folder):
    signal = np.random.default_rng(0).uniform(-0.3, 0.3, (4800, 2))
    (job,) = jobs(folder, write_wav(folder / "a.wav", signal, 48000, "PCM_24"))
    upsampler = make_upsampler(folder / "models/a", MODEL)
    run_jobs([job], upsampler, gain_db=0.0, log=ignore)
    read_back, _ = soundfile.read(folder / "a.wav", dtype="float32")
    expected = to_int16(upsampler(read_back, 48000)[0] * FULL_SCALE)
    assert np.abs(read_wav16(folder / "a.44100.wav").astype(int) - expected).max() <= 1


def test_surround_is_mixed_to_stereo(folder):
    (job,) = jobs(folder, write_wav(folder / "a.wav", noise(1000, 6), 15000))
    run_jobs([job], make_upsampler(folder / "models/a", MODEL), gain_db=0.0, log=ignore)
    assert read_wav16(folder / "a.44100.wav").shape == (2940, 2)


def test_of_several_files_the_good_ones_are_made(folder, capsys):
    upsampler = make_upsampler(folder / "models/a", MODEL)
    found = jobs(folder, low_file(folder / "a.wav"), low_file(folder / "b.wav"), Path("song"))
    (folder / "a.wav").unlink()
    failures = Failures(len(found))
    run_jobs(found, upsampler, gain_db=0.0, log=ignore, failures=failures)
    assert "a.wav does not exist" in capsys.readouterr().err
    assert (folder / "b.44100.wav").exists() and (folder / "data/song/upsampled.wav").exists()
    with pytest.raises(UserError, match=r"1 of 3 failed: .*a\.wav; the others are done"):
        failures.check()


@pytest.mark.parametrize("name", ["low.wav", "track.json"])
def test_a_tracks_file_that_was_cut_off_is_refused(folder, name):
    path = folder / "data/song" / name
    path.write_bytes(path.read_bytes()[:50])
    (job,) = jobs(folder, Path("song"))
    with pytest.raises(UserError, match="scan the song again"):
        check_job(job, MODEL, resample=False, force=False)


def test_a_low_version_of_another_length_is_refused(folder):
    write_wav(folder / "data/song/low.wav", noise(1000), 15000)
    (job,) = jobs(folder, Path("song"))
    with pytest.raises(UserError, match="2 channels, 1000 samples, expected 15000 Hz, 2 channels"):
        check_job(job, MODEL, resample=False, force=False)


@pytest.mark.parametrize("rate", [15000, 44100])
def test_a_file_over_full_scale_is_told_and_a_gain_prevents_it(folder, rate):
    wave = 4 * np.sin(np.arange(2 * rate) * 300 / rate)[:, np.newaxis]
    upsampler = make_upsampler(folder / "models/a", make_model(SMALL_HIFI, scale=1.0))
    (job,) = jobs(folder, write_wav(folder / "a.wav", wave, rate, "FLOAT"))
    lines = []
    run_jobs([job], upsampler, gain_db=0.0, log=lines.append)
    gain = re.search(r"of [\d,]+ samples are clipped: --gain (-1[23]) prevents", lines[1])
    run_jobs([job], upsampler, gain_db=0.0, log=lines.append, output_gain_db=float(gain[1]))
    assert len(lines) == 3 and lines[2].endswith(f", gain {gain[1]} dB")
    high = read_wav16(folder / "a.44100.wav")[1000:-1000].astype(float)
    expected = 4 * FULL_SCALE * 10 ** (float(gain[1]) / 20)
    assert np.abs(high).max() == pytest.approx(expected, rel=1e-2)
