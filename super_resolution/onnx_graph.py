"""The network as an ONNX graph, in words: its operators, its constants, its weights' shapes.

    bits (batch, steps, width) -> time first -> [LSTM -> MatMul Add Relu] x 2 -> ... MatMul Add
                               -> batch first -> gather -> fill (batch, frames)
                  -> MatMul Conv ... Log = filterbank, beside the bits

It follows `network.build` operator by operator. `onnx_file` writes it with weights;
`onnx_check` lets no other graph pass. Batch and steps are free. Time comes first inside,
as the LSTM wants it: one transposition in and one out, instead of two around each LSTM.

On the hold grid 2 or 3 steps see the same sample, but only the first product could be
shared between them: 1.2 % of `seed`, and ONNX's LSTM does it inside.
"""

from dataclasses import dataclass, field

import numpy as np

from super_resolution import filterbank
from super_resolution.encodings import ENCODINGS
from super_resolution.grid import Grid
from super_resolution.presets import MAX_LOG_GATE, Preset

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
        Shapes, the gather, the filterbank.
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
        """Add a constant, of whole numbers or of float32, and give its name."""
        array = np.asarray(values)
        kind = np.float32 if array.dtype.kind == "f" else np.int64
        self.constants[name] = array.astype(kind)
        return name

    def reshape(self, x: str, shape: tuple[int, ...], *, to: str) -> str:
        """Change a shape; 0 keeps a size, -1 is what remains."""
        return self.add("Reshape", x, self.constant(f"{to}.shape", shape), to=to)

    def dense(self, x: str, width: int, units: int, *, to: str, relu: bool = False) -> str:
        """Add a dense layer on the last axis."""
        self.weights[f"{to}.kernel"] = (width, units)
        self.weights[f"{to}.bias"] = (units,)
        product = self.add("MatMul", x, f"{to}.kernel", to=f"{to}.product")
        x = self.add("Add", product, f"{to}.bias", to=f"{to}.sum" if relu else to)
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
        x = graph.add("Concat", x, _band_energies(graph, preset, grid.hop), to="seen", axis=2)
        seen += preset.bands
    layers = zip(preset.lstm_units, preset.dense_units, strict=True)
    for place, (lstm, dense) in enumerate(layers, start=1):
        x = graph.bi_lstm(x, seen, lstm, to=f"bi_lstm_{place}")
        x = graph.dense(x, 2 * lstm, dense, to=f"dense_{place}", relu=True)
        seen = dense
    if preset.gated:
        loudness = graph.dense(x, seen, preset.last_units, to="gates")
        limit = graph.constant("gates.limit", MAX_LOG_GATE)
        gates = graph.add("Exp", graph.add("Min", loudness, limit, to="gates.low"), to="gates.exp")
        sources = graph.dense(frame, width, preset.last_units, to="sources")
        x = graph.add("Mul", gates, sources, to="gated")
    else:
        x = graph.dense(x, seen, preset.last_units, to="dense_last", relu=True)
    x = graph.dense(x, preset.last_units, grid.outputs, to="output")
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


def suits(preset: Preset) -> bool:
    """Tell whether a preset's network has a graph: all but the filterbank of Gray code."""
    return not (preset.bands and preset.encoding == "gray")


def _band_energies(graph: Graph, preset: Preset, hop: int) -> str:
    # bits -> (T, B, bands), as `network._band_energies`
    samples = _samples(graph, preset)
    filters = filterbank.design(hop, preset.bands)
    kernel = graph.constant("filters", filters.reshape(-1, 1, 2 * preset.bands).transpose(2, 1, 0))
    sides = filterbank.FRAMES // 2 * hop
    x = graph.add("Conv", samples, kernel, to="parts", strides=(hop,), pads=(sides, sides))
    x = graph.add("Mul", x, x, to="squares")  # (B, 2 * bands, T)
    x = graph.reshape(x, (0, 2, preset.bands, -1), to="pairs")
    x = graph.add("ReduceSum", x, graph.constant("pairs.axis", [1]), to="energies", keepdims=0)
    x = graph.add("Add", x, graph.constant("floor", filterbank.FLOOR), to="floored")
    x = graph.add("Log", x, to="logs")
    x = graph.add("Mul", x, graph.constant("logs.scale", filterbank.LOG_SCALE), to="scaled")
    x = graph.add("Add", x, graph.constant("logs.offset", filterbank.LOG_OFFSET), to="levels")
    return graph.add("Transpose", x, to="bands", perm=(2, 0, 1))


def _samples(graph: Graph, preset: Preset) -> str:
    # bits -> (B, 1, steps)
    if preset.encoding.startswith("float"):
        first = graph.constant("value", [0])
        x = graph.add("Gather", INPUT, first, to="values", axis=2)
    else:
        weights = filterbank.bit_weights(preset.encoding)[:, np.newaxis]
        if preset.signed:
            x = graph.add("MatMul", INPUT, graph.constant("bit_weights", weights), to="values")
        else:
            x = graph.add("MatMul", INPUT, graph.constant("bit_weights", 2 * weights), to="sum")
            x = graph.add("Sub", x, graph.constant("half", weights.sum()), to="values")
    return graph.reshape(x, (0, 1, -1), to="samples")
