"""--predict as it runs where only requirements-predict.txt is installed, and in pipes."""

import contextlib
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from helpers import ROOT, SMALL_HIFI, SMALL_SEED, save_random, write_wav

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.engines.onnx_engines import OnnxEngine
from super_resolution.network import saved_model
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.stream import upsample_blocks

# and what they need
PRESENT = ("numpy", "soxr", "soundfile", "av", "psutil", "tqdm", "onnxruntime")
ABSENT = ("tensorflow", "keras", "torch", "jax", "openvino", "onnx", "scipy", "h5py", "librosa")
# python runs this file as it starts; what it hides cannot be found by any import
HIDE = f"""
import sys
class Hidden:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, *rest):
        hidden = name.partition(".")[0] in {ABSENT!r}
        return None if hidden else self.finder.find_spec(name, *rest)
sys.meta_path[:] = [Hidden(finder) for finder in sys.meta_path]
"""
NAMES = {preset.name: preset for preset in (SMALL_SEED, SMALL_HIFI)}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Give a folder with two models, and a file that hides what is not installed."""
    folder = tmp_path_factory.mktemp("predict")
    for name, preset in NAMES.items():
        model = Model(preset, 44100, 15000, "soxr", 4000.0, ())
        save_random(folder / "models" / name, model)
    (folder / "hide").mkdir()
    (folder / "hide/sitecustomize.py").write_text(HIDE)
    return folder


@pytest.fixture(scope="module")
def low(song) -> np.ndarray:
    return to_int16(resample(song[:66150], orig_sr=44100, target_sr=15000))


def command(place: Path, *arguments: object, preset: str = "hifi") -> dict:
    script = [sys.executable, str(ROOT / "rnn-super-resolution.py"), "--models", "models"]
    environment = os.environ | {"PYTHONPATH": str(place / "hide"), "PYTHONWARNINGS": "error"}
    call = [*script, "--model", preset, *map(str, arguments)]
    return {"args": call, "cwd": place, "env": environment}


def run(place: Path, *arguments: object, given: bytes = b"", **options):
    call = command(place, *arguments, **options)
    return subprocess.run(input=given, capture_output=True, check=False, **call)


def wav(signal: np.ndarray, rate: int = 15000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, rate, subtype="PCM_16", format="WAV")
    return file.getvalue()


def expected(place: Path, low: np.ndarray, preset: str) -> np.ndarray:
    folder = place / "models" / preset
    model = saved_model.load(folder)
    engine = OnnxEngine(folder / saved_model.ONNX, model)
    return np.concatenate(list(upsample_blocks([low], engine, model, channels=2)))


def test_the_list_of_what_is_present_is_the_files():
    lines = (ROOT / "requirements-predict.txt").read_text().splitlines()
    assert {line.split(">")[0] for line in lines if ">=" in line} == set(PRESENT)


def test_nothing_hidden_can_be_imported(place):
    code = f"for name in {ABSENT!r}:\n try: __import__(name)\n except ImportError: print(name)"
    call = command(place) | {"args": [sys.executable, "-c", code]}
    done = subprocess.run(capture_output=True, text=True, check=False, **call)
    assert done.stdout.split() == list(ABSENT), done.stderr


@pytest.mark.parametrize("preset", NAMES)
def test_a_file_is_upsampled_without_keras(place, low, preset):
    path = write_wav(place / f"{preset}.wav", low, 15000)
    done = run(place, "--predict", path, preset=preset)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().endswith(f"{preset}.44100.wav: 1.5 s at 44100 Hz, by {preset}\n")
    given, rate = soundfile.read(place / f"{preset}.44100.wav", dtype="int16")
    assert rate == 44100
    assert np.abs(given.astype(int) - expected(place, low, preset)).max() <= 1


@pytest.mark.parametrize(
    ("options", "header"), [((), True), (("--raw", "15000", "2"), False), (("-o", "-"), True)]
)
def test_it_stands_in_a_pipe(place, low, options, header):
    given = wav(low) if header else low.astype("<i2").tobytes()
    done = run(place, *options, "--predict", "-", given=given)
    assert (done.returncode, done.stderr) == (0, b"-: 1.5 s at 44100 Hz, by hifi\n")
    out, rate = soundfile.read(io.BytesIO(done.stdout), dtype="int16")
    assert rate == 44100
    assert np.abs(out.astype(int) - expected(place, low, "hifi")).max() <= 1


def test_a_file_to_stdout_and_stdin_to_a_file(place, low):
    path = write_wav(place / "a.wav", low, 15000)
    piped = run(place, "-o", "-", "--predict", path)
    assert piped.returncode == 0
    assert run(place, "-o", "b.wav", "--predict", "-", given=wav(low)).returncode == 0
    given, _ = soundfile.read(io.BytesIO(piped.stdout), dtype="int16")
    assert np.array_equal(given, read_wav16(place / "b.wav"))


def test_sound_leaves_before_all_of_it_has_come(place):
    seconds = wav(np.zeros((15000 * 20, 2), np.int16))
    call = command(place, "--predict", "-") | {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}

    def feed() -> None:
        # the end of the pipe does not come before the first sound has been heard
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(seconds[:-4])
            process.stdin.flush()

    with subprocess.Popen(stderr=subprocess.PIPE, **call) as process:
        stop, feeder = threading.Timer(60, process.kill), threading.Thread(target=feed)
        stop.start()
        feeder.start()
        assert len(process.stdout.read(400_000)) == 400_000
        stop.cancel()
        # and who has heard enough may go
        process.stdout.close()
        assert process.wait() == 141
        feeder.join()
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (
            ("--engine", "keras", "--predict", "-"),
            2,
            "keras is not installed: pip install -r requirements.txt",
        ),
        (("--precision", "bf16", "--predict", "-"), 2, "openvino is not installed"),
        (("--raw", "15000", "2", "--predict", "a.wav"), 2, "give - as the file"),
        (("--predict", "-", "-"), 2, "there is one stdin"),
        (("--raw", "8000", "2", "--predict", "-"), 2, "--resample"),
        (("--raw", "15000", "99", "--predict", "-"), 1, "expected 1 to 64 channels"),
    ],
)
def test_a_wrong_call_gets_one_line(place, arguments, code, line):
    done = run(place, *arguments, given=wav(np.zeros((100, 1), np.int16)))
    assert (done.returncode, done.stdout) == (code, b"")
    assert line in done.stderr.decode() and done.stderr.count(b"\n") == 1


def test_a_strangers_onnx_gets_one_line(place, low):
    model = saved_model.load(place / "models/hifi")
    other = (place / "models/seed" / saved_model.ONNX).read_bytes()
    arguments = lambda path: path.write_bytes(b"weights"), lambda path: path.write_bytes(other)
    saved_model.save(place / "models/evil", model, *arguments)
    done = run(place, "--predict", "-", given=wav(low), preset="evil")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"model.onnx does not hold the network" in done.stderr
    assert done.stderr.count(b"\n") == 1
