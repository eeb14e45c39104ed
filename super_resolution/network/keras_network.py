"""The networks of `architecture` in Keras: bits of low samples in, samples at the high rate out.

The author's CuDNNLSTM is LSTM today, which takes the cuDNN kernel by itself on a GPU, and his
TimeDistributed(Dense) is Dense: the same numbers, faster.
"""

from fractions import Fraction

import keras
import numpy as np

from super_resolution.network import architecture
from super_resolution.network.grid import Grid
from super_resolution.network.presets import ENCODINGS, NetworkConfig, Preset


class KerasOps:
    """The operations of `architecture` on Keras tensors, (B, time, features).

    Parameters
    ----------
    dropout : float
        Share of an LSTM's outputs that training sets to zero.
    zero_output : bool
        The layer `output` starts from weights of zero.
    """

    def __init__(self, *, dropout: float = 0.0, zero_output: bool = False) -> None:
        self._dropout, self._zero_output = dropout, zero_output

    def bi_lstm(self, x, name: str, units: int):
        """Run a bidirectional LSTM: (B, T, n) -> (B, T, 2 * units)."""
        recurrent = keras.layers.LSTM(units, return_sequences=True)
        x = keras.layers.Bidirectional(recurrent, name=name)(x)
        return keras.layers.Dropout(self._dropout)(x) if self._dropout else x

    def dense(self, x, name: str, units: int):
        """Run a linear dense layer on the features."""
        start = "zeros" if self._zero_output and name == "output" else "glorot_uniform"
        return keras.layers.Dense(units, kernel_initializer=start, name=name)(x)

    def matmul(self, x, matrix: np.ndarray):
        """Multiply the features with a matrix."""
        return keras.ops.matmul(x, matrix)

    def add(self, x, y):
        """Add a tensor or a number."""
        # on TensorFlow, Keras 3.15 takes a second operand (1, T, 1) for a bias of T features
        return keras.ops.add(y, x)

    def multiply(self, x, y):
        """Multiply by a tensor or a number."""
        return keras.ops.multiply(x, y)

    def columns(self, x, first: int, end: int):
        """Take some of the features."""
        return x[..., first:end]

    def concat(self, parts: list):
        """Join along the features."""
        return keras.ops.concatenate(parts, axis=-1)

    def regroup(self, x, width: int):
        """Reshape (B, n, m) to (B, n * m / width, width)."""
        return keras.ops.reshape(x, (-1, x.shape[1] * x.shape[2] // width, width))

    def flatten(self, x):
        """Reshape (B, n, m) to (B, n * m)."""
        return keras.ops.reshape(x, (-1, x.shape[1] * x.shape[2]))

    def shift(self, x, steps: int, *, zero: bool = False):
        """Delay by `steps`, or advance where negative; the edge is repeated, or zero."""
        edge = x[:, :steps] if steps > 0 else x[:, steps:]
        edge = edge * 0.0 if zero else edge
        parts = [edge, x[:, :-steps]] if steps > 0 else [x[:, -steps:], edge]
        return keras.ops.concatenate(parts, axis=1)

    def clip(self, x, most: float):
        """Limit to `most`."""
        return keras.ops.minimum(x, most)

    def relu(self, x):
        """Set negative values to zero."""
        return keras.ops.relu(x)

    def sigmoid(self, x):
        """Give 1 / (1 + exp(-x))."""
        return keras.ops.sigmoid(x)

    def absolute(self, x):
        """Drop the sign."""
        return keras.ops.abs(x)

    def exp(self, x):
        """Give e to the power of x."""
        return keras.ops.exp(x)

    def log(self, x):
        """Give the natural logarithm."""
        return keras.ops.log(x)


def build(config: NetworkConfig, steps: int) -> keras.Model:
    """Build the network for windows of `steps` steps.

    Parameters
    ----------
    config : NetworkConfig
    steps : int
        A legal number of the grid's steps. The weights do not depend on it.

    Returns
    -------
    keras.Model
        float32 (B, steps, width of the encoding) -> float32 (B, samples), in units of the
        model's scale.
    """
    inputs = keras.Input((steps, ENCODINGS[config.encoding]), name="bits")
    return keras.Model(inputs, architecture.network(KerasOps(), config, inputs), name="network")


def for_training(preset: Preset, steps: int, *, one_song: bool = False) -> keras.Model:
    """Build what is trained: of `hifi`, the part from features to envelopes.

    Parameters
    ----------
    preset : Preset
    steps : int
        Of `faithful`, steps of a window; of `hifi`, steps of its LSTM.
    one_song : bool
        Of `hifi`: add the power of rounding to the envelope, as that of the original has it, so
        that silence is learnt as silence; otherwise the envelope includes that power.

    Returns
    -------
    keras.Model
        The input and the output of `Batches.get`; its weights are those of `build`.
    """
    config = preset.network
    # an output of zero is plain resampling
    ops = KerasOps(dropout=preset.training.dropout, zero_output=config.target == "residual")
    if not config.restores_treble:
        inputs = keras.Input((steps, ENCODINGS[config.encoding]), name="bits")
        return keras.Model(inputs, architecture.network(ops, config, inputs), name="training")
    inputs = keras.Input((steps, architecture.FEATURES), name="features")
    envelope, noise = architecture.envelope_and_noise(ops, config, inputs)
    if one_song:
        envelope = architecture.with_rounding(ops, envelope)
    return keras.Model(inputs, ops.concat([envelope, noise]), name="training")


def of_preset(preset: Preset, ratio: Fraction) -> keras.Model:
    """Build a preset's network for its training window."""
    steps = preset.training.window * preset.training.segment
    return build(preset.network, Grid.of(preset.network, ratio).whole_steps(steps))


def get_weights(network: keras.Model) -> dict[str, np.ndarray]:
    """Give the weights of a network by the names of `saved_model.weight_shapes`."""
    return {
        f"{layer.name}.{part}": weights
        for layer in _trained(network)
        for part, weights in zip(_parts(layer), layer.get_weights(), strict=True)
    }


def set_weights(network: keras.Model, weights: dict[str, np.ndarray]) -> None:
    """Set the weights of a network, named as `get_weights` names them."""
    for layer in _trained(network):
        layer.set_weights([weights[f"{layer.name}.{part}"] for part in _parts(layer)])


def _trained(network: keras.Model) -> list[keras.Layer]:
    # a layer of dropout has a state of its own, that of its random numbers
    return [layer for layer in network.layers if layer.trainable_weights]


def _parts(layer: keras.Layer) -> list[str]:
    # in Keras' own order
    if isinstance(layer, keras.layers.Bidirectional):
        names = ("kernel", "recurrent_kernel", "bias")
        return [f"{side}.{name}" for side in ("forward", "backward") for name in names]
    return [variable.name for variable in layer.weights]


def summary(network: keras.Model) -> str:
    """Give a table of a network: its layers with weights, their outputs' shapes, their weights."""
    rows = [("layer", "output", "weights")]
    for layer in (network.layers[0], *_trained(network)):
        shape = " x ".join(str(size) for size in layer.output.shape[1:])
        rows.append((layer.name, shape, f"{layer.count_params():,}"))
    rows.append(("total", "", f"{network.count_params():,}"))
    return "\n".join(f"{name:<12}{shape:>14}{weights:>12}" for name, shape, weights in rows)
