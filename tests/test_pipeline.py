"""The scripts and the command as processes, on a few seconds of the demo song."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from helpers import ROOT, make_track, write_wav

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.tracks import demo_song

SCRIPTS = ["10-scan.py", "20-make-dataset.py", "rnn-super-resolution.py", "30-evaluate.py"]


def command(script: str, *arguments: str | Path) -> list[str]:
    program = ["-m", "super_resolution"] if script == "super-resolution" else [ROOT / script]
    return [sys.executable, *map(str, [*program, *arguments])]


def run(folder: Path, script: str, *arguments: str | Path) -> subprocess.CompletedProcess:
    # in `folder`, where data/ and models/ are made
    return subprocess.run(
        command(script, *arguments),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def succeed(folder: Path, script: str, *arguments: str | Path) -> str:
    done = run(folder, script, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def fail(folder: Path, code: int, script: str, *arguments: str | Path) -> str:
    done = run(folder, script, *arguments)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Give a folder in which the first three scripts have run, with two steps of training."""
    folder = tmp_path_factory.mktemp("pipeline")
    # one channel, since the author's network takes its time
    write_wav(folder / "song.wav", demo_song.synthesise(1.0)[:, :1], 44100)
    succeed(folder, "10-scan.py", "song.wav")
    succeed(folder, "20-make-dataset.py")
    # 670 windows for training: two steps of 335
    out = succeed(
        folder, "rnn-super-resolution.py", "--train", "--epochs", "1", "--batch-size", "335"
    )
    assert "2 steps of 0.38 s of music in an epoch" in out
    succeed(folder, "rnn-super-resolution.py", "--predict")
    return folder


@pytest.mark.slow
def test_the_scripts_end_in_the_upsampled_song(trained):
    original, rate = soundfile.read(trained / "data/song/original.wav", dtype="int16")
    upsampled, upsampled_rate = soundfile.read(
        trained / "data/song/upsampled/faithful-song.wav", dtype="int16"
    )
    assert rate == upsampled_rate == 44100
    assert upsampled.shape == original.shape == (44100,)
    # after two steps the result is close to that of soxr, which is close to the original
    error = np.abs(upsampled.astype(int) - original).mean()
    assert 0 < error < 0.3 * np.abs(original.astype(int)).mean()
    model = json.loads((trained / "models/faithful-song/model.json").read_text())
    assert model["preset"]["name"] == "faithful"
    assert (trained / "models/faithful-song/loss.png").stat().st_size > 1000


@pytest.mark.slow
def test_the_evaluation_prints_all_rows(trained):
    out = succeed(trained, "30-evaluate.py")
    for row in ("hold", "linear", "cubic", "soxr", "fitted FIR", "faithful-song"):
        assert any(line.strip().startswith(row) for line in out.splitlines()), out
    assert (trained / "data/song/report/index.html").stat().st_size > 10_000


def test_predict_on_a_file_keeps_length_and_alignment(tmp_path):
    click = np.zeros((1234, 1), np.int16)
    click[617] = 20000
    path = write_wav(tmp_path / "click.wav", click, 15000)
    out = succeed(tmp_path, "rnn-super-resolution.py", "--predict", path)
    assert "click.44100.wav" in out
    upsampled, _ = soundfile.read(tmp_path / "click.44100.wav", dtype="int16")
    assert len(upsampled) == 3628
    assert np.argmax(np.abs(upsampled.astype(int))) == round(617 * 147 / 50)


@pytest.mark.slow
def test_a_stopped_training_names_what_is_kept(trained):
    process = subprocess.Popen(
        command("rnn-super-resolution.py", "--train", "--resume", "--epochs", "9"),
        cwd=trained,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # the first line says that the training begins
    assert process.stdout.readline().startswith("training models/faithful-song")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err.splitlines()[0] == (
        "models/faithful-song/ holds the model of epoch 1, the best of 1; "
        "--resume goes on after epoch 1"
    )


@pytest.mark.slow
def test_every_model_that_fits_upsamples_a_track(trained):
    out = succeed(trained, "rnn-super-resolution.py", "--model", "all", "--predict", "song")
    names = ("faithful-song", "hifi-15k-44k")
    for name in names:
        assert f"upsampled/{name}.wav: 1.0 s at 44100 Hz, by {name}" in out
        described = json.loads((trained / f"data/song/upsampled/{name}.json").read_text())
        assert described["model"] == name
    assert described["gain_db"] == 0


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_help_of_a_script_names_the_script(tmp_path, script):
    out = succeed(tmp_path, script, "--help")
    assert out.startswith("usage:") and f"python3 {script}" in out


@pytest.mark.slow
def test_the_summary_counts_the_weights_of_the_authors_network(tmp_path):
    out = succeed(tmp_path, "rnn-super-resolution.py", "--summary")
    assert "3,294,241" in out


def test_a_file_is_upsampled_with_the_shipped_weights(tmp_path, song):
    low = to_int16(resample(song[:44100], orig_sr=44100, target_sr=15000))
    write_wav(tmp_path / "song.wav", low, 15000)
    assert "by hifi-15k-44k" in succeed(tmp_path, "super-resolution", "song.wav")
    high = read_wav16(tmp_path / "song.44100.wav")
    assert high.shape == (44100, 2)
    spectrum = np.abs(np.fft.rfft(high[:, 0]))
    assert spectrum[8000:14000].mean() > 100


def test_a_folder_is_upsampled_with_pictures_and_only_once(tmp_path, song):
    music = tmp_path / "music"
    music.mkdir()
    low = to_int16(resample(song[:22050], orig_sr=44100, target_sr=15000))
    for name in ("a.wav", "b.wav"):
        write_wav(music / name, low, 15000)
    (music / "c.wav").write_text("this is no audio")
    done = run(tmp_path, "super-resolution", "music", "--picture")
    assert done.returncode == 1
    assert "music/a.44100.png: spectrograms before and after\n" in done.stdout
    assert "c.wav is no audio" in done.stderr and "1 of 3 failed: music/c.wav" in done.stderr
    made = {"a.44100.wav", "a.44100.png", "b.44100.wav", "b.44100.png"}
    assert {path.name for path in music.iterdir()} - {"a.wav", "b.wav", "c.wav"} == made
    (music / "c.wav").unlink()
    assert succeed(tmp_path, "super-resolution", "music") == (
        "done before: 2 of 2; --force makes them again\n"
    )
    # what was upsampled before gets the picture that it lacks
    (music / "b.44100.png").unlink()
    again = succeed(tmp_path, "super-resolution", "music", "--picture")
    assert again.splitlines()[0] == "music/b.44100.png: spectrograms before and after"
    assert (music / "b.44100.png").exists()


def test_several_models_are_for_tracks(tmp_path, song):
    write_wav(tmp_path / "a.wav", song[:15000], 15000)
    models = ["--model", "hifi-15k-44k", "--model", "other"]
    assert "scan the song first" in fail(tmp_path, 2, "super-resolution", "a.wav", *models)


def test_a_track_is_evaluated_at_a_cutoff(tmp_path, song):
    make_track(tmp_path / "data/song", song)
    printed = succeed(tmp_path, "30-evaluate.py", "--cutoff", "11000")
    assert "song: limited to 11000 Hz" in printed and "kept, level matched" in printed
    assert run(tmp_path, "30-evaluate.py", "--cutoff", "7000").returncode == 2


def test_a_script_run_too_early_names_the_one_to_run_first(tmp_path):
    assert "10-scan.py" in fail(tmp_path, 1, "20-make-dataset.py")
    assert "20-make-dataset.py" in fail(tmp_path, 1, "rnn-super-resolution.py", "--train")
    assert "10-scan.py" in fail(tmp_path, 1, "rnn-super-resolution.py", "--predict")
    assert "10-scan.py" in fail(tmp_path, 1, "30-evaluate.py")


def test_a_folder_that_cannot_be_written_gets_one_line(tmp_path, song):
    # a file in place of the folder, since root may write into any folder
    (tmp_path / "data").touch()
    assert "data" in fail(tmp_path, 1, "10-scan.py", write_wav(tmp_path / "a.wav", song, 44100))


@pytest.mark.slow
def test_a_trained_model_is_not_replaced_unasked(trained):
    line = fail(trained, 2, "rnn-super-resolution.py", "--train")
    assert "--resume" in line and "--force" in line


@pytest.mark.parametrize(
    "arguments", [(), ("--train", "--predict"), ("--train", "--epochs", "0"), ("--preset", "x")]
)
def test_a_wrong_call_exits_with_2(tmp_path, arguments):
    assert run(tmp_path, "rnn-super-resolution.py", *arguments).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--train", "--treble", "3"), "--treble goes with --predict"),
        (("--train", "--replace"), "--replace goes with --predict"),
        (("--predict", "--batch-size", "3"), "--batch-size goes with --train"),
        (("--summary", "--minutes", "3"), "--minutes goes with --train"),
    ],
)
def test_options_of_another_mode_are_refused(tmp_path, arguments, message):
    done = run(tmp_path, "rnn-super-resolution.py", *arguments)
    assert done.returncode == 2 and done.stderr.rstrip().endswith(message)


def test_the_preset_may_also_be_called_seed(tmp_path, song):
    make_track(tmp_path / "data/song", song)
    assert "preset faithful" in succeed(tmp_path, "20-make-dataset.py", "--preset", "seed")


def test_the_command_alone_prints_its_help(tmp_path):
    assert "super-resolution song.wav" in succeed(tmp_path, "super-resolution")


def test_the_command_with_a_wrong_file_prints_one_line(tmp_path):
    assert "nonsense.wav does not exist" in fail(tmp_path, 2, "super-resolution", "nonsense.wav")
