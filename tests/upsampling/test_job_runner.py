"""Running the files of one call of --predict: what is written, and what is told."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from helpers import (
    SMALL_FAITHFUL,
    SMALL_HIFI,
    changed,
    jobs,
    low_file,
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
from super_resolution.upsampling.job_runner import Gains, run_jobs
from super_resolution.upsampling.keeping.bandwidth import measure_cutoff

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


@pytest.mark.parametrize("target", ["residual", "waveform"])
def test_a_treble_gain_needs_a_model_that_adds_a_band(folder, target):
    model = make_model(changed(SMALL_FAITHFUL, network={"target": target}))
    upsampler = make_upsampler(folder / "models/a", model)
    with pytest.raises(UsageError, match="needs a model that adds one.*a outputs the whole"):
        run_jobs(jobs(folder, Path("song")), upsampler, Gains(3.0), log=ignore)
    assert not (folder / "data/song/upsampled/a.wav").exists()


def test_a_tracks_result_is_described_beside_it(folder):
    upsampler = make_upsampler(folder / "models/a", make_model(SMALL_HIFI))
    lines = []
    run_jobs(jobs(folder, Path("song")), upsampler, Gains(-3.0), log=lines.append)
    assert lines == [f"{folder}/data/song/upsampled/a.wav: 3.0 s at 44100 Hz, by a, treble -3 dB"]
    described = json.loads((folder / "data/song/upsampled/a.json").read_text("utf-8"))
    assert described == {
        "model": "a",
        "trained": "",
        "weights_sha256": sha256(folder / "models/a" / WEIGHTS),
        "gain_db": -3.0,
        "window_frames": 441,  # a step of the LSTM, 10 ms
    }


def test_a_track_that_was_downsampled_in_another_way_gets_a_note(folder):
    model = replace(make_model(SMALL_HIFI), downsample="decimate")
    lines = []
    upsampler = make_upsampler(folder / "models/a", model)
    run_jobs(jobs(folder, Path("song")), upsampler, Gains(), log=lines.append)
    assert lines[0].startswith("song: its low version was made by soxr") and len(lines) == 2


@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_becomes_a_wav_of_16_bits(folder, channels):
    signal = noise(1501, channels)
    (job,) = jobs(folder, write_wav(folder / "a.wav", signal, 15000))
    upsampler = make_upsampler(folder / "models/a", MODEL)
    run_jobs([job], upsampler, Gains(), log=ignore)
    info = soundfile.info(folder / "a.44100.wav")
    assert (info.frames, info.samplerate, info.channels) == (4413, 44100, channels)
    assert info.subtype == "PCM_16"
    assert np.array_equal(read_wav16(folder / "a.44100.wav"), upsampler(signal, 15000)[0])
    assert not (folder / "a.44100.json").exists()


def test_a_file_of_24_bits_at_another_rate_is_resampled_once(folder):
    signal = np.random.default_rng(0).uniform(-0.3, 0.3, (4800, 2))
    (job,) = jobs(folder, write_wav(folder / "a.wav", signal, 48000, "PCM_24"))
    upsampler = make_upsampler(folder / "models/a", MODEL)
    run_jobs([job], upsampler, Gains(), log=ignore)
    read_back, _ = soundfile.read(folder / "a.wav", dtype="float32")
    expected = to_int16(upsampler(read_back, 48000)[0] * FULL_SCALE)
    assert np.abs(read_wav16(folder / "a.44100.wav").astype(int) - expected).max() <= 1


def test_surround_is_mixed_to_stereo(folder):
    (job,) = jobs(folder, write_wav(folder / "a.wav", noise(1000, 6), 15000))
    run_jobs([job], make_upsampler(folder / "models/a", MODEL), Gains(), log=ignore)
    assert read_wav16(folder / "a.44100.wav").shape == (2940, 2)


def test_of_several_files_the_good_ones_are_made(folder, capsys):
    upsampler = make_upsampler(folder / "models/a", MODEL)
    found = jobs(folder, low_file(folder / "a.wav"), low_file(folder / "b.wav"), Path("song"))
    (folder / "a.wav").unlink()
    failures = Failures(len(found))
    run_jobs(found, upsampler, Gains(), log=ignore, failures=failures)
    assert "a.wav does not exist" in capsys.readouterr().err
    assert (folder / "b.44100.wav").exists() and (folder / "data/song/upsampled/a.wav").exists()
    with pytest.raises(UserError, match=r"1 of 3 failed: .*a\.wav; the others are done"):
        failures.check()


@pytest.mark.parametrize("rate", [15000, 44100])
def test_a_file_over_full_scale_is_told_and_a_gain_prevents_it(folder, rate):
    wave = 4 * np.sin(np.arange(2 * rate) * 300 / rate)[:, np.newaxis]
    upsampler = make_upsampler(folder / "models/a", make_model(SMALL_HIFI, scale=1.0))
    (job,) = jobs(folder, write_wav(folder / "a.wav", wave, rate, "FLOAT"))
    lines = []
    run_jobs([job], upsampler, Gains(), log=lines.append)
    gain = re.search(r": [\d,]+ samples are clipped: --gain (-1[23]) prevents", lines[-1])
    run_jobs([job], upsampler, Gains(output=float(gain[1])), log=lines.append)
    assert lines[-1].endswith(f", gain {gain[1]} dB")
    high = read_wav16(folder / "a.44100.wav")[1000:-1000].astype(float)
    expected = 4 * FULL_SCALE * 10 ** (float(gain[1]) / 20)
    assert np.abs(high).max() == pytest.approx(expected, rel=1e-2)


def limited(path: Path, rate: int, frames: int = 66150) -> Path:
    """Write noise that was at another rate once, at 44.1 kHz."""
    low = noise(frames * rate // 44100).astype(np.float32)
    return write_wav(path, to_int16(resample(low, orig_sr=rate, target_sr=44100)), 44100)


@pytest.mark.parametrize(
    ("rate", "options", "line"),
    [
        (32000, {}, "a.wav: 44100 Hz, holds sound up to 15.[0-5] kHz; kept below, added above"),
        (15000, {}, "a.wav: 44100 Hz, holds sound up to 7.[0-3] kHz; added above 7.5 kHz"),
        (44100, {}, "a.wav: 44100 Hz, holds sound up to 22.* kHz; nothing is missing"),
        (32000, {"keep": False}, "a.wav: 44100 Hz; replaced above 7.5 kHz"),
        (
            32000,
            {"cutoff_hz": 9000.0},
            "a.wav: 44100 Hz, holds sound up to 9.0 kHz, as given; kept below",
        ),
    ],
)
def test_a_file_at_a_higher_rate_is_kept_and_one_line_says_so(folder, rate, options, line):
    (job,) = jobs(folder, limited(folder / "a.wav", rate))
    lines, upsampler = [], make_upsampler(folder / "models/a", make_model(SMALL_HIFI))
    run_jobs([job], upsampler, Gains(), log=lines.append, **options)
    assert len(lines) == 2 and re.match(f".*{line}", lines[0])
    hertz = options.get("cutoff_hz") or measure_cutoff(job.audio.blocks(), 44100)
    expected, _ = upsampler(
        read_wav16(folder / "a.wav"), 44100, keep=options.get("keep", True), cutoff_hz=hertz
    )
    assert np.array_equal(read_wav16(job.destination), expected)


@pytest.mark.parametrize("rate", [22050, 32000, 44100])
def test_a_file_that_is_not_cut_off_is_only_resampled(folder, rate):
    tone = 3000 * np.sin(2 * np.pi * 1000.37 / rate * np.arange(2 * rate))[:, np.newaxis]
    (job,) = jobs(folder, write_wav(folder / "a.wav", to_int16(tone), rate))
    lines, upsampler = [], make_upsampler(folder / "models/a", make_model(SMALL_HIFI))
    run_jobs([job], upsampler, Gains(), log=lines.append)
    assert "not cut off anywhere above 5 kHz, so nothing is added" in lines[0]
    expected = resample(to_int16(tone), orig_sr=rate, target_sr=44100)
    assert np.array_equal(read_wav16(job.destination), to_int16(expected))


def test_a_file_below_the_models_rate_is_told_what_is_empty(folder):
    (job,) = jobs(folder, low_file(folder / "a.wav", rate=8000))
    lines = []
    run_jobs([job], make_upsampler(folder / "models/a", MODEL), Gains(), log=lines.append)
    assert lines[0].endswith("a.wav: 8000 Hz; empty from 4 to 7.5 kHz, added above")
