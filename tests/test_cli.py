"""The command line: numbers, presets, and what `super-resolution` does without a command."""

import argparse
from pathlib import Path

import pytest

from super_resolution import __version__, cli
from super_resolution.commands import modes, train
from super_resolution.errors import UsageError
from super_resolution.network.presets import FAITHFUL, FINE_TUNING, HIFI


@pytest.mark.parametrize(
    ("parse", "text", "number"),
    [
        (cli.whole, "3", 3),
        (cli.random_seed, "0", 0),
        (cli.threads, "1024", 1024),
        (cli.positive, "0.5", 0.5),
        (cli.not_negative, "0", 0),
        (cli.decibels, "-3.5", -3.5),
    ],
)
def test_valid_numbers(parse, text, number):
    assert parse(text) == number


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (cli.whole, "0"),
        (cli.whole, "1.5"),
        (cli.random_seed, "-1"),
        (cli.threads, "1025"),
        (cli.positive, "0"),
        (cli.positive, "nan"),
        (cli.positive, "1e305"),
        (cli.not_negative, "-1"),
        (cli.not_negative, "soon"),
        (cli.decibels, "-25"),
        (cli.decibels, "nan"),
    ],
)
def test_other_numbers_are_refused_with_the_bounds(parse, text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"expected a.* number from"):
        parse(text)


def test_presets_by_name():
    assert [cli.preset_name(name) for name in ("faithful", "hifi")] == ["faithful", "hifi"]
    assert cli.preset_name("seed") == "faithful"
    with pytest.raises(argparse.ArgumentTypeError, match="expected one of faithful, hifi"):
        cli.preset_name("loud")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_without_arguments_the_help_is_printed(capsys, arguments):
    assert cli.main(arguments) == 0
    out, err = capsys.readouterr()
    assert "super-resolution song.wav" in out and err == ""
    assert all(f"super-resolution {command}" in out for command in set(cli.COMMANDS) - {"predict"})


def test_the_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"super-resolution {__version__}\n"


@pytest.mark.parametrize("command", [[], ["predict"]])
def test_a_file_that_does_not_exist_is_one_line_and_exit_code_2(capsys, command):
    assert cli.main([*command, "nonsense.wav"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert "nonsense.wav does not exist" in err


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("scan", "--treble"),
        ("dataset", "--epochs"),
        ("train", "--treble"),
        ("predict", "--epochs"),
        ("evaluate", "--minutes"),
        ("summary", "--model"),
        ("export", "--preset"),
    ],
)
def test_options_of_another_command_are_refused(capsys, command, option):
    names = ["MODEL", "FILE"] if command == "export" else []
    with pytest.raises(SystemExit) as stop:
        cli.main([command, *names, option, "3"])
    assert stop.value.code == 2
    assert f"unrecognized arguments: {option}" in capsys.readouterr().err


@pytest.mark.parametrize("hertz", ["12", "12kHz", "0", "nan"])
def test_a_cutoff_in_khz_is_refused(capsys, hertz):
    with pytest.raises(SystemExit) as stop:
        cli.main(["song.wav", "--cutoff", hertz])
    assert stop.value.code == 2
    expected = "expected a frequency in Hz (12 kHz is 12000) from 1000 to 200000"
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[""], ["song.wav", "-o", ""], ["--data", ""]])
def test_an_empty_name_is_not_the_folder_one_is_in(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    assert "the name of a file or folder is empty" in capsys.readouterr().err


def training_arguments(*arguments: str) -> argparse.Namespace:
    parser = cli.make_parser("")
    train.add_arguments(parser)
    return parser.parse_args(arguments)


def test_training_options_change_the_preset():
    args = training_arguments("--epochs", "3", "--batch-size", "5", "--encoding", "gray")
    preset = train.changed(FAITHFUL, args)
    assert (preset.training.epochs, preset.training.batch_size) == (3, 5)
    assert preset.network.encoding == "gray"
    assert train.changed(HIFI, training_arguments()) == HIFI


def test_fine_tuning_lowers_the_learning_rate_unless_one_is_given():
    rate = HIFI.training.learning_rate
    preset = train.changed(HIFI, training_arguments("--init", "a"))
    assert preset.training.learning_rate == pytest.approx(rate * FINE_TUNING)
    preset = train.changed(HIFI, training_arguments("--init", "a", "--learning-rate", "0.1"))
    assert preset.training.learning_rate == 0.1


@pytest.mark.parametrize("option", [("--target", "waveform"), ("--encoding", "gray")])
def test_hifi_has_one_target_and_one_encoding(option):
    assert train.changed(FAITHFUL, training_arguments(*option)) != FAITHFUL
    with pytest.raises(UsageError, match="neither can change"):
        train.changed(HIFI, training_arguments(*option))


def test_names_that_begin_with_a_dash_follow_two_dashes(capsys):
    parser = modes.get_parser("usage")
    args = parser.parse_args(["--predict", "--", "-a.wav", "--b.wav"])
    assert args.predict + args.after_dashes == [Path("-a.wav"), Path("--b.wav")]
    with pytest.raises(SystemExit):
        modes.run("usage", ["--train", "a.wav"])
    assert "unrecognized arguments: a.wav" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "gain"), [("-3", -3.0), ("-120", -120.0), ("24", 24.0)])
def test_the_gain_of_the_output(text, gain):
    assert cli.output_gain(text) == gain


@pytest.mark.parametrize("text", ["-121", "25", "nan", "loud"])
def test_another_gain_of_the_output_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected a number from -120 to 24"):
        cli.output_gain(text)
