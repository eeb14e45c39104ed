"""The weights that come with the project: whole, small, credited, and worth having."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import ROOT
from scipy.signal import butter, sosfiltfilt

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.engines.base import EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.evaluation import metrics
from super_resolution.network import saved_model
from super_resolution.tracks import demo_song
from super_resolution.upsampling.stream import upsample_blocks

FOLDER = ROOT / "models" / saved_model.SHIPPED
RATES = {"sample_rate": 44100, "low_rate": 15000}


@pytest.fixture(scope="module")
def shipped():
    model = saved_model.load(FOLDER)
    return load_engine(FOLDER, model, EngineOptions("onnx")), model


def upsampled(shipped, low: np.ndarray) -> np.ndarray:
    return np.concatenate(list(upsample_blocks([low], *shipped, channels=low.shape[1])))


def test_it_is_small_and_names_what_it_learnt_from():
    model = saved_model.load(FOLDER)
    assert sum(path.stat().st_size for path in FOLDER.glob("model.*")) < 4e6
    assert (model.sample_rate, model.low_rate) == (44100, 15000)
    assert len(model.tracks) > 80
    for track in model.tracks:
        assert track["licence"].startswith(("CC0", "CC BY", "MIT", "public domain"))
        assert track["source"].startswith("https://")


def test_both_engines_hold_the_same_network(shipped, song):
    onnx, model = shipped
    by_keras = load_engine(FOLDER, model, EngineOptions("keras"))
    low = to_int16(resample(song[:44100], orig_sr=44100, target_sr=15000))
    one, other = (upsampled((engine, model), low).astype(int) for engine in (onnx, by_keras))
    assert np.abs(one - other).max() <= 1


def test_a_song_it_never_heard_comes_nearer_to_the_original(shipped):
    original = demo_song.synthesise(15)
    low = to_int16(resample(original, orig_sr=44100, target_sr=15000))
    plain = to_int16(resample(low, orig_sr=15000, target_sr=44100))
    rows = [metrics.evaluate(original, plain, **RATES)]
    rows.append(metrics.evaluate(original, upsampled(shipped, low), **RATES))
    soxr, network = rows
    assert network["lsd"] < soxr["lsd"] / 2
    assert network["lsd_lf"] < soxr["lsd_lf"] + 0.02
    assert network["snr"] > soxr["snr"] - 3


@pytest.mark.parametrize("decibels", [-6, 3])
def test_the_treble_is_as_much_louder_as_asked(shipped, decibels):
    engine, model = shipped
    assert model.preset.caution == 2.0
    original = demo_song.synthesise(10)
    low = to_int16(resample(original, orig_sr=44100, target_sr=15000))
    plain = to_int16(resample(low, orig_sr=15000, target_sr=44100)).astype(float)
    given = [
        np.mean((upsampled((engine, some), low) - plain) ** 2)
        for some in (model, replace(model, preset=replace(model.preset, caution=2.0 - decibels)))
    ]
    assert 10 * np.log10(given[1] / given[0]) == pytest.approx(decibels, abs=0.5)


@pytest.mark.parametrize("value", [0, 100])
def test_silence_stays_silent(shipped, value):
    low = np.full((15000, 1), value, np.int16)
    added = upsampled(shipped, low)[4000:-4000].astype(int) - value
    assert np.abs(added).max() <= 1


def test_a_song_that_is_empty_above_stays_empty(shipped):
    sos = butter(12, 5000, fs=44100, output="sos")
    original = to_int16(sosfiltfilt(sos, demo_song.synthesise(10).astype(float), axis=0))
    low = to_int16(resample(original, orig_sr=44100, target_sr=15000))
    plain = to_int16(resample(low, orig_sr=15000, target_sr=44100))
    error = upsampled(shipped, low).astype(float) - plain
    # what is added is no more than rounding to 16 bits makes
    assert np.sqrt(np.mean(error**2)) < 1


def test_what_is_alike_in_both_channels_stays_in_the_middle(shipped):
    mono = demo_song.synthesise(5)[:, :1]
    low = to_int16(resample(mono, orig_sr=44100, target_sr=15000))
    left, right = upsampled(shipped, np.repeat(low, 2, axis=1)).astype(int).T
    assert np.abs(left - right).max() <= 2
    alone = upsampled(shipped, low)[:, 0].astype(int)
    assert np.abs(left - alone).max() <= 2
