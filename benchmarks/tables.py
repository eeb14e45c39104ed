"""Tables of measurements, aligned for a terminal and valid Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

HEAD = ("", "rate", "", "GFLOP/s", "of the product", "peak MB", "first sample, s")
GFLOPS = "GFLOP/s"  # unit of the rows of matrix products


@dataclass
class Row:
    """A row of the table of speeds, with one measurement for each round."""

    name: str
    unit: str
    amount: float = 1.0  # units in one call
    gflop: float = 0.0  # floating-point operations of one call, in 10^9; 0: not counted
    values: list[float] = field(default_factory=list)  # units per second, or seconds
    shares: list[float] = field(default_factory=list)  # speed over that of a matrix product
    memory: list[float] = field(default_factory=list)  # peak of a script, in MB
    first_sample: list[float] = field(default_factory=list)  # of a script, in seconds

    def cells(self) -> tuple[str, ...]:
        """Format the row, with the columns of `HEAD`."""
        return (
            self.name,
            spread(self.values),
            self.unit,
            f"{median(self.values) / self.amount * self.gflop:.0f}" if self.gflop else "",
            f"{median(self.shares):.0%}" if self.gflop else "",
            f"{median(self.memory):.0f}" if self.memory else "",
            spread(self.first_sample) if self.first_sample else "",
        )


def spread(values: list[float]) -> str:
    """Format the median, and the lowest and highest value in brackets."""
    middle, *ends = (
        f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        for value in (median(values), min(values), max(values))
    )
    return f"{middle} ({' to '.join(ends)})" if len(values) > 1 else middle


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a table; the first column is aligned left, the others right."""
    widths = [max(3, *map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]
        for line in (head, rule, *rows)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
