"""The networks of `architecture` as an ONNX graph.

    bits (batch, steps, width) -> ... -> high (batch, samples)

Batch and steps are free. Keras orders an LSTM's gates i f c o and has one bias; ONNX has
i o f c, two biases, and wants time first.
"""

from dataclasses import dataclass, field

import numpy as np

from super_resolution.network import architecture
from super_resolution.network.presets import ENCODINGS, NetworkConfig

INPUT, OUTPUT = "bits", "high"
GATE_ORDER = (0, 3, 1, 2)  # of Keras' i f c o, to give i o f c
LAST = 1 << 62  # the end of a slice that goes to the end

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Node:
    """One operator: ONNX's name for it, what it takes, what it gives."""

    op: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, int | str | tuple[int, ...]]


@dataclass(frozen=True)
class Graph:
    """A network's operators, in order, and its arrays.

    Parameters
    ----------
    width : int
        Numbers at a step of the input.
    nodes : list of Node
    arrays : dict of ndarray, int64 or float32
        Weights and constants by name.
    """

    width: int
    nodes: list[Node] = field(default_factory=list)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, op: str, *inputs: str, to: str = "", **attributes: int | str | tuple) -> str:
        """Add an operator and give its output's name, by default one of its own."""
        to = to or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(Node(op, inputs, to, attributes))
        return to

    def array(self, values: object, name: str = "") -> str:
        """Add an array of whole numbers, or of floats, and give its name."""
        name = name or f"constant_{len(self.arrays)}"
        whole = np.asarray(values).dtype.kind == "i"
        self.arrays[name] = np.array(values, np.int64 if whole else np.float32, order="C")
        return name


class OnnxOps:
    """The operations of `architecture`, which add to a graph; a tensor is its name.

    What each does is said at `keras_network.KerasOps`.

    Parameters
    ----------
    graph : Graph
    weights : dict of ndarray, float32
        As `saved_model.weight_shapes` names and shapes them.
    """

    def __init__(self, graph: Graph, weights: Weights) -> None:
        self._graph, self._weights = graph, weights

    def bi_lstm(self, x: str, name: str, units: int) -> str:
        """Run a bidirectional LSTM."""
        sides = [_lstm(self._weights, f"{name}.{side}") for side in ("forward", "backward")]
        parts = zip("WRB", zip(*sides, strict=True), strict=True)
        names = [self._graph.array(np.stack(pair), f"{name}.{kind}") for kind, pair in parts]
        x = self._graph.add("Transpose", x, perm=(1, 0, 2))  # (T, B, n)
        x = self._graph.add("LSTM", x, *names, direction="bidirectional", hidden_size=units)
        x = self._graph.add("Transpose", x, perm=(2, 0, 1, 3))  # (T, 2, B, units) -> B, T, 2
        return self._reshape(x, (0, 0, 2 * units))

    def dense(self, x: str, name: str, units: int) -> str:
        """Run a linear dense layer."""
        kernel, bias = (self._weights[f"{name}.{part}"] for part in ("kernel", "bias"))
        x = self._graph.add("MatMul", x, self._graph.array(kernel, f"{name}.kernel"))
        return self._graph.add("Add", x, self._graph.array(bias, f"{name}.bias"))

    def matmul(self, x: str, matrix: np.ndarray) -> str:
        """Multiply the features with a matrix."""
        return self._graph.add("MatMul", x, self._graph.array(matrix))

    def add(self, x: str, y: str | float) -> str:
        """Add a tensor or a number."""
        return self._graph.add("Add", x, self._operand(y))

    def multiply(self, x: str, y: str | float) -> str:
        """Multiply by a tensor or a number."""
        return self._graph.add("Mul", x, self._operand(y))

    def columns(self, x: str, first: int, end: int) -> str:
        """Take some of the features."""
        return self._slice(x, first, end, axis=2)

    def concat(self, parts: list[str]) -> str:
        """Join along the features."""
        return self._graph.add("Concat", *parts, axis=2)

    def regroup(self, x: str, width: int) -> str:
        """Reshape (B, n, m) to (B, n * m / width, width)."""
        return self._reshape(x, (0, -1, width))

    def flatten(self, x: str) -> str:
        """Reshape (B, n, m) to (B, n * m)."""
        return self._reshape(x, (0, -1))

    def shift(self, x: str, steps: int, *, zero: bool = False) -> str:
        """Delay by `steps`, or advance where negative."""
        ends = (0, steps) if steps > 0 else (steps, LAST)
        edge = self._slice(x, *ends, axis=1)
        edge = self.multiply(edge, 0.0) if zero else edge
        if steps > 0:
            return self._graph.add("Concat", edge, self._slice(x, 0, -steps, axis=1), axis=1)
        return self._graph.add("Concat", self._slice(x, -steps, LAST, axis=1), edge, axis=1)

    def clip(self, x: str, most: float) -> str:
        """Limit to `most`."""
        return self._graph.add("Min", x, self._operand(most))

    def relu(self, x: str) -> str:
        """Set negative values to zero."""
        return self._graph.add("Relu", x)

    def sigmoid(self, x: str) -> str:
        """Give 1 / (1 + exp(-x))."""
        return self._graph.add("Sigmoid", x)

    def absolute(self, x: str) -> str:
        """Drop the sign."""
        return self._graph.add("Abs", x)

    def exp(self, x: str) -> str:
        """Give e to the power of x."""
        return self._graph.add("Exp", x)

    def log(self, x: str) -> str:
        """Give the natural logarithm."""
        return self._graph.add("Log", x)

    def _operand(self, y: str | float) -> str:
        return y if isinstance(y, str) else self._graph.array(float(y))

    def _reshape(self, x: str, shape: tuple[int, ...]) -> str:
        # 0 keeps a size, -1 is what remains
        return self._graph.add("Reshape", x, self._graph.array(shape))

    def _slice(self, x: str, first: int, end: int, *, axis: int) -> str:
        bounds = (self._graph.array([number]) for number in (first, end, axis))
        return self._graph.add("Slice", x, *bounds)


def _lstm(weights: Weights, name: str) -> list[np.ndarray]:
    # (inputs, 4 * units) -> (4 * units, inputs), the gates in ONNX's order
    w, r, b = (
        array.reshape(-1, 4, array.shape[-1] // 4)[:, GATE_ORDER].reshape(array.shape).T
        for array in (weights[f"{name}.{part}"] for part in ("kernel", "recurrent_kernel", "bias"))
    )
    return [w, r, np.concatenate([b, np.zeros_like(b)])]


def to_graph(config: NetworkConfig, weights: Weights) -> Graph:
    """Describe a network with its weights as an ONNX graph.

    Parameters
    ----------
    config : NetworkConfig
    weights : dict of ndarray, float32
        As `saved_model.weight_shapes` names and shapes them.

    Returns
    -------
    Graph
        float32 `bits` (batch, steps, width of the encoding) -> float32 `high` (batch, samples),
        in units of the model's scale; any batch, any legal number of steps.
    """
    graph = Graph(ENCODINGS[config.encoding])
    output = architecture.network(OnnxOps(graph, weights), config, INPUT)
    graph.add("Identity", output, to=OUTPUT)
    return graph
