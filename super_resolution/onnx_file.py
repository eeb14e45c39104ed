"""Write a trained network as an ONNX file, which needs no Keras to run.

The weights are Keras' own numbers in the order that ONNX wants: its LSTM keeps its gates
as i o f c where Keras has i f c o, and has two biases where Keras has one.
"""

from pathlib import Path

import numpy as np

from super_resolution.grid import Grid
from super_resolution.onnx_graph import IR, OPSET, Graph, describe
from super_resolution.preset import Preset

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
