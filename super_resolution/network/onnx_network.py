"""The network as an ONNX graph, in words: its operators, its constants, its weights' shapes.

    bits (batch, steps, width) -> time first -> [LSTM -> MatMul Add Relu] x 2 -> ... MatMul Add
                               -> batch first -> gather -> fill (batch, frames)

    bits -> samples -> Conv -> energies -> Log, beside the bits of a frame: with `bands`

It follows `network.build` operator by operator. `onnx_file` writes it with weights;
`onnx_check` lets no other graph pass. Batch and steps are free. Time comes first inside,
as the LSTM wants it: one transposition in and one out, instead of two around each LSTM.

On the hold grid 2 or 3 steps see the same sample, but only the first product could be
shared between them: 1.2 % of `seed`, and ONNX's LSTM does it inside.
"""

from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from super_resolution.network import filterbank, onnx_network
from super_resolution.network.bits import BITS
from super_resolution.network.encodings import ENCODINGS
from super_resolution.network.grid import Grid
from super_resolution.network.presets import MAX_LOG_GATE, Preset

INPUT, OUTPUT = "bits", "fill"
OPSET, IR = 14, 8  # every ONNX Runtime since 1.10 reads them


@dataclass(frozen=True)
class Node:
    """One operator: ONNX's name for it, what it takes, what it gives."""

    op: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, int | str | tuple[int, ...]]


@dataclass(frozen=True)
class Graph:
    """A network's operators, in order.

    Parameters
    ----------
    width : int
        Numbers at a step of the input.
    nodes : list of Node
    constants : dict of ndarray, int64 or float32
        Shapes, the gather, and the filterbank.
    weights : dict of tuple
        The shapes of the float32 weights, by name.
    """

    width: int
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    weights: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def ends(self) -> dict[str, tuple[str | int, ...]]:
        """The shapes of input and output, by name; what has a name instead of a size is free."""
        return {INPUT: ("batch", "steps", self.width), OUTPUT: ("batch", "frames")}

    def add(self, op: str, *inputs: str, to: str, **attributes: int | str | tuple) -> str:
        """Add an operator and give its output's name."""
        self.nodes.append(Node(op, inputs, to, attributes))
        return to

    def constant(self, name: str, values: object) -> str:
        """Add a constant of whole numbers, or of floats, and give its name."""
        whole = np.asarray(values).dtype.kind == "i"
        self.constants[name] = np.array(values, np.int64 if whole else np.float32)
        return name

    def scalar(self, op: str, x: str, number: float, *, to: str) -> str:
        """Add an operator of `x` and one number."""
        return self.add(op, x, self.constant(f"{to}.by", float(number)), to=to)

    def reshape(self, x: str, shape: tuple[int, ...], *, to: str) -> str:
        """Change a shape; 0 keeps a size, -1 is what remains."""
        return self.add("Reshape", x, self.constant(f"{to}.shape", shape), to=to)

    def dense(
        self, x: str, width: int, units: int, *, to: str, relu: bool = False, bias: bool = True
    ) -> str:
        """Add a dense layer on the last axis."""
        self.weights[f"{to}.kernel"] = (width, units)
        x = self.add("MatMul", x, f"{to}.kernel", to=f"{to}.product" if bias or relu else to)
        if bias:
            self.weights[f"{to}.bias"] = (units,)
            x = self.add("Add", x, f"{to}.bias", to=f"{to}.sum" if relu else to)
        return self.add("Relu", x, to=to) if relu else x

    def bi_lstm(self, x: str, width: int, units: int, *, to: str) -> str:
        """Add a bidirectional LSTM: (T, B, width) -> (T, B, 2 * units)."""
        self.weights[f"{to}.W"] = (2, 4 * units, width)
        self.weights[f"{to}.R"] = (2, 4 * units, units)
        self.weights[f"{to}.B"] = (2, 8 * units)
        names = (x, f"{to}.W", f"{to}.R", f"{to}.B")
        x = self.add("LSTM", *names, to=f"{to}.y", direction="bidirectional", hidden_size=units)
        x = self.add("Transpose", x, to=f"{to}.sides", perm=(0, 2, 1, 3))  # (T, B, 2, units)
        return self.reshape(x, (0, 0, 2 * units), to=to)


def describe(preset: Preset, grid: Grid) -> Graph:
    """Describe a preset's network.

    Parameters
    ----------
    preset : Preset
    grid : Grid

    Returns
    -------
    Graph
        float32 `bits` (batch, steps, width of the encoding) -> float32 `fill`
        (batch, grid.frames_of(steps)), in units of the model's scale; any batch,
        any legal count of steps.
    """
    graph = Graph(ENCODINGS[preset.encoding])
    x, width = INPUT, graph.width * grid.hop
    if grid.hop > 1:
        x = graph.reshape(x, (0, -1, width), to="frames")
    x = frame = graph.add("Transpose", x, to="frame", perm=(1, 0, 2))  # (T, B, width)
    seen = width
    if preset.bands:
        energies = _band_energies(graph, preset, grid.hop)
        x = graph.add("Concat", x, energies, to="bits_and_bands", axis=2)
        seen += preset.bands
    layers = zip(preset.lstm_units, preset.dense_units, strict=True)
    for place, (lstm, dense) in enumerate(layers, start=1):
        x = graph.bi_lstm(x, seen, lstm, to=f"bi_lstm_{place}")
        x = graph.dense(x, 2 * lstm, dense, to=f"dense_{place}", relu=True)
        seen = dense
    if preset.gated:
        logs = graph.dense(x, seen, preset.last_units, to="gates")
        limited = graph.scalar("Min", logs, MAX_LOG_GATE, to="gates.limited")
        gates = graph.add("Exp", limited, to="gates.loudness")
        bias = not preset.centred
        sources = graph.dense(frame, width, preset.last_units, to="sources", bias=bias)
        x = graph.add("Mul", gates, sources, to="gated")
    else:
        x = graph.dense(x, seen, preset.last_units, to="dense_last", relu=True)
    x = graph.dense(x, preset.last_units, grid.outputs, to="output", bias=not preset.gated)
    x = graph.add("Transpose", x, to="slots", perm=(1, 0, 2))  # (B, T, outputs)
    if grid.outputs > 1:
        # the pattern of used outputs repeats, so one period of it serves windows of any length
        period = grid.step_multiple
        slots = period // grid.hop * grid.outputs
        x = graph.reshape(x, (0, -1, slots), to="periods")
        used = graph.constant("used", grid.gather_index(period))
        x = graph.add("Gather", x, used, to="gathered", axis=2)
    graph.reshape(x, (0, -1), to=OUTPUT)
    return graph


def _band_energies(graph: Graph, preset: Preset, hop: int) -> str:
    # (B, steps, width) -> (steps / hop, B, bands)
    bands = preset.bands
    x = graph.reshape(_samples(graph, preset), (0, -1, hop), to="samples")
    x = graph.add("Transpose", x, to="samples.last", perm=(0, 2, 1))
    filters = filterbank.design(hop, bands).transpose(2, 1, 0)
    margin = filterbank.FRAMES // 2
    name = graph.constant("filters", filters)
    x = graph.add("Conv", x, name, to="parts", pads=(margin, filterbank.FRAMES - 1 - margin))
    x = graph.add("Mul", x, x, to="squares")  # (B, 2 * bands, F)
    x = graph.reshape(x, (0, 2, bands, -1), to="pairs")
    x = graph.add("ReduceSum", x, graph.constant("pair", [1]), to="energies", keepdims=0)
    x = graph.scalar("Add", x, filterbank.FLOOR, to="energies.floor")
    x = graph.add("Log", x, to="logs")
    x = graph.scalar("Mul", x, filterbank.LOG_SCALE, to="logs.scaled")
    x = graph.scalar("Add", x, filterbank.LOG_OFFSET, to="logs.moved")
    return graph.add("Transpose", x, to="bands", perm=(2, 0, 1))


def _samples(graph: Graph, preset: Preset) -> str:
    # reads the samples, in [-1, 1), from what encodes them: (B, steps, width) -> (B, steps, 1)
    x = INPUT
    if preset.encoding.startswith("float"):
        value = np.eye(1, graph.width, dtype=np.float32).T
        return graph.add("MatMul", x, graph.constant("value", value), to="sample")
    if preset.encoding == "gray":
        if preset.signed:
            x = graph.scalar("Mul", x, 0.5, to="gray.half")
            x = graph.scalar("Add", x, 0.5, to="gray")
        # a bit of offset binary is the parity of the bits of the Gray code down to it
        down_to = np.triu(np.ones((BITS, BITS), np.float32))
        x = graph.add("MatMul", x, graph.constant("down_to", down_to), to="counts")
        x = graph.add("Mod", x, graph.constant("two", 2.0), to="plain", fmod=1)
    if preset.encoding == "gray" or not preset.signed:
        x = graph.scalar("Mul", x, 2.0, to="doubled")
        x = graph.scalar("Add", x, -1.0, to="signed")
    encoding = "offset" if preset.encoding == "gray" else preset.encoding
    weights = filterbank.bit_weights(encoding)[:, np.newaxis]
    return graph.add("MatMul", x, graph.constant("bit_weights", weights), to="sample")


def write_onnx(core: keras.Model, preset: Preset, grid: Grid, path: Path) -> None:
    """Write a network as ONNX; parameters as for `build`."""
    layers = {layer.name: layer.get_weights() for layer in core.layers}
    onnx_network.write(path, preset, grid, layers)


GATES = (0, 3, 1, 2)  # of Keras' i f c o, to give i o f c


def write(path: Path, preset: Preset, grid: Grid, layers: dict[str, list[np.ndarray]]) -> None:
    """Write a network.

    Parameters
    ----------
    path : Path
    preset : Preset
    grid : Grid
    layers : dict of list of ndarray, float32
        Each layer's weights by its name in `network.build`, as Keras' `get_weights`
        gives them.

    Raises
    ------
    ValueError
        If the weights do not fit the preset.
    """
    graph = describe(preset, grid)
    path.write_bytes(_model(graph, _named(layers)).SerializeToString())


def _named(layers: dict[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
    # Keras' weights by ONNX's names
    named = {}
    for name, weights in layers.items():
        if len(weights) == 6:
            forward, backward = _lstm(*weights[:3]), _lstm(*weights[3:])
            pairs = zip("WRB", forward, backward, strict=True)
            named |= {f"{name}.{kind}": np.stack(both) for kind, *both in pairs}
        elif weights:
            # some layers have no bias
            names = (f"{name}.kernel", f"{name}.bias")[: len(weights)]
            named |= dict(zip(names, weights, strict=True))
    return named


def _lstm(kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> list[np.ndarray]:
    # (inputs, 4 * units) -> (4 * units, inputs), the gates in ONNX's order
    w, r, b = (
        some.reshape(-1, 4, some.shape[-1] // 4)[:, GATES].reshape(some.shape).T
        for some in (kernel, recurrent, bias)
    )
    return [w, r, np.concatenate([b, np.zeros_like(b)])]


def _model(graph: Graph, weights: dict[str, np.ndarray]):
    from onnx import TensorProto, helper, numpy_helper

    shapes = {name: weight.shape for name, weight in weights.items()}
    if shapes != graph.weights:
        raise ValueError(f"weights are {shapes}, expected {graph.weights}")
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in graph.ends.items()
    ]
    held = {name: np.ascontiguousarray(weights[name], np.float32) for name in graph.weights}
    body = helper.make_graph(
        [
            helper.make_node(node.op, node.inputs, [node.output], **node.attributes)
            for node in graph.nodes
        ],
        "network",
        ends[:1],
        ends[1:],
        [numpy_helper.from_array(value, name) for name, value in (held | graph.constants).items()],
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(body, opset_imports=[opset], ir_version=IR, producer_name="")
