"""The network in Keras: bits of low samples in, samples at the high rate out.

    bits (B, steps, 16) -> [Bi-LSTM -> Dense relu] x 2 -> Dense relu -> Dense linear
                        -> (B, steps, outputs) -> gather -> (B, frames, 1)

This is the author's network (`faithful`). His CuDNNLSTM is LSTM today, which takes the cuDNN
kernel by itself on a GPU, and his TimeDistributed(Dense) is Dense: the same numbers, faster.

With `samples_per_frame` the LSTM sees several low samples at once, with `bands` also the
loudness of their surroundings, and where the network is `gated`, the last layers are

    frame (16 * samples_per_frame) -> Dense linear = sources ----------------+
    frame, bands -> [Bi-LSTM -> Dense relu] x 2 -> Dense exp = gates --------x-> Dense

The lowest bits of music are nearly white noise: learning a gain for them is easier than
learning to generate noise.
"""

from fractions import Fraction

import keras
import numpy as np

from super_resolution.network import filterbank
from super_resolution.network.config import ENCODINGS, MAX_LOG_GATE, NetworkConfig, Preset
from super_resolution.network.grid import Grid


def build(
    config: NetworkConfig, grid: Grid, steps: int, *, zero_output: bool = False
) -> keras.Model:
    """Build the network for windows of `steps` steps.

    Parameters
    ----------
    config : NetworkConfig
    grid : Grid
    steps : int
        A legal number of the grid's steps. The weights do not depend on it.
    zero_output : bool
        Start from an output of zero: a residual then starts as plain resampling.

    Returns
    -------
    keras.Model
        float32 (B, steps, width of the encoding) -> float32 (B,
        grid.samples_of_steps(steps), 1), in units of the model's scale.
    """
    layers = keras.layers
    width, per_frame = ENCODINGS[config.encoding], grid.samples_per_frame
    inputs = keras.Input((steps, width), name="bits")
    frame = inputs
    if per_frame > 1:
        frame = layers.Reshape((steps // per_frame, per_frame * width), name="frame")(inputs)
    x = frame
    if config.bands:
        x = layers.Concatenate(name="bits_and_bands")([frame, _band_energies(inputs, config, grid)])
    sizes = zip(config.lstm_units, config.dense_units, strict=True)
    for number, (lstm, dense) in enumerate(sizes, start=1):
        recurrent = layers.LSTM(lstm, return_sequences=True)
        x = layers.Bidirectional(recurrent, name=f"bi_lstm_{number}")(x)  # (B, frames, 2 * lstm)
        x = layers.Dense(dense, activation="relu", name=f"dense_{number}")(x)
    if config.gated:
        gates = layers.Dense(config.last_units, activation=_bounded_exp, name="gates")(x)
        # no constant in the source path: it would repeat once a frame, as lines at multiples
        # of the frame rate. The bias only takes away the mean that bits of 0 and 1 have.
        sources = layers.Dense(config.last_units, use_bias=not config.zero_mean, name="sources")
        x = layers.Multiply(name="gated")([gates, sources(frame)])
    else:
        x = layers.Dense(config.last_units, activation="relu", name="dense_last")(x)
    start = "zeros" if zero_output else "glorot_uniform"
    output = layers.Dense(
        grid.outputs, use_bias=not config.gated, kernel_initializer=start, name="output"
    )
    return keras.Model(inputs, _in_time_order(output(x), grid, steps), name="network")


def _in_time_order(x, grid: Grid, steps: int):
    # (B, frames, outputs) -> (B, samples, 1): drops the outputs that no high sample falls on
    if grid.outputs == 1:
        return x
    slots = steps // grid.samples_per_frame * grid.outputs
    x = keras.layers.Reshape((slots,), name="slots")(x)
    x = keras.ops.take(x, grid.gather_index(steps), axis=1)
    return keras.layers.Reshape((-1, 1), name="samples")(x)


def _bounded_exp(logs):
    return keras.ops.exp(keras.ops.minimum(logs, MAX_LOG_GATE))


def _band_energies(inputs, config: NetworkConfig, grid: Grid):
    # (B, steps, width) -> (B, frames, bands)
    per_frame = grid.samples_per_frame
    framed = (-1, inputs.shape[1] // per_frame, per_frame)
    samples = keras.ops.reshape(_samples(inputs, config), framed)
    filters = filterbank.design(per_frame, config.bands)
    parts = keras.ops.square(keras.ops.conv(samples, filters, padding="same"))
    energy = parts[..., : config.bands] + parts[..., config.bands :]
    logs = keras.ops.log(energy + filterbank.FLOOR)
    return logs * filterbank.LOG_SCALE + filterbank.LOG_OFFSET


def _samples(inputs, config: NetworkConfig):
    # decode the samples, in [-1, 1): (B, steps, width) -> (B, steps)
    if config.encoding.startswith("float"):
        return inputs[..., 0]
    signed = inputs if config.signed else inputs * 2.0 - 1.0
    if config.encoding == "gray":
        # a bit of offset binary is the parity of the Gray code's bits down to it
        signed = -keras.ops.cumprod(-signed, axis=-1)
    encoding = "offset" if config.encoding == "gray" else config.encoding
    return keras.ops.matmul(signed, filterbank.bit_weights(encoding))


def for_segments(core: keras.Model, segment: int, taps: np.ndarray | None) -> keras.Model:
    """Wrap a network for training on segments of consecutive windows.

    Parameters
    ----------
    core : keras.Model
        As `build` makes it; the wrapper shares its weights.
    segment : int
        Windows in a segment.
    taps : ndarray, float32, shape (odd,), or None
        Symmetric high-pass filter of the output.

    Returns
    -------
    keras.Model
        float32 (B, segment * steps, width) -> float32 (B, segment * frames, 1): the
        windows are run one by one, joined, and filtered as one signal.
    """
    # always another model than `core`: compiling it leaves the core without an optimizer
    if segment == 1 and taps is None:
        return keras.Model(core.inputs, core.outputs, name="training")
    (steps, width), frames = core.input_shape[1:], core.output_shape[1]
    inputs = keras.Input((segment * steps, width), name="segment")
    x = core(keras.ops.reshape(inputs, (-1, steps, width)))  # (B * segment, frames, 1)
    x = keras.ops.reshape(x, (-1, segment * frames))
    if taps is not None:
        x = _filtered(x, taps)
    return keras.Model(inputs, keras.ops.reshape(x, (-1, segment * frames, 1)), name="segments")


def _filtered(signal, taps: np.ndarray):
    # (B, T) -> (B, T), aligned. By FFT: a convolution with one channel in and out takes a
    # third of a training step.
    from scipy.fft import next_fast_len

    frames, delay = signal.shape[1], len(taps) // 2
    size = next_fast_len(frames + len(taps) - 1, real=True)
    # symmetric taps centred on time 0 have a real frequency response
    response = np.fft.rfft(np.roll(np.pad(taps, (0, size - len(taps))), -delay)).real
    response = response.astype(np.float32)
    padded = keras.ops.pad(signal, ((0, 0), (0, size - frames)))
    real, imaginary = keras.ops.rfft(padded)
    return keras.ops.irfft((real * response, imaginary * response), size)[:, :frames]


def of_preset(preset: Preset, ratio: Fraction) -> keras.Model:
    """Build a preset's network for its training window."""
    grid = Grid.of(preset.network, ratio)
    return build(preset.network, grid, grid.whole_steps(preset.training.window))


def get_weights(core: keras.Model) -> dict[str, np.ndarray]:
    """Give the weights of a network by the names of `saved_model.weight_shapes`."""
    return {
        f"{layer.name}.{part}": weights
        for layer in core.layers
        for part, weights in zip(_parts(layer), layer.get_weights(), strict=True)
    }


def set_weights(core: keras.Model, weights: dict[str, np.ndarray]) -> None:
    """Set the weights of a network, named as `get_weights` names them."""
    for layer in core.layers:
        layer.set_weights([weights[f"{layer.name}.{part}"] for part in _parts(layer)])


def _parts(layer: keras.Layer) -> list[str]:
    # in Keras' own order
    if isinstance(layer, keras.layers.Bidirectional):
        names = ("kernel", "recurrent_kernel", "bias")
        return [f"{side}.{name}" for side in ("forward", "backward") for name in names]
    return [variable.name for variable in layer.weights]


def summary(network: keras.Model) -> str:
    """Give a table of a network: its layers, their outputs' shapes, their weights."""
    rows = [("layer", "output", "weights")]
    for layer in network.layers:
        shape = " x ".join(str(size) for size in layer.output.shape[1:])
        rows.append((layer.name, shape, f"{layer.count_params():,}"))
    rows.append(("total", "", f"{network.count_params():,}"))
    return "\n".join(f"{name:<12}{shape:>14}{weights:>12}" for name, shape, weights in rows)
