"""Tables of metrics, for a terminal, for Markdown and for the listening page."""

import math
import textwrap

from super_resolution.evaluation import metrics
from super_resolution.evaluation.evaluate import Results
from super_resolution.evaluation.metrics import Metric

BEST_MARK = " *"  # the end of a cell with the best value of its column
LINE_WIDTH = 100  # characters of a line below a table
DECIMALS = {"LSB": 1, "dB": 2, "MOS": 2, "": 3}  # by unit


def columns(results: Results) -> list[Metric]:
    """Give the metrics that all methods have, in the order of a table's columns."""
    return [m for m in metrics.METRICS if all(m.key in values for values in results.values())]


def label(metric: Metric) -> str:
    """Give the head of a metric's column."""
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label


def cells(results: Results) -> list[list[str]]:
    """Format the rows: the method, then its values, the best of a column with `BEST_MARK`.

    Values that are equal as printed are all the best; in a table of one row none is.
    """
    marked = [
        _mark_best(metric, [_format(metric, values[metric.key]) for values in results.values()])
        for metric in columns(results)
    ]
    return [list(row) for row in zip(results, *marked, strict=True)]


def split_mark(cell: str) -> tuple[str, bool]:
    """Give a cell without its mark, and whether it had one."""
    return cell.removesuffix(BEST_MARK), cell.endswith(BEST_MARK)


def _format(metric: Metric, value: float) -> str:
    return f"{value:z.{DECIMALS[metric.unit]}f}"


def _mark_best(metric: Metric, texts: list[str]) -> list[str]:
    def badness(text: str) -> float:
        value = float(text)
        # an empty band has a buzz far below 0: the lowest value is not the best
        if metric.best == "nearest 0":
            return abs(value)
        return value if metric.best == "lowest" else -value

    numbers = [badness(text) for text in texts if text != "nan"]
    best = min(numbers) if len(texts) > 1 and numbers else None
    return [text + BEST_MARK if text != "nan" and badness(text) == best else text for text in texts]


def table(results: Results) -> str:
    """Format the results as an aligned table for a terminal."""
    # cells without a mark get spaces, so that the digits are aligned
    blank = " " * len(BEST_MARK)
    head = ["method", *(label(metric) + blank for metric in columns(results))]
    body = [
        [method, *(text if split_mark(text)[1] else text + blank for text in texts)]
        for method, *texts in cells(results)
    ]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in [head, *body]
    )


def definitions(results: Results) -> dict[str, str]:
    """Give the definition of each column and which value is best, by the column's head."""
    return {
        label(metric): f"{metric.definition}; {metric.best} is best" for metric in columns(results)
    }


def _mark(results: Results) -> dict[str, str]:
    # a table of one row has none
    return {BEST_MARK.strip(): "the best of its column"} if len(results) > 1 else {}


def hint(results: Results) -> str:
    """Say what the mark means, if there is one, and how to get the definitions."""
    mark = "".join(f"{mark} is {meaning}; " for mark, meaning in _mark(results).items())
    return f"{mark}--explain says what the columns mean"


def legend(results: Results) -> str:
    """Format the definitions for a terminal."""
    entries = _mark(results) | definitions(results)
    width = max(map(len, entries))
    return "\n".join(
        textwrap.fill(
            f"{head.ljust(width)}  {text}", LINE_WIDTH, subsequent_indent=" " * (width + 2)
        )
        for head, text in entries.items()
    )


def markdown(results: Results) -> str:
    """Format the results as a Markdown table, the best in bold, with the definitions."""

    def bold(cell: str) -> str:
        text, is_best = split_mark(cell)
        return f"**{text}**" if is_best else text

    heads = [label(metric) for metric in columns(results)]
    lines = [["method", *heads], ["---", *["---:"] * len(heads)], *cells(results)]
    body = ["| " + " | ".join(map(bold, line)) + " |" for line in lines]
    notes = [f"- **{head}**: {text}" for head, text in definitions(results).items()]
    return "\n".join([*body, "", *notes, ""])


def as_json(results: Results) -> dict:
    """Give the metrics and their definitions for a JSON file."""
    return {
        "metrics": {
            method: {key: _number(value) for key, value in values.items()}
            for method, values in results.items()
        },
        "definitions": {metric.key: metric.definition for metric in columns(results)},
    }


def _number(value: float) -> float | str:
    # JSON has neither infinity nor NaN
    return value if math.isfinite(value) else str(value)
