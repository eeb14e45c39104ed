"""The real scripts as processes, end to end, on a few seconds of the demo song."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from helpers import ROOT, write_wav

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16

SCRIPTS = ["10-scan.py", "20-make-dataset.py", "rnn-super-resolution.py", "30-evaluate.py"]


def command(folder: Path, script: str, *arguments: str) -> list[str]:
    places = ["--data", str(folder / "data")]
    if script == "rnn-super-resolution.py":
        places += ["--models", str(folder / "models")]
    # places first: --predict takes all that follows it
    return [sys.executable, str(ROOT / script), *places, *map(str, arguments)]


def run(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command(folder, script, *arguments), cwd=folder, capture_output=True, text=True, check=False
    )


def succeed(folder: Path, script: str, *arguments: str) -> str:
    done = run(folder, script, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def fail(folder: Path, code: int, script: str, *arguments: str) -> str:
    done = run(folder, script, *arguments)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Give a folder where the four steps have run, with two updates of training."""
    folder = tmp_path_factory.mktemp("pipeline")
    succeed(folder, "10-scan.py", "demo", "--seconds", "1.5")
    succeed(folder, "20-make-dataset.py")
    # 2012 windows to train on: two updates of 1006
    out = succeed(
        folder, "rnn-super-resolution.py", "--train", "--epochs", "1", "--batch-size", "1006"
    )
    assert "2 updates of 50,300 samples in an epoch" in out
    succeed(folder, "rnn-super-resolution.py", "--predict")
    return folder


def test_the_four_steps_end_in_the_upsampled_song(trained):
    original, rate = soundfile.read(trained / "data/demo/original.wav", dtype="int16")
    upsampled, upsampled_rate = soundfile.read(trained / "data/demo/upsampled.wav", dtype="int16")
    assert rate == upsampled_rate == 44100
    assert upsampled.shape == original.shape == (66150, 2)
    # two updates change next to nothing: the result is soxr's, and that is near the original
    error = np.abs(upsampled.astype(int) - original).mean()
    assert 0 < error < 0.3 * np.abs(original.astype(int)).mean()
    model = json.loads((trained / "models/seed-demo/model.json").read_text())
    assert model["preset"]["name"] == "seed"
    assert (trained / "models/seed-demo/loss.png").stat().st_size > 1000


def test_the_evaluation_prints_all_rows(trained):
    out = succeed(trained, "30-evaluate.py")
    for row in ("hold", "linear", "cubic", "soxr", "fitted FIR", "network"):
        assert any(line.strip().startswith(row) for line in out.splitlines()), out
    assert (trained / "data/demo/report/index.html").stat().st_size > 10_000


def test_predict_on_a_file_keeps_length_and_alignment(trained, tmp_path):
    click = np.zeros((1234, 1), np.int16)
    click[617] = 20000
    path = write_wav(tmp_path / "click.wav", click, 15000)
    out = succeed(trained, "rnn-super-resolution.py", "--predict", path)
    assert "click.44100.wav" in out
    upsampled, _ = soundfile.read(tmp_path / "click.44100.wav", dtype="int16")
    assert len(upsampled) == 3628
    assert np.argmax(np.abs(upsampled.astype(int))) == round(617 * 147 / 50)


def test_a_training_killed_in_its_middle_goes_on(tmp_path, song):
    # a second of mono makes epochs of 2 updates; the kill comes in the second or third
    succeed(tmp_path, "10-scan.py", write_wav(tmp_path / "a.wav", song[:44100, 0], 44100))
    succeed(tmp_path, "20-make-dataset.py")
    options = ["--train", "--epochs", "3", "--batch-size", "335"]
    folder = tmp_path / "models/seed-a"
    process = subprocess.Popen(
        command(tmp_path, "rnn-super-resolution.py", *options),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    log = folder / "log.csv"
    while process.poll() is None and not (log.exists() and log.read_text().count("\n") >= 2):
        time.sleep(0.02)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = len(log.read_text().splitlines()) - 1
    out = succeed(tmp_path, "rnn-super-resolution.py", *options, "--resume")
    assert done >= 1 and f"epoch {done}/3" not in out and "epoch 3/3" in out
    epochs = [line.split(",")[0] for line in log.read_text().splitlines()]
    assert epochs == ["epoch", "0", "1", "2"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_loads_no_tensorflow(script):
    code = (
        "import runpy, sys\n"
        f"sys.argv = [{script!r}, '--help']\n"
        f"try: runpy.run_path({str(ROOT / script)!r}, run_name='__main__')\n"
        "except SystemExit as stop: assert not stop.code\n"
        "heavy = {'tensorflow', 'keras', 'librosa', 'matplotlib', 'yt_dlp'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout and f"python3 {script}" in done.stdout


def test_the_summary_is_the_authors_network(tmp_path):
    out = succeed(tmp_path, "rnn-super-resolution.py", "--summary")
    assert "3,294,241" in out


def noise(frames: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.3, 0.3, (frames, 2))


@pytest.fixture(scope="module")
def wrong_files(tmp_path_factory) -> Path:
    """Give a folder of files that are wrong in all the usual ways."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "text.wav").write_text("this is no audio")
    (folder / "empty.wav").touch()
    (folder / "folder").mkdir()
    write_wav(folder / "ten.wav", noise(10), 44100)
    write_wav(folder / "silent.wav", np.zeros((60000, 2)), 44100)
    soundfile.write(folder / "cut.mp3", noise(200_000), 44100)
    with (folder / "cut.mp3").open("r+b") as file:
        file.truncate((folder / "cut.mp3").stat().st_size // 2)
    return folder


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("text.wav", 1, "no audio that can be read"),
        ("empty.wav", 1, "empty file"),
        ("ten.wav", 1, "at least 1 s"),
        ("silent.wav", 1, "only silence"),
        ("folder", 2, "is a folder"),
        ("missing.wav", 2, "there is no file"),
        ("cut.mp3", 1, "damaged or cut off"),
    ],
)
def test_a_wrong_file_gets_one_line(tmp_path, wrong_files, name, code, line):
    assert line in fail(tmp_path, code, "10-scan.py", wrong_files / name)
    assert not (tmp_path / "data").exists() or not any((tmp_path / "data").iterdir())


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("text.wav", 1, "no audio that can be read"),
        ("empty.wav", 1, "empty file"),
        ("folder", 2, "is a folder"),
        ("missing.wav", 2, "does not exist"),
        ("ten.wav", 2, "--resample"),
    ],
)
def test_a_wrong_file_to_upsample_gets_one_line(trained, wrong_files, name, code, line):
    assert line in fail(trained, code, "rnn-super-resolution.py", "--predict", wrong_files / name)


def test_a_file_is_upsampled_without_any_training(tmp_path, song):
    low = to_int16(resample(song[:44100], orig_sr=44100, target_sr=15000))
    given = write_wav(tmp_path / "song.wav", low, 15000)
    done = run(tmp_path, "rnn-super-resolution.py", "--predict", given)
    assert "by hifi-15k-44k" in done.stdout
    high = read_wav16(tmp_path / "song.44100.wav")
    assert high.shape == (44100, 2)
    spectrum = np.abs(np.fft.rfft(high[:, 0]))
    assert spectrum[8000:14000].mean() > 100


def test_steps_out_of_order_say_what_comes_first(tmp_path):
    assert "run 10-scan.py" in fail(tmp_path, 1, "20-make-dataset.py")
    assert "20-make-dataset.py" in fail(tmp_path, 1, "rnn-super-resolution.py", "--train")
    assert "run 10-scan.py" in fail(tmp_path, 1, "rnn-super-resolution.py", "--predict")
    assert "run 10-scan.py" in fail(tmp_path, 1, "30-evaluate.py")


def test_no_place_to_write(tmp_path):
    # a file where the folder should be stops root too
    (tmp_path / "data").write_text("in the way")
    assert "data" in fail(tmp_path, 1, "10-scan.py", "demo", "--seconds", "2")


def test_a_second_training_needs_a_word(trained):
    line = fail(trained, 2, "rnn-super-resolution.py", "--train")
    assert "--resume" in line and "--force" in line


@pytest.mark.parametrize(
    "arguments", [(), ("--train", "--predict"), ("--train", "--epochs", "0"), ("--preset", "x")]
)
def test_a_wrong_call_exits_with_2(tmp_path, arguments):
    assert run(tmp_path, "rnn-super-resolution.py", *arguments).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--train", "--treble", "3"), "--treble goes with --predict"),
        (("--train", "--resample"), "--resample goes with --predict"),
        (("--predict", "--batch-size", "3"), "--batch-size goes with --train"),
        (("--summary", "--minutes", "3"), "--minutes goes with --train"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(tmp_path, arguments, told):
    done = run(tmp_path, "rnn-super-resolution.py", *arguments)
    assert done.returncode == 2 and done.stderr.rstrip().endswith(told)
