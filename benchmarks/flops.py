"""Count the floating-point operations of a network: those of matrix products and filters."""

from math import prod

import numpy as np

from super_resolution.network import architecture
from super_resolution.network.grid import Grid
from super_resolution.network.presets import ENCODINGS, NetworkConfig
from super_resolution.network.saved_model import Model

TRAINING_COST = 3  # times the forward pass: the backward pass takes twice as much

Shape = tuple[int, int]  # steps, features


class CountOps:
    """The operations of `architecture` on shapes; `count` adds up the multiply-adds."""

    def __init__(self) -> None:
        self.count = 0

    def matmul(self, x: Shape, matrix: np.ndarray) -> Shape:
        """Count a matrix product."""
        self.count += x[0] * prod(matrix.shape)
        return x[0], matrix.shape[1]

    def dense(self, x: Shape, name: str, units: int) -> Shape:
        """Count a dense layer."""
        self.count += x[0] * x[1] * units
        return x[0], units

    def bi_lstm(self, x: Shape, name: str, units: int) -> Shape:
        """Count the four gates of both directions."""
        self.count += x[0] * 2 * 4 * units * (x[1] + units)
        return x[0], 2 * units

    def columns(self, x: Shape, first: int, end: int) -> Shape:
        """Take some features."""
        return x[0], end - first

    def concat(self, parts: list[Shape]) -> Shape:
        """Join features."""
        return parts[0][0], sum(part[1] for part in parts)

    def regroup(self, x: Shape, width: int) -> Shape:
        """Change the number of features."""
        return prod(x) // width, width

    def __getattr__(self, name: str):
        # all others work element by element
        return lambda x, *others, **options: x


def multiply_adds(config: NetworkConfig, grid: Grid) -> float:
    """Count the multiply-adds of one sample at the high rate."""
    ops, steps = CountOps(), grid.step_multiple
    architecture.network(ops, config, (steps, ENCODINGS[config.encoding]))
    return ops.count / grid.samples_of_steps(steps)


def overlap(model: Model) -> float:
    """Give how often prediction runs each step: windows overlap by their context."""
    return model.predict_steps / (model.predict_steps - 2 * model.context)
