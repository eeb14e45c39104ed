"""Count the floating-point operations of a network: those of matrix products and filters."""

from math import prod

from super_resolution.network import filterbank
from super_resolution.network.config import ENCODINGS, NetworkConfig
from super_resolution.network.grid import Grid
from super_resolution.network.saved_model import Model, weight_shapes

TRAINING_COST = 3  # times the forward pass: the backward pass takes twice as much


def multiply_adds(config: NetworkConfig, grid: Grid) -> float:
    """Count the multiply-adds of one sample at the high rate."""
    shapes = weight_shapes(config, grid.outputs)
    frame = sum(prod(shape) for name, shape in shapes.items() if not name.endswith(".bias"))
    if config.bands:
        # the samples are decoded from the encoded input, then filtered
        frame += config.samples_per_frame * ENCODINGS[config.encoding]
        frame += filterbank.design(config.samples_per_frame, config.bands).size
    frames = grid.step_multiple / config.samples_per_frame
    return frame * frames / grid.samples_of_steps(grid.step_multiple)


def overlap(model: Model) -> float:
    """Give how often prediction runs each step: windows overlap by their context."""
    return model.predict_steps / (model.predict_steps - 2 * model.context)
