"""--predict where only requirements-predict.txt is installed, and in pipes."""

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
from helpers import ROOT, SMALL_FAITHFUL, SMALL_HIFI, make_model, save_random, write_wav

from super_resolution import Upsampler
from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.network import saved_model
from super_resolution.network.presets import SHIPPED

# by the names that are imported
PRESENT = {
    "numpy": "numpy",
    "soxr": "soxr",
    "av": "av",
    "safetensors": "safetensors",
    "protobuf": "google.protobuf",
    "tqdm": "tqdm",
    "onnxruntime": "onnxruntime",
}
ABSENT = (
    *("tensorflow", "keras", "torch", "jax", "openvino", "onnx"),
    *("scipy", "h5py", "librosa", "psutil", "matplotlib", "PIL", "threadpoolctl", "yt_dlp"),
)
# python runs this as sitecustomize.py when it starts; it hides packages from every import
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
PRESETS = {preset.name: preset for preset in (SMALL_FAITHFUL, SMALL_HIFI)}
SCRIPT = str(ROOT / "rnn-super-resolution.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Give a folder with two models, and the file that hides packages."""
    folder = tmp_path_factory.mktemp("predict")
    for name, preset in PRESETS.items():
        save_random(folder / "models" / name, make_model(preset))
    (folder / "hide").mkdir()
    (folder / "hide/sitecustomize.py").write_text(HIDE)
    return folder


@pytest.fixture(scope="module")
def low(song) -> np.ndarray:
    return to_int16(resample(song[:66150], orig_sr=44100, target_sr=15000))


def process(folder: Path, *arguments: object) -> dict:
    """Give the arguments of `subprocess` for a call of Python without the hidden packages."""
    paths = os.pathsep.join([str(folder / "hide"), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONWARNINGS": "error"}
    call = [sys.executable, *map(str, arguments)]
    return {"args": call, "cwd": folder, "env": environment}


def script(folder: Path, *arguments: object, model: str = "hifi") -> dict:
    return process(folder, SCRIPT, "--models", "models", "--model", model, *arguments)


def run(call: dict, stdin: bytes = b"") -> subprocess.CompletedProcess:
    return subprocess.run(input=stdin, capture_output=True, check=False, **call)


def predict(folder: Path, *arguments: object, model: str = "hifi", stdin: bytes = b""):
    return run(script(folder, *arguments, model=model), stdin)


def wav(signal: np.ndarray, rate: int = 15000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, rate, subtype="PCM_16", format="WAV")
    return file.getvalue()


def expected(folder: Path, low: np.ndarray, model: str) -> np.ndarray:
    upsampler = Upsampler.from_pretrained(model, models=folder / "models", engine="onnx")
    return upsampler(low, 15000)[0].astype(int)


def test_the_packages_are_those_of_the_requirements():
    lines = (ROOT / "requirements-predict.txt").read_text().splitlines()
    assert {line.partition(">=")[0] for line in lines if ">=" in line} == set(PRESENT)


def test_hidden_packages_cannot_be_imported_and_the_others_can(folder):
    code = f"for name in {(*PRESENT.values(), *ABSENT)!r}:\n"
    code += " try: __import__(name)\n except ImportError: print(name)"
    done = run(process(folder, "-c", code))
    assert done.stdout.decode().split() == list(ABSENT), done.stderr


@pytest.mark.parametrize("model", PRESETS)
def test_a_file_is_upsampled(folder, low, model):
    path = write_wav(folder / f"{model}.wav", low, 15000)
    done = predict(folder, "--predict", path, model=model)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().endswith(f"{model}.44100.wav: 1.5 s at 44100 Hz, by {model}\n")
    high, rate = soundfile.read(folder / f"{model}.44100.wav", dtype="int16")
    assert rate == 44100
    assert np.abs(high.astype(int) - expected(folder, low, model)).max() <= 1


def test_the_shipped_model_needs_no_option(folder, low):
    path = write_wav(folder / "shipped.wav", low, 15000)
    done = run(process(folder, "-m", "super_resolution", path))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().endswith(f"by {SHIPPED}\n")
    high = read_wav16(folder / "shipped.44100.wav")
    assert np.abs(high - expected(folder, low, SHIPPED)).max() <= 1


def test_the_upsampler_is_there_for_other_programs(folder):
    code = (
        "import numpy, super_resolution\n"
        "upsampler = super_resolution.Upsampler.from_pretrained()\n"
        "high, rate = upsampler(numpy.zeros((100, 2), numpy.int16), 15000)\n"
        "print(high.shape, high.dtype, rate)\n"
    )
    done = run(process(folder, "-c", code))
    assert (done.stdout, done.stderr) == (b"(294, 2) int16 44100\n", b"")


def test_a_model_is_exported(folder):
    call = ("-m", "super_resolution", "export", "--models", "models", "hifi", "hifi.onnx")
    done = run(process(folder, *call))
    assert (done.returncode, done.stderr) == (0, b"")
    assert (folder / "hifi.onnx").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("options", "header"), [((), True), (("--raw", "15000", "2"), False), (("-o", "-"), True)]
)
def test_it_works_in_a_pipe(folder, low, options, header):
    stdin = wav(low) if header else low.astype("<i2").tobytes()
    done = predict(folder, *options, "--predict", "-", stdin=stdin)
    assert (done.returncode, done.stderr) == (0, b"-: 1.5 s at 44100 Hz, by hifi\n")
    high, rate = soundfile.read(io.BytesIO(done.stdout), dtype="int16")
    assert rate == 44100
    assert np.abs(high.astype(int) - expected(folder, low, "hifi")).max() <= 1


def test_in_a_pipe_the_cutoff_is_measured_on_the_first_seconds(folder, song):
    own = to_int16(resample(song[:66150], orig_sr=44100, target_sr=24000))
    done = predict(folder, "--predict", "-", stdin=wav(own, 24000))
    told, written = done.stderr.decode().splitlines()
    assert told.startswith("-: 24000 Hz, holds sound up to 11.")
    assert told.endswith("kept below, added above") and written.startswith("-: 1.5 s at 44100 Hz")
    high, _ = soundfile.read(io.BytesIO(done.stdout), dtype="int16")
    upsampler = Upsampler.from_pretrained("hifi", models=folder / "models", engine="onnx")
    assert np.abs(high - upsampler(own, 24000)[0].astype(int)).max() <= 1


def test_a_file_goes_to_stdout_and_stdin_to_a_file(folder, low):
    path = write_wav(folder / "a.wav", low, 15000)
    piped = predict(folder, "-o", "-", "--predict", path)
    assert piped.returncode == 0
    assert predict(folder, "-o", "b.wav", "--predict", "-", stdin=wav(low)).returncode == 0
    high, _ = soundfile.read(io.BytesIO(piped.stdout), dtype="int16")
    assert np.array_equal(high, read_wav16(folder / "b.wav"))


def test_output_begins_before_the_input_has_ended(folder):
    content = wav(np.zeros((15000 * 20, 2), np.int16))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    def write() -> None:
        # all but the end, which only comes when the process has ended
        with contextlib.suppress(BrokenPipeError):
            running.stdin.write(content[:-4])
            running.stdin.flush()

    with subprocess.Popen(**script(folder, "--predict", "-"), **pipes) as running:
        limit, writer = threading.Timer(60, running.kill), threading.Thread(target=write)
        limit.start()
        writer.start()
        assert len(running.stdout.read(400_000)) == 400_000
        limit.cancel()
        # a reader that closes the pipe ends it without an error message
        running.stdout.close()
        assert running.wait() == 141
        writer.join()
        assert running.stderr.read() == b""


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (
            ("--engine", "keras", "--predict", "-"),
            2,
            'keras is not installed: pip install ".[train]"',
        ),
        (("--precision", "bf16", "--predict", "-"), 2, "openvino is not installed"),
        (("--raw", "15000", "2", "--predict", "a.wav"), 2, "give - as the file"),
        (("--predict", "-", "-"), 2, "there is one stdin"),
        (("--raw", "8000", "2", "--predict", "-"), 2, "--force"),
        (("--cutoff", "9000", "--replace", "--predict", "-"), 2, "give one"),
        (("--raw", "15000", "99", "--predict", "-"), 1, "expected 1 to 64 channels"),
    ],
)
def test_a_wrong_call_gets_one_line(folder, arguments, code, line):
    done = predict(folder, *arguments, stdin=wav(np.zeros((100, 1), np.int16)))
    assert (done.returncode, done.stdout) == (code, b"")
    assert line in done.stderr.decode() and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("damage", ["cut", "text", "weights of another network"])
def test_a_damaged_model_gets_one_line(folder, low, damage):
    good = folder / "models/hifi" / saved_model.WEIGHTS
    path = folder / "models/damaged" / saved_model.WEIGHTS
    path.parent.mkdir(exist_ok=True)
    if damage == "weights of another network":
        described = good.read_bytes().replace(b'lstm_units\\": [6', b'lstm_units\\": [7', 1)
        assert described != good.read_bytes()
        path.write_bytes(described)
    else:
        path.write_bytes(good.read_bytes()[:-100] if damage == "cut" else b"text")
    done = predict(folder, "--predict", "-", stdin=wav(low), model="damaged")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"train it again, or fetch it again" in done.stderr
    assert done.stderr.count(b"\n") == 1
