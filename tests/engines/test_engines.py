"""Engines: all of them say what Keras says, and refuse what they cannot do."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from helpers import SMALL_HIFI, SMALL_SEED

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import FULL_SCALE, to_int16
from super_resolution.engines import choose
from super_resolution.engines.base import PRECISIONS, EngineOptions
from super_resolution.engines.choose import choose_engine, load_engine
from super_resolution.errors import UsageError
from super_resolution.network import backend, keras_network, onnx_network, saved_model
from super_resolution.network.encodings import encode
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.stream import upsample_blocks

FULL_OUTPUT = 8000.0  # LSB for a unit of the output: more than any trained model has
PRESETS = {
    "seed": replace(SMALL_SEED, lstm_units=(24, 20), dense_units=(28, 22), last_units=9),
    "hifi": replace(SMALL_HIFI, lstm_units=(24, 20), dense_units=(28, 22), last_units=9),
    "hop 1": replace(SMALL_HIFI, hop=1, gated=False),
    **{
        f"{name} {signed}": replace(SMALL_HIFI, encoding=name, signed=signed)
        for name, signed in (("gray", True), ("gray", False), ("twos", True), ("offset", False))
    },
    "float": replace(SMALL_HIFI, encoding="float+bits"),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> dict:
    """Give models of all presets with random weights: their folders and descriptions."""
    folder, rng = tmp_path_factory.mktemp("models"), np.random.default_rng(0)
    made = {}
    for name, preset in PRESETS.items():
        model = Model(preset, 44100, 15000, "soxr", FULL_OUTPUT, ())
        core = keras_network.build(preset, model.grid, model.grid.whole_steps(preset.window))
        # biases start as zeros, which would hide that they are mixed up
        core.set_weights([rng.normal(0, 0.3, some.shape) for some in core.get_weights()])
        made[name] = folder / name, save(folder / name, model, core)
    return made


def save(folder, model: Model, core: keras.Model) -> Model:
    def write_onnx(path):
        onnx_network.write_onnx(core, model.preset, model.grid, path)

    return saved_model.save(folder, model, core.save_weights, write_onnx)


def song_windows(song, model: Model, count: int) -> np.ndarray:
    low = to_int16(resample(song[:, :1], orig_sr=44100, target_sr=15000))[:, 0]
    index = model.grid.low_index(np.arange(count * model.predict_steps)) + 3000
    windows = low[index].reshape(count, -1)
    return encode(windows, model.preset.encoding, signed=model.preset.signed)


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
@pytest.mark.parametrize("preset", PRESETS)
def test_an_engine_agrees_with_keras_on_the_demo_song(saved, song, preset, engine):
    folder, model = saved[preset]
    seen = song_windows(song, model, 3)
    expected = load_engine(folder, model, EngineOptions("keras")).run(seen)
    given = load_engine(folder, model, EngineOptions(engine)).run(seen)
    assert given.shape == expected.shape == (3, model.grid.frames_of(model.predict_steps))
    assert given.dtype == expected.dtype == np.float32
    assert np.abs(expected).max() > 0.01
    assert np.abs(given - expected).max() * model.scale / FULL_SCALE < 1e-4


@pytest.mark.parametrize("preset", ["seed", "hifi"])
def test_upsampled_songs_agree_within_a_few_lsb(saved, song, preset):
    folder, model = saved[preset]
    low = to_int16(resample(song[:44100], orig_sr=44100, target_sr=15000))
    by_name = {}
    for name in ("keras", "onnx", "openvino"):
        engine = load_engine(folder, model, EngineOptions(name))
        blocks = upsample_blocks([low], engine, model, channels=2)
        by_name[name] = np.concatenate(list(blocks)).astype(int)
    assert np.abs(by_name["onnx"] - by_name["keras"]).max() <= 3
    assert np.abs(by_name["openvino"] - by_name["keras"]).max() <= 3


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("engine", ["keras", "onnx", "openvino"])
def test_batches_need_not_be_full(saved, song, engine, count):
    folder, model = saved["hifi"]
    loaded, seen = load_engine(folder, model, EngineOptions(engine)), song_windows(song, model, 5)
    whole = loaded.run(seen)
    assert np.allclose(loaded.run(seen[:count]), whole[:count], atol=1e-5)
    # what an earlier call gave is the caller's
    assert not np.shares_memory(loaded.run(seen[:1]), whole)


def test_one_thread_gives_the_same(saved, song):
    folder, model = saved["seed"]
    seen = song_windows(song, model, 2)
    for engine in ("onnx", "openvino"):
        one, free = (
            load_engine(folder, model, EngineOptions(engine, threads=n)) for n in (1, None)
        )
        assert np.allclose(one.run(seen), free.run(seen), atol=1e-5)


def test_bf16_is_near_where_the_cpu_has_it(saved, song):
    import openvino

    folder, model = saved["hifi"]
    if "BF16" not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        with pytest.raises(UsageError, match="this CPU has no bf16"):
            load_engine(folder, model, EngineOptions(precision="bf16"))
        return
    seen = song_windows(song, model, 2)
    exact, rounded = (
        load_engine(folder, model, EngineOptions("openvino", precision)).run(seen)
        for precision in PRECISIONS
    )
    error = np.abs(rounded - exact).mean() / np.abs(exact).mean()
    assert 1e-5 < error < 0.05


def test_bf16_is_refused_where_there_is_none(saved):
    for engine in ("keras", "onnx"):
        with pytest.raises(UsageError, match="runs in f32 only: --engine openvino"):
            load_engine(*saved["seed"], EngineOptions(engine, "bf16"))


@pytest.mark.parametrize(
    ("missing", "preset", "expected"),
    [
        ((), "seed", "openvino"),
        ((), "hifi", "onnx"),
        (("openvino",), "seed", "onnx"),
        (("onnxruntime",), "hifi", "openvino"),
        (("onnxruntime", "openvino"), "hifi", "keras"),
        (("keras", "openvino"), "seed", "onnx"),
    ],
)
def test_auto_takes_the_fastest_that_is_installed(monkeypatch, saved, missing, preset, expected):
    monkeypatch.setattr(choose, "GPU_FILES", ())
    monkeypatch.setattr(choose, "find_spec", lambda name: name not in missing or None)
    assert choose_engine(saved[preset][1], EngineOptions()) == expected


def test_auto_takes_keras_where_there_is_a_gpu(monkeypatch, saved, tmp_path):
    monkeypatch.setattr(choose, "GPU_FILES", (str(tmp_path),))
    assert choose_engine(saved["hifi"][1], EngineOptions()) == (
        "keras" if backend.has_gpu() else "onnx"
    )
    monkeypatch.setattr(backend, "has_gpu", lambda: True)
    assert choose_engine(saved["hifi"][1], EngineOptions()) == "keras"


def test_an_engine_that_is_not_installed_names_what_to_install(monkeypatch, saved):
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="not installed: pip install onnxruntime"):
        choose_engine(saved["seed"][1], EngineOptions("onnx"))


def test_a_model_without_onnx_is_keras(monkeypatch, saved):
    monkeypatch.setattr(choose, "GPU_FILES", ())
    bare = replace(saved["seed"][1], onnx_sha256="")
    assert choose_engine(bare, EngineOptions()) == "keras"
    with pytest.raises(UsageError, match=r"needs model\.onnx.*--engine keras"):
        choose_engine(bare, EngineOptions("onnx"))
