"""Tables of metrics, for a terminal, for Markdown and for the listening page."""

import textwrap

from super_resolution.evaluation import metrics
from super_resolution.evaluation.evaluate import Rows
from super_resolution.evaluation.metrics import Metric

WIDTH = 100  # characters of a line below a table
DIGITS = {"LSB": 1, "dB": 2, "MOS": 2, "": 3}  # by unit, after the point

# an empty band has a buzz far below 0, which is no merit: it lacks what the original has
NEAREST_ZERO = "buzz"


def columns(rows: Rows) -> list[Metric]:
    """Give the metrics that the rows have, in the order of a table's columns."""
    return [metric for metric in metrics.METRICS if all(metric.key in row for row in rows.values())]


def label(metric: Metric) -> str:
    """Give the head of a metric's column."""
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label


def cells(rows: Rows) -> list[list[str]]:
    """Print the rows, first the method; what is best in its column ends in " *".

    Equals are all best, as they are printed; in a table of one row nothing is.
    """
    printed = [
        [_print(metric, row[metric.key]) for row in rows.values()] for metric in columns(rows)
    ]
    marked = [_marked(metric, texts) for metric, texts in zip(columns(rows), printed, strict=True)]
    return [list(row) for row in zip(rows, *marked, strict=True)]


def _print(metric: Metric, value: float) -> str:
    return f"{value:z.{DIGITS[metric.unit]}f}"


def _marked(metric: Metric, texts: list[str]) -> list[str]:
    def merit(text: str) -> float:
        value = float(text)
        if metric.key == NEAREST_ZERO:
            return -abs(value)
        return value if metric.higher_is_better else -value

    merits = [merit(text) for text in texts if text != "nan"]
    best = max(merits) if len(texts) > 1 and merits else None
    return [text + BEST if text != "nan" and merit(text) == best else text for text in texts]


def table(rows: Rows) -> str:
    """Give the rows as an aligned table for a terminal."""
    head = ["method", *(label(metric) for metric in columns(rows))]
    # numbers stay under one another whether marked or not
    body = [
        [method, *(text if text.endswith(BEST) else text + " " * len(BEST) for text in texts)]
        for method, *texts in cells(rows)
    ]
    lines = [[head[0], *(text + " " * len(BEST) for text in head[1:])], *body]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in lines
    )


def definitions(rows: Rows) -> dict[str, str]:
    """Say what each column means, by its head."""

    def aim(metric: Metric) -> str:
        if metric.key == NEAREST_ZERO:
            return "nearest 0 is best"
        return "higher is better" if metric.higher_is_better else "lower is better"

    return {label(metric): f"{metric.definition}; {aim(metric)}" for metric in columns(rows)}


def explained(rows: Rows) -> str:
    """Give what a terminal shows below its tables."""
    meanings = {BEST.strip(): "the best of its column"} | definitions(rows)
    width = max(map(len, meanings))
    return "\n".join(
        textwrap.fill(f"{head.ljust(width)}  {meaning}", WIDTH, subsequent_indent=" " * (width + 2))
        for head, meaning in meanings.items()
    )


def markdown(rows: Rows) -> str:
    """Give the rows as a table in Markdown, the best in bold, and the definitions."""

    def bold(text: str) -> str:
        return f"**{text.removesuffix(BEST)}**" if text.endswith(BEST) else text

    heads = [label(metric) for metric in columns(rows)]
    lines = [["method", *heads], ["---", *["---:"] * len(heads)], *cells(rows)]
    meanings = [f"- **{head}**: {meaning}" for head, meaning in definitions(rows).items()]
    body = ["| " + " | ".join(map(bold, line)) + " |" for line in lines]
    return "\n".join([*body, "", *meanings, ""])


BEST = " *"  # ends a cell that is the best of its column
