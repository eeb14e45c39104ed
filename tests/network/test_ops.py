"""The operations of the networks: Keras and ONNX give what numpy gives."""

import keras
import numpy as np
import onnxruntime
import pytest
from helpers import frames_of

from super_resolution.dataset.envelopes import NumpyOps
from super_resolution.engines import onnx_file
from super_resolution.network.architecture import frames
from super_resolution.network.keras_network import KerasOps
from super_resolution.network.onnx_network import INPUT, OUTPUT, Graph, OnnxOps

X = np.random.default_rng(0).normal(size=(2, 6, 4)).astype(np.float32)  # (B, T, n)
MATRIX = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
FRAME = np.random.default_rng(2).normal(size=(9, 5)).astype(np.float32)


def framed(before: int) -> np.ndarray:
    # (2, 24, 1) -> (2, 8, 5)
    return np.array([frames_of(row, FRAME, 3, before=before) for row in X.reshape(2, -1)])


# name: what an operation is asked for, and what numpy gives
CALLS = {
    "matmul": (lambda ops, x: ops.matmul(x, MATRIX), X @ MATRIX),
    "add": (lambda ops, x: ops.add(x, x), 2 * X),
    "add a number": (lambda ops, x: ops.add(x, -1.5), X - 1.5),
    "multiply": (lambda ops, x: ops.multiply(x, x), X**2),
    "multiply by a number": (lambda ops, x: ops.multiply(x, 3.0), 3 * X),
    "columns": (lambda ops, x: ops.columns(x, 1, 3), X[..., 1:3]),
    "concat": (lambda ops, x: ops.concat([x, ops.relu(x)]), np.concatenate([X, X * (X > 0)], -1)),
    "regroup": (lambda ops, x: ops.regroup(x, 3), X.reshape(2, 8, 3)),
    "delay": (lambda ops, x: ops.shift(x, 1), X[:, [0, 0, 1, 2, 3, 4]]),
    "advance": (lambda ops, x: ops.shift(x, -1), X[:, [1, 2, 3, 4, 5, 5]]),
    "delay, zero edge": (
        lambda ops, x: ops.shift(x, 1, zero=True),
        np.pad(X, ((0, 0), (1, 0), (0, 0)))[:, :-1],
    ),
    "advance, zero edge": (
        lambda ops, x: ops.shift(x, -1, zero=True),
        np.pad(X, ((0, 0), (0, 1), (0, 0)))[:, 1:],
    ),
    "clip": (lambda ops, x: ops.clip(x, 0.25), np.minimum(X, 0.25)),
    "relu": (lambda ops, x: ops.relu(x), np.maximum(X, 0)),
    "sigmoid": (lambda ops, x: ops.sigmoid(x), 1 / (1 + np.exp(-X))),
    "absolute": (lambda ops, x: ops.absolute(x), np.abs(X)),
    "exp": (lambda ops, x: ops.exp(x), np.exp(X)),
    "log": (lambda ops, x: ops.log(ops.absolute(x)), np.log(np.abs(X))),
    **{
        f"frames from {-before} on": (
            lambda ops, x, before=before: frames(ops, ops.regroup(x, 1), FRAME, 3, before=before),
            framed(before),
        )
        for before in (0, 2, 6)
    },
}


@pytest.mark.parametrize("name", CALLS)
def test_keras_gives_what_numpy_gives(name):
    call, expected = CALLS[name]
    inputs = keras.Input(X.shape[1:])
    given = keras.Model(inputs, call(KerasOps(), inputs)).predict_on_batch(X)
    assert given.shape == expected.shape
    assert np.allclose(given, expected, atol=1e-5)


@pytest.mark.parametrize("name", CALLS)
def test_onnx_gives_what_numpy_gives(name):
    call, expected = CALLS[name]
    graph = Graph(X.shape[2])
    ops = OnnxOps(graph, {})
    # the output of a file has the shape (batch, frames)
    graph.add("Identity", ops.flatten(call(ops, INPUT)), to=OUTPUT)
    session = onnxruntime.InferenceSession(onnx_file.to_bytes(graph))
    (given,) = session.run(None, {INPUT: X})
    assert np.allclose(given, expected.reshape(2, -1), atol=1e-5)


@pytest.mark.parametrize("name", ["matmul", "add", "multiply", "regroup", "frames from -2 on"])
def test_the_features_of_training_are_made_with_the_same_operations(name):
    call, expected = CALLS[name]
    given = call(NumpyOps(), X[:1])
    assert given.shape == expected[:1].shape
    assert np.allclose(given, expected[:1], atol=1e-5)
