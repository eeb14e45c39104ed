"""Numbers on the command line."""

import argparse

import pytest

from super_resolution import cli


@pytest.mark.parametrize(
    ("parse", "text", "number"),
    [
        (cli.whole, "3", 3),
        (cli.seed, "0", 0),
        (cli.positive, "0.5", 0.5),
        (cli.not_negative, "0", 0),
        (cli.decibels, "-3.5", -3.5),
    ],
)
def test_legal_numbers(parse, text, number):
    assert parse(text) == number


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (cli.whole, "0"),
        (cli.whole, "1.5"),
        (cli.seed, "-1"),
        (cli.positive, "0"),
        (cli.positive, "nan"),
        (cli.positive, "1e305"),
        (cli.not_negative, "-1"),
        (cli.not_negative, "soon"),
        (cli.decibels, "-25"),
        (cli.decibels, "nan"),
    ],
)
def test_other_numbers_say_what_was_expected(parse, text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected a.* number from"):
        parse(text)
