"""Tables: what is best, alignment, definitions."""

import numpy as np

from super_resolution.evaluation import metrics
from super_resolution.report import tables

ROW = {
    "mae": 336.14,
    "snr": 17.9,
    "si_sdr": 17.8,
    "lsd": 3.6,
    "lsd_lf": 0.0491,
    "lsd_hf": 4.36,
    "buzz": -3.5,
}
ROWS = {
    "hold": ROW | {"mae": 588.1, "lsd": 2.8, "buzz": 6.4, "lsd_lf": 0.431},
    "soxr": ROW,
    "network": ROW | {"mae": 360.1, "snr": 17.4, "si_sdr": np.inf, "lsd": 1.1, "buzz": 0.9},
}


def best(rows, key):
    """Give the methods that are marked in a column."""
    place = [metric.key for metric in tables.columns(rows)].index(key) + 1
    return [cells[0] for cells in tables.cells(rows) if cells[place].endswith(" *")]


def test_the_best_is_marked_in_each_direction():
    assert best(ROWS, "mae") == ["soxr"]
    assert best(ROWS, "lsd") == ["network"]
    assert best(ROWS, "si_sdr") == ["network"]


def test_equals_as_printed_are_all_best():
    assert best(ROWS, "snr") == ["hold", "soxr"]
    assert best(ROWS | {"cubic": ROW | {"lsd_lf": 0.0492}}, "lsd_lf") == [
        *("soxr", "network", "cubic")
    ]


def test_buzz_is_best_nearest_zero():
    assert best(ROWS, "buzz") == ["network"]
    assert best({"a": ROW, "b": ROW | {"buzz": 3.4}}, "buzz") == ["b"]


def test_no_number_is_never_best():
    rows = {"a": ROW | {"visqol": np.nan}, "b": ROW | {"visqol": 2.0}}
    assert best(rows, "visqol") == ["b"]
    nothing = {name: ROW | {"visqol": np.nan} for name in "ab"}
    assert best(nothing, "visqol") == []


def test_one_row_has_no_best():
    assert "*" not in tables.table({"only": ROW})


def test_negative_zero_is_zero():
    assert tables.cells({"a": ROW | {"buzz": -0.001}})[0][-1] == "0.00"


def test_numbers_stand_under_one_another():
    lines = tables.table(ROWS).splitlines()
    assert len(lines) == 1 + len(ROWS)
    for column in ("MAE (LSB)", "LSD-HF", "Buzz (dB)"):
        end = lines[0].index(column) + len(column)
        for line in lines[1:]:
            assert line[end - 1].isdigit()
            assert line[end : end + 2].strip() in ("", "*")
    # hold, the first column, begins every line
    assert [line.split()[0] for line in lines] == ["method", *ROWS]


def test_visqol_is_a_column_only_where_it_was_measured():
    assert "ViSQOL" not in tables.table(ROWS)
    assert "ViSQOL (MOS)" in tables.table({"a": ROW | {"visqol": 3.2}})
    assert "ViSQOL" not in tables.explained(ROWS)


def test_every_column_is_explained():
    text = " ".join(tables.explained(ROWS).split())
    for metric in metrics.METRICS[:-1]:
        assert metric.definition in text
    assert "nearest 0 is best" in text
    assert max(map(len, tables.explained(ROWS).splitlines())) <= tables.WIDTH


def test_markdown_has_the_same_numbers_with_the_best_in_bold():
    lines = tables.markdown(ROWS).splitlines()
    assert lines[0].startswith("| method | MAE (LSB) |")
    assert len({line.count("|") for line in lines[: 2 + len(ROWS)]}) == 1
    assert "| **336.1** |" in lines[3]
    assert "*" not in lines[2].replace("**", "")
    assert "- **LSD-HF**: LSD above the low Nyquist; lower is better" in lines
