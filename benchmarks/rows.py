"""The lines of a table of speeds, and what fills them round by round."""

from dataclasses import dataclass, field
from statistics import median

import measuring
from measuring import Ran, Worker

HEAD = ("", "rate", "", "GFLOP/s", "of the limit", "peak MB", "first sample, s")
PRODUCT = "product"  # the name of a worker's product among its works


@dataclass
class Row:
    """A line: what was measured, a number for each round.

    Parameters
    ----------
    name, unit : str
    cost : float
        GFLOP of one unit of the rate; 0 where they mean nothing.
    scale : float
        Of the work's amounts, in one unit.
    rates, limits : list of float
        Units a second, and GFLOP/s of the product in the same round.
    runs : list of Ran
        Of a command.
    """

    name: str
    unit: str
    cost: float = 0.0
    scale: float = 1.0
    rates: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    runs: list[Ran] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        """Print it, as `HEAD` has it."""
        speeds = [rate * self.cost for rate in self.rates if self.cost]
        # the machine may slow down from round to round: each is held against its own limit
        shares = [speed / limit for speed, limit in zip(speeds, self.limits, strict=False)]
        return (
            self.name,
            spread(self.rates or [ran.seconds for ran in self.runs]),
            self.unit,
            f"{median(speeds):.0f}" if speeds else "",
            f"{median(shares):.0%}" if shares else "",
            f"{median(ran.memory for ran in self.runs):.0f}" if self.runs else "",
            spread([ran.first for ran in self.runs]) if self.rates and self.runs else "",
        )


@dataclass
class Entrant:
    """What takes part in the rounds.

    Parameters
    ----------
    worker : Worker
    rows : dict of Row
        By the names of the worker's works, `PRODUCT` among them.
    command : tuple
        A call whose time and memory go to the first row; none if empty.
    """

    worker: Worker
    rows: dict[str, Row]
    command: tuple = ()

    def measure(self, seconds: float) -> None:
        """Do a round; each work takes so long at least."""
        rates = {name: self.worker.rate(name, seconds) for name in self.rows}
        for name, row in self.rows.items():
            row.rates.append(rates[name] / row.scale)
            row.limits.append(rates.get(PRODUCT, 1.0))
        if self.command:
            next(iter(self.rows.values())).runs.append(measuring.run(*self.command))


def spread(values: list[float]) -> str:
    """Print a median, and from where to where the values went."""
    middle, *ends = map(_digits, (median(values), min(values), max(values)))
    return f"{middle} ({' to '.join(ends)})" if len(values) > 1 else middle


def _digits(value: float) -> str:
    # three of them are as many as a clock is worth
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Align a table that is Markdown as well."""
    lines = [head, *rows]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    printed = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in [printed[0], rule, *printed[1:]])
