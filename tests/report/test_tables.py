"""Tables: the mark of the best, alignment, definitions."""

import numpy as np

from super_resolution.evaluation import metrics
from super_resolution.report import tables

SOXR = {
    "mae": 336.14,
    "snr": 17.9,
    "si_sdr": 17.8,
    "lsd": 3.6,
    "lsd_lf": 0.0491,
    "lsd_hf": 4.36,
    "buzz": -3.5,
    "envelope": 30.0,
    "level": -40.0,
}
RESULTS = {
    "hold": SOXR | {"mae": 588.1, "lsd": 2.8, "buzz": 6.4, "lsd_lf": 0.431},
    "soxr": SOXR,
    "network": SOXR | {"mae": 360.1, "snr": 17.4, "si_sdr": np.inf, "lsd": 1.1, "buzz": 0.9},
}


def best(results, key):
    """Give the methods with the mark in a column."""
    column = [metric.key for metric in tables.columns(results)].index(key) + 1
    return [row[0] for row in tables.cells(results) if tables.split_mark(row[column])[1]]


def test_the_best_may_be_the_highest_or_the_lowest():
    assert best(RESULTS, "mae") == ["soxr"]
    assert best(RESULTS, "lsd") == ["network"]
    assert best(RESULTS, "si_sdr") == ["network"]


def test_values_equal_as_printed_are_all_best():
    assert best(RESULTS, "snr") == ["hold", "soxr"]
    results = RESULTS | {"cubic": SOXR | {"lsd_lf": 0.0492}}
    assert best(results, "lsd_lf") == ["soxr", "network", "cubic"]


def test_buzz_and_level_are_best_nearest_zero():
    assert best(RESULTS, "buzz") == ["network"]
    assert best({"a": SOXR, "b": SOXR | {"buzz": 3.4}}, "buzz") == ["b"]
    assert best(RESULTS | {"loud": SOXR | {"level": 3.0}}, "level") == ["loud"]


def test_nan_is_never_best():
    results = {"a": SOXR | {"visqol": np.nan}, "b": SOXR | {"visqol": 2.0}}
    assert best(results, "visqol") == ["b"]
    only_nan = {name: SOXR | {"visqol": np.nan} for name in "ab"}
    assert best(only_nan, "visqol") == []


def test_one_row_has_no_best():
    assert "*" not in tables.table({"only": SOXR})


def test_a_mark_is_split_from_its_cell():
    assert tables.split_mark("1.20" + tables.BEST_MARK) == ("1.20", True)
    assert tables.split_mark("1.20") == ("1.20", False)


def test_negative_zero_is_printed_as_zero():
    assert tables.cells({"a": SOXR | {"level": -0.001}})[0][-1] == "0.00"


def test_digits_are_aligned():
    lines = tables.table(RESULTS).splitlines()
    assert len(lines) == 1 + len(RESULTS)
    for column in ("MAE (LSB)", "LSD-HF", "Buzz (dB)", "Envelope (dB)", "Level (dB)"):
        end = lines[0].index(column) + len(column)
        for line in lines[1:]:
            assert line[end - 1].isdigit()
            assert line[end : end + 2].strip() in ("", "*")
    assert [line.split()[0] for line in lines] == ["method", *RESULTS]


def test_visqol_is_a_column_only_if_it_was_computed():
    assert "ViSQOL" not in tables.table(RESULTS)
    assert "ViSQOL (MOS)" in tables.table({"a": SOXR | {"visqol": 3.2}})
    assert "ViSQOL" not in tables.legend(RESULTS)


def test_the_legend_defines_every_column():
    text = " ".join(tables.legend(RESULTS).split())
    for metric in metrics.METRICS[:-1]:
        assert metric.definition in text
    assert "nearest 0 is best" in text
    assert max(map(len, tables.legend(RESULTS).splitlines())) <= tables.LINE_WIDTH


def test_a_table_of_one_row_has_no_mark_to_explain():
    assert tables.hint(RESULTS).startswith("* is the best of its column; --explain")
    assert tables.legend(RESULTS).startswith("* ")
    one = dict([next(iter(RESULTS.items()))])
    assert "*" not in tables.table(one) + tables.hint(one)
    assert not tables.legend(one).startswith("*")


def test_markdown_has_the_same_numbers_with_the_best_in_bold():
    lines = tables.markdown(RESULTS).splitlines()
    assert lines[0].startswith("| method | MAE (LSB) |")
    assert len({line.count("|") for line in lines[: 2 + len(RESULTS)]}) == 1
    assert "| **336.1** |" in lines[3]
    assert "*" not in lines[2].replace("**", "")
    assert "- **LSD-HF**: LSD above the low Nyquist; lowest is best" in lines
