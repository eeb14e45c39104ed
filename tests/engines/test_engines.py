"""Engines: all of them give what Keras gives, and refuse what they cannot do."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from helpers import ROOT, SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, random_weights

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.engines import choose
from super_resolution.engines.base import PRECISIONS, EngineOptions
from super_resolution.engines.choose import choose_engine, load_engine
from super_resolution.engines.onnx_engines import openvino_core
from super_resolution.errors import UsageError
from super_resolution.network import backend
from super_resolution.network.bits import encode_input
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.stream import upsample_blocks

SIZES = {"lstm_units": (24, 20), "dense_units": (28, 22, 9)}
SCALES = {"faithful": 8000.0, "hifi": 32768.0}  # LSB for a unit: no trained model has more
MODELS = {
    preset.name: make_model(changed(preset, network=SIZES), scale=SCALES[preset.name])
    for preset in (SMALL_FAITHFUL, SMALL_HIFI)
}
WEIGHTS = {name: random_weights(model) for name, model in MODELS.items()}


def load(name: str, *options, **more):
    return load_engine(MODELS[name], WEIGHTS[name], EngineOptions(*options, **more))


def song_windows(song: np.ndarray, model: Model, count: int) -> np.ndarray:
    """Give windows of the song as the network takes them."""
    low = to_int16(resample(song[:, :1], orig_sr=44100, target_sr=15000))[:, 0]
    index = model.grid.low_index(np.arange(count * model.predict_steps)) + 3000
    return encode_input(low[index].reshape(count, -1))


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_all_engines_give_the_same_song(song, name):
    low = to_int16(resample(song[:44100], orig_sr=44100, target_sr=15000))
    by_engine = {}
    for engine in ("keras", "onnx", "openvino"):
        blocks = upsample_blocks([low], load(name, engine), MODELS[name], channels=2)
        by_engine[engine] = np.concatenate(list(blocks))
    # within 1e-4 of full scale
    assert np.abs(by_engine["onnx"] - by_engine["keras"]).max() <= 3
    assert np.abs(by_engine["openvino"] - by_engine["keras"]).max() <= 3


@pytest.mark.parametrize("engine", ["keras", "onnx", "openvino"])
def test_batches_need_not_be_full(song, engine):
    loaded, windows = load("hifi", engine), song_windows(song, MODELS["hifi"], 5)
    whole = loaded.run(windows)
    assert whole.dtype == np.float32 and whole.shape[0] == 5
    for count in (1, 2, 4):
        part = loaded.run(windows[:count])
        assert part.shape == (count, *whole.shape[1:])
        assert np.allclose(part, whole[:count], atol=1e-5)
        # an earlier result stays as it is
        assert not np.shares_memory(part, whole)


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_one_thread_gives_the_same(song, engine):
    windows = song_windows(song, MODELS["faithful"], 2)
    one, several = (load("faithful", engine, threads=count) for count in (1, None))
    assert np.allclose(one.run(windows), several.run(windows), atol=1e-5)


def test_bf16_is_close_where_the_cpu_has_it(song):
    if "BF16" not in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        with pytest.raises(UsageError, match="this CPU has no bf16"):
            load("faithful", precision="bf16")
        return
    windows = song_windows(song, MODELS["faithful"], 2)
    engines = (load("faithful", "openvino", precision) for precision in PRECISIONS)
    exact, rounded = (engine.run(windows) for engine in engines)
    error = np.abs(rounded - exact).mean() / np.abs(exact).mean()
    assert 1e-5 < error < 0.05


def test_a_signal_after_two_openvino_engines_is_handled():
    script = """
import os, signal
from test_engines import load
engines = [load("hifi", "openvino") for _ in range(2)]
while engines:
    engines.pop(0)
signal.signal(signal.SIGINT, lambda *_: print("handled"))
os.kill(os.getpid(), signal.SIGINT)
"""
    path = os.pathsep.join(map(str, [ROOT, ROOT / "tests", ROOT / "tests" / "engines"]))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"}
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "handled\n"), result.stderr


def test_hifi_refuses_bf16():
    with pytest.raises(UsageError, match="hifi runs in f32 only"):
        load("hifi", "openvino", "bf16")


@pytest.mark.parametrize("engine", ["keras", "onnx"])
def test_bf16_is_refused_by_other_engines(engine):
    with pytest.raises(UsageError, match="runs in f32 only: --engine openvino"):
        load("faithful", engine, "bf16")


@pytest.mark.parametrize(
    ("missing", "name", "expected"),
    [
        ((), "faithful", "openvino"),
        ((), "hifi", "onnx"),
        (("openvino",), "faithful", "onnx"),
        (("onnxruntime",), "hifi", "openvino"),
        (("onnxruntime", "openvino"), "hifi", "keras"),
        (("keras", "openvino"), "faithful", "onnx"),
    ],
)
def test_auto_takes_the_fastest_that_is_installed(monkeypatch, missing, name, expected):
    monkeypatch.setattr(choose, "GPU_FILES", ())
    monkeypatch.setattr(choose, "find_spec", lambda package: package not in missing or None)
    assert choose_engine(MODELS[name], EngineOptions()) == expected


def test_keras_rounds_no_factor_of_a_matrix_product():
    import tensorflow

    tensorflow.config.experimental.enable_tensor_float_32_execution(True)
    load("hifi", "keras")
    assert not tensorflow.config.experimental.tensor_float_32_execution_enabled()


@pytest.mark.parametrize(("has_gpu", "expected"), [(True, "keras"), (False, "onnx")])
def test_auto_takes_keras_where_there_is_a_gpu(monkeypatch, tmp_path, has_gpu, expected):
    monkeypatch.setattr(choose, "GPU_FILES", (str(tmp_path),))
    monkeypatch.setattr(backend, "has_gpu", lambda: has_gpu)
    assert choose_engine(MODELS["hifi"], EngineOptions()) == expected


@pytest.mark.parametrize(
    ("engine", "package"),
    [("onnx", "onnxruntime"), ("openvino", "openvino"), ("keras", '".[train]"')],
)
def test_an_engine_that_is_not_installed_names_what_to_install(monkeypatch, engine, package):
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=re.escape(f"not installed: pip install {package}")):
        choose_engine(MODELS["faithful"], EngineOptions(engine))


@pytest.mark.slow
def test_loading_an_engine_writes_nothing_to_stderr():
    code = (
        "from super_resolution import Upsampler\n"
        "for engine in ('onnx', 'openvino', 'keras'):\n"
        "    Upsampler.from_pretrained(engine=engine)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
