"""The network as an ONNX graph: the operators of `keras_network.build`, one by one.

    bits (batch, steps, width) -> time first -> [LSTM -> MatMul Add Relu] x 2 -> ... MatMul Add
                               -> batch first -> gather -> high (batch, frames)

    bits -> samples -> Conv -> energies -> Log, beside the bits of a frame: with `bands`

Batch and steps are free. Time comes first inside, as ONNX's LSTM wants it: one transposition
in and one out. Keras orders an LSTM's gates i f c o and has one bias; ONNX has i o f c and
two biases.
"""

from dataclasses import dataclass, field

import numpy as np

from super_resolution.network import filterbank
from super_resolution.network.bits import BITS
from super_resolution.network.config import ENCODINGS, MAX_LOG_GATE, NetworkConfig
from super_resolution.network.grid import Grid

INPUT, OUTPUT = "bits", "high"
GATE_ORDER = (0, 3, 1, 2)  # of Keras' i f c o, to give i o f c

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

    def add(self, op: str, *inputs: str, to: str, **attributes: int | str | tuple) -> str:
        """Add an operator and give its output's name."""
        self.nodes.append(Node(op, inputs, to, attributes))
        return to

    def array(self, name: str, values: object) -> str:
        """Add an array of whole numbers, or of floats, and give its name."""
        whole = np.asarray(values).dtype.kind == "i"
        self.arrays[name] = np.array(values, np.int64 if whole else np.float32, order="C")
        return name

    def scalar(self, op: str, x: str, number: float, *, to: str) -> str:
        """Add an operator of `x` and one number."""
        return self.add(op, x, self.array(f"{to}.by", float(number)), to=to)

    def reshape(self, x: str, shape: tuple[int, ...], *, to: str) -> str:
        """Change a shape; 0 keeps a size, -1 is what remains."""
        return self.add("Reshape", x, self.array(f"{to}.shape", shape), to=to)

    def dense(self, x: str, weights: Weights, *, to: str, relu: bool = False) -> str:
        """Add a dense layer on the last axis, with a bias where there are weights for it."""
        kernel, bias = f"{to}.kernel", f"{to}.bias"
        biased = bias in weights
        x = self.add(
            *("MatMul", x, self.array(kernel, weights[kernel])),
            to=f"{to}.product" if biased or relu else to,
        )
        if biased:
            x = self.add("Add", x, self.array(bias, weights[bias]), to=f"{to}.sum" if relu else to)
        return self.add("Relu", x, to=to) if relu else x

    def bi_lstm(self, x: str, weights: Weights, *, to: str) -> str:
        """Add a bidirectional LSTM: (T, B, width) -> (T, B, 2 * units)."""
        sides = [_lstm(weights, f"{to}.{side}") for side in ("forward", "backward")]
        names = [
            self.array(f"{to}.{kind}", np.stack(pair))
            for kind, pair in zip("WRB", zip(*sides, strict=True), strict=True)
        ]
        units = len(weights[f"{to}.forward.recurrent_kernel"])
        x = self.add("LSTM", x, *names, to=f"{to}.y", direction="bidirectional", hidden_size=units)
        x = self.add("Transpose", x, to=f"{to}.sides", perm=(0, 2, 1, 3))  # (T, B, 2, units)
        return self.reshape(x, (0, 0, 2 * units), to=to)


def _lstm(weights: Weights, name: str) -> list[np.ndarray]:
    # (inputs, 4 * units) -> (4 * units, inputs), the gates in ONNX's order
    w, r, b = (
        array.reshape(-1, 4, array.shape[-1] // 4)[:, GATE_ORDER].reshape(array.shape).T
        for array in (weights[f"{name}.{part}"] for part in ("kernel", "recurrent_kernel", "bias"))
    )
    return [w, r, np.concatenate([b, np.zeros_like(b)])]


def to_graph(config: NetworkConfig, grid: Grid, weights: Weights) -> Graph:
    """Describe a network with its weights as an ONNX graph.

    Parameters
    ----------
    config : NetworkConfig
    grid : Grid
    weights : dict of ndarray, float32
        As `saved_model.weight_shapes` names and shapes them.

    Returns
    -------
    Graph
        float32 `bits` (batch, steps, width of the encoding) -> float32 `high`
        (batch, grid.samples_of_steps(steps)), in units of the model's scale; any batch,
        any legal number of steps.
    """
    graph = Graph(ENCODINGS[config.encoding])
    x = INPUT
    if grid.samples_per_frame > 1:
        x = graph.reshape(x, (0, -1, graph.width * grid.samples_per_frame), to="frames")
    x = frame = graph.add("Transpose", x, to="frame", perm=(1, 0, 2))  # (T, B, width)
    if config.bands:
        energies = _band_energies(graph, config, grid.samples_per_frame)
        x = graph.add("Concat", x, energies, to="bits_and_bands", axis=2)
    for number in range(1, len(config.lstm_units) + 1):
        x = graph.bi_lstm(x, weights, to=f"bi_lstm_{number}")
        x = graph.dense(x, weights, to=f"dense_{number}", relu=True)
    if config.gated:
        logs = graph.dense(x, weights, to="gates")
        limited = graph.scalar("Min", logs, MAX_LOG_GATE, to="gates.limited")
        gates = graph.add("Exp", limited, to="gates.exp")
        x = graph.add("Mul", gates, graph.dense(frame, weights, to="sources"), to="gated")
    else:
        x = graph.dense(x, weights, to="dense_last", relu=True)
    x = graph.dense(x, weights, to="output")
    x = graph.add("Transpose", x, to="slots", perm=(1, 0, 2))  # (B, T, outputs)
    if grid.outputs > 1:
        # the pattern of used outputs repeats, so one period of it serves windows of any length
        period = grid.step_multiple
        slots = period // grid.samples_per_frame * grid.outputs
        x = graph.reshape(x, (0, -1, slots), to="periods")
        used = graph.array("used", grid.gather_index(period))
        x = graph.add("Gather", x, used, to="gathered", axis=2)
    graph.reshape(x, (0, -1), to=OUTPUT)
    return graph


def _band_energies(graph: Graph, config: NetworkConfig, per_frame: int) -> str:
    # (B, steps, width) -> (steps / per_frame, B, bands)
    bands = config.bands
    x = graph.reshape(_samples(graph, config), (0, -1, per_frame), to="samples")
    x = graph.add("Transpose", x, to="samples.last", perm=(0, 2, 1))
    filters = filterbank.design(per_frame, bands).transpose(2, 1, 0)
    margin = filterbank.FRAMES // 2
    name = graph.array("filters", filters)
    x = graph.add("Conv", x, name, to="parts", pads=(margin, filterbank.FRAMES - 1 - margin))
    x = graph.add("Mul", x, x, to="squares")  # (B, 2 * bands, F)
    x = graph.reshape(x, (0, 2, bands, -1), to="pairs")
    x = graph.add("ReduceSum", x, graph.array("pair", [1]), to="energies", keepdims=0)
    x = graph.scalar("Add", x, filterbank.FLOOR, to="energies.floor")
    x = graph.add("Log", x, to="logs")
    x = graph.scalar("Mul", x, filterbank.LOG_SCALE, to="logs.scaled")
    x = graph.scalar("Add", x, filterbank.LOG_OFFSET, to="logs.moved")
    return graph.add("Transpose", x, to="bands", perm=(2, 0, 1))


def _samples(graph: Graph, config: NetworkConfig) -> str:
    # decode the samples, in [-1, 1): (B, steps, width) -> (B, steps, 1)
    x = INPUT
    if config.encoding.startswith("float"):
        value = np.eye(1, graph.width, dtype=np.float32).T
        return graph.add("MatMul", x, graph.array("value", value), to="sample")
    if config.encoding == "gray":
        if config.signed:
            x = graph.scalar("Mul", x, 0.5, to="gray.half")
            x = graph.scalar("Add", x, 0.5, to="gray")
        # a bit of offset binary is the parity of the Gray code's bits down to it
        down_to = np.triu(np.ones((BITS, BITS), np.float32))
        x = graph.add("MatMul", x, graph.array("down_to", down_to), to="counts")
        x = graph.add("Mod", x, graph.array("two", 2.0), to="plain", fmod=1)
    if config.encoding == "gray" or not config.signed:
        x = graph.scalar("Mul", x, 2.0, to="doubled")
        x = graph.scalar("Add", x, -1.0, to="signed")
    encoding = "offset" if config.encoding == "gray" else config.encoding
    weights = filterbank.bit_weights(encoding)[:, np.newaxis]
    return graph.add("MatMul", x, graph.array("bit_weights", weights), to="sample")
