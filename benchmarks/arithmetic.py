"""How many multiply-adds a network takes: counted on its description, not known twice.

Only products count: of the LSTMs, the dense layers and the filterbank. What is done to
single numbers (gates, logarithms, encoding) is not arithmetic that a faster product
would save, and stays outside the count.
"""

from math import prod

from super_resolution.network.grid import Grid
from super_resolution.network.onnx_network import Graph, describe
from super_resolution.network.config import Preset
from super_resolution.network.saved_model import Model

TRAINING_COST = 3  # forward, and twice that backward


def multiply_adds(preset: Preset, grid: Grid) -> float:
    """Count the multiply-adds of a high sample.

    Parameters
    ----------
    preset : Preset
    grid : Grid

    Returns
    -------
    float
        Of all steps of a window, over the high samples that they give.
    """
    graph, steps = describe(preset, grid), grid.step_multiple
    total = per_frame(graph) * steps / grid.hop + per_step(graph) * steps
    return total / grid.frames_of(steps)


def per_frame(graph: Graph) -> int:
    """Count what is done once for `hop` steps: every weight but the biases, and the filters."""
    weights = sum(prod(s) for name, s in graph.weights.items() if not _is_bias(name))
    return weights + sum(_constants(graph, "Conv"))


def per_step(graph: Graph) -> int:
    """Count what is done once a step: the fixed products that read samples from bits."""
    return sum(_constants(graph, "MatMul"))


def overlap(model: Model) -> float:
    """Give how often prediction runs a step: windows share their contexts."""
    return model.predict_steps / (model.predict_steps - 2 * model.context)


def _constants(graph: Graph, op: str) -> list[int]:
    # sizes of the constants that operators of one kind multiply by
    names = (name for node in graph.nodes if node.op == op for name in node.inputs)
    return [graph.constants[name].size for name in names if name in graph.constants]


def _is_bias(name: str) -> bool:
    return name.endswith((".bias", ".B"))
