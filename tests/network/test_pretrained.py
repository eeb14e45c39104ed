"""The weights that come with the package: whole, small, credited, and better than resampling."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from super_resolution import Upsampler
from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.evaluation import metrics
from super_resolution.network import saved_model
from super_resolution.network.presets import SHIPPED
from super_resolution.tracks import demo_song

FOLDER = saved_model.PRETRAINED / SHIPPED
RATES = {"sample_rate": 44100, "low_rate": 15000}


@pytest.fixture(scope="module")
def shipped() -> Upsampler:
    return Upsampler.from_pretrained(engine="onnx")


def lowered(original: np.ndarray) -> np.ndarray:
    return to_int16(resample(original, orig_sr=44100, target_sr=15000))


def interpolated(low: np.ndarray) -> np.ndarray:
    return to_int16(resample(low, orig_sr=15000, target_sr=44100))


def test_they_are_small_and_name_what_they_were_trained_on():
    model = saved_model.load(FOLDER)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 4e6
    assert (model.sample_rate, model.low_rate) == (44100, 15000)
    assert len(model.tracks) > 150
    for track in model.tracks:
        assert track["licence"].startswith(("CC0", "CC BY", "MIT", "BSD", "public domain"))
        assert track["source"].startswith("https://")


def test_the_copy_for_people_says_the_same_as_the_weights_file(tmp_path):
    model = saved_model.load(FOLDER)
    saved_model.save(tmp_path, model, saved_model.load_weights(FOLDER, model))
    for name in (saved_model.WEIGHTS, saved_model.DESCRIPTION):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_they_are_found_from_any_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    upsampler = Upsampler.from_pretrained(engine="onnx")
    assert upsampler.folder == FOLDER
    assert (upsampler.low_rate, upsampler.sample_rate) == (15000, 44100)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_keras_and_onnx_give_the_same_song(shipped, song):
    model = shipped.model
    weights = saved_model.load_weights(FOLDER, model)
    by_keras = Upsampler(FOLDER, model, load_engine(model, weights, EngineOptions("keras")))
    low = lowered(song[:44100])
    one, other = (upsampler(low, 15000)[0].astype(int) for upsampler in (shipped, by_keras))
    assert np.abs(one - other).max() <= 1


@pytest.mark.slow
def test_an_unseen_song_comes_closer_to_its_original(shipped):
    original = demo_song.synthesise(15)
    low = lowered(original)
    high, _ = shipped(low, 15000)
    soxr = metrics.evaluate(original, interpolated(low), **RATES)
    network = metrics.evaluate(original, high, **RATES)
    assert network["lsd"] < soxr["lsd"] / 2
    assert network["lsd_lf"] < soxr["lsd_lf"] + 0.02
    assert network["snr"] > soxr["snr"] - 3


@pytest.mark.parametrize("value", [0, 100])
def test_silence_stays_silent(shipped, value):
    high, _ = shipped(np.full((15000, 1), value, np.int16), 15000)
    assert np.abs(high[4000:-4000].astype(int) - value).max() <= 1


def test_a_song_without_treble_stays_without(shipped):
    sos = butter(12, 5000, fs=44100, output="sos")
    low = lowered(to_int16(sosfiltfilt(sos, demo_song.synthesise(10).astype(float), axis=0)))
    added = shipped(low, 15000)[0].astype(float) - interpolated(low)
    # about the noise of rounding to 16 bits, with dither
    assert np.sqrt(np.mean(added**2)) < 1.5


def test_equal_channels_stay_equal(shipped):
    low = lowered(demo_song.synthesise(5)[:, :1])
    left, right = shipped(np.repeat(low, 2, axis=1), 15000)[0].astype(int).T
    assert np.abs(left - right).max() <= 2
    mono = shipped(low[:, 0], 15000)[0].astype(int)
    assert np.abs(left - mono).max() <= 2
