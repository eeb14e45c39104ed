"""The Keras networks.

    bits (B, steps, 16) -> [Bi-LSTM -> Dense relu] x 2 -> Dense relu -> Dense linear
                        -> (B, steps, outputs) -> gather -> (B, frames, 1)

A preset may give the LSTM `hop` steps at once, as one frame. Where it is `gated`,
the last Dense but one says how loud each of its units is, and what sounds is the
frame's own bits:

    frame (16 * hop) -> Dense linear = sources ----------------------------+
    frame, filterbank -> [Bi-LSTM -> Dense relu] x 2 -> Dense exp = gates -x-> Dense

The lowest bits of music are noise already. A source of them needs only the right
loudness at the right time to be a cymbal, and that is easier to learn than noise.
With `bands`, the LSTM sees beside a frame's bits how loud its surroundings are.

With the preset `seed` this is the author's network of 2018. Two things have
other names now: his CuDNNLSTM is LSTM, which takes the cuDNN kernel by itself
on a GPU, and his TimeDistributed(Dense) is Dense, which acts on each step alone
(the same numbers, a third faster to train).
"""

from fractions import Fraction

import keras
import numpy as np

from super_resolution.audio.filters import residual_high_pass
from super_resolution.network import filterbank
from super_resolution.network.encodings import ENCODINGS
from super_resolution.network.grid import Grid
from super_resolution.network.presets import MAX_LOG_GATE, Preset


def build(preset: Preset, grid: Grid, steps: int) -> keras.Model:
    """Build the network for windows of `steps` steps.

    Parameters
    ----------
    preset : Preset
    grid : Grid
    steps : int
        A legal count of the grid's steps. The weights do not depend on it.

    Returns
    -------
    keras.Model
        float32 (B, steps, width of the encoding) -> float32 (B,
        grid.frames_of(steps), 1), in units of the model's scale.
    """
    layers = keras.layers
    width = ENCODINGS[preset.encoding]
    inputs = keras.Input((steps, width), name="bits")
    frame = inputs
    if grid.hop > 1:
        frame = layers.Reshape((steps // grid.hop, grid.hop * width), name="frame")(inputs)
    x = frame
    if preset.bands:
        energies = _band_energies(inputs, preset, grid.hop)
        x = layers.Concatenate(name="bits_and_bands")([frame, energies])
    for place, (lstm, dense) in enumerate(
        zip(preset.lstm_units, preset.dense_units, strict=True), start=1
    ):
        recurrent = layers.LSTM(lstm, return_sequences=True)
        x = layers.Bidirectional(recurrent, name=f"bi_lstm_{place}")(x)  # (B, steps, 2 * lstm)
        x = layers.Dense(dense, activation="relu", name=f"dense_{place}")(x)
    if preset.gated:
        gates = layers.Dense(preset.last_units, activation=_loudness, name="gates")(x)
        # a constant in here sounds once a frame, as lines at multiples of the frame rate;
        # bits of 0 and 1 have one already, which this one takes away
        sources = layers.Dense(preset.last_units, use_bias=not preset.centred, name="sources")
        x = layers.Multiply(name="gated")([gates, sources(frame)])
    else:
        x = layers.Dense(preset.last_units, activation="relu", name="dense_last")(x)
    last = {"use_bias": not preset.gated, "kernel_initializer": _start(preset)}
    x = layers.Dense(grid.outputs, **last, name="output")(x)
    if grid.outputs > 1:
        x = layers.Reshape((steps // grid.hop * grid.outputs,), name="slots")(x)
        x = keras.ops.take(x, grid.gather_index(steps), axis=1)  # (B, frames)
        x = layers.Reshape((-1, 1), name="frames")(x)
    return keras.Model(inputs, x, name=preset.name)


def _loudness(logs):
    # gates are learnt as logarithms, the ear's scale
    return keras.ops.exp(keras.ops.minimum(logs, MAX_LOG_GATE))


def _band_energies(inputs, preset: Preset, hop: int):
    # (B, steps, width) -> (B, steps / hop, bands)
    samples = keras.ops.reshape(_samples(inputs, preset), (-1, inputs.shape[1] // hop, hop))
    filters = filterbank.design(hop, preset.bands)
    parts = keras.ops.square(keras.ops.conv(samples, filters, padding="same"))
    energy = parts[..., : preset.bands] + parts[..., preset.bands :]
    logs = keras.ops.log(energy + filterbank.FLOOR)
    return logs * filterbank.LOG_SCALE + filterbank.LOG_OFFSET


def _samples(inputs, preset: Preset):
    # reads the samples, in [-1, 1), from what encodes them: (B, steps, width) -> (B, steps)
    if preset.encoding.startswith("float"):
        return inputs[..., 0]
    signed = inputs if preset.signed else inputs * 2.0 - 1.0
    if preset.encoding == "gray":
        # a bit of offset binary is the parity of the bits of the Gray code down to it
        signed = -keras.ops.cumprod(-signed, axis=-1)
    encoding = "offset" if preset.encoding == "gray" else preset.encoding
    return keras.ops.matmul(signed, filterbank.bit_weights(encoding))


def _start(preset: Preset) -> str:
    # a residual that starts from zero starts as plain resampling; but where nothing
    # sounds a spectral distance has no slope, so with it something must sound at first
    silent = preset.target == "residual" and preset.loss == "mae"
    return "zeros" if silent else "glorot_uniform"


def build_for_training(core: keras.Model, preset: Preset, *, sample_rate: int, low_rate: int):
    """Wrap a network so that it takes segments of consecutive windows.

    Parameters
    ----------
    core : keras.Model
        From `build`; its weights are shared.
    preset : Preset
    sample_rate, low_rate : int
        In Hz, for the high-pass.

    Returns
    -------
    keras.Model
        float32 (B, segment * steps, 16) -> float32 (B, segment * frames, 1): the
        windows are run one by one and joined, and the high-pass hears them joined.
    """
    # always another model than `core`: compiling it leaves the core without an optimizer
    if preset.segment == 1 and not preset.high_pass:
        return keras.Model(core.inputs, core.outputs, name=f"{preset.name}_training")
    (steps, width), frames = core.input_shape[1:], core.output_shape[1]
    inputs = keras.Input((preset.segment * steps, width), name="segment")
    x = keras.ops.reshape(inputs, (-1, steps, width))  # (B * segment, steps, 16)
    x = core(x)  # (B * segment, frames, 1)
    x = keras.ops.reshape(x, (-1, preset.segment * frames))
    if preset.high_pass:
        x = _filtered(x, residual_high_pass(sample_rate=sample_rate, low_rate=low_rate))
    x = keras.ops.reshape(x, (-1, preset.segment * frames, 1))
    return keras.Model(inputs, x, name=f"{preset.name}_segments")


def _filtered(signal, taps: np.ndarray):
    # (B, T) -> (B, T), aligned; by Fourier transforms, since a convolution with one channel
    # in and out takes a third of an update
    from scipy.fft import next_fast_len

    frames, delay = signal.shape[1], len(taps) // 2
    size = next_fast_len(frames + len(taps) - 1, real=True)
    # the taps are symmetric: around time 0 their response is real
    response = np.fft.rfft(np.roll(np.pad(taps, (0, size - len(taps))), -delay)).real
    response = response.astype(np.float32)
    padded = keras.ops.pad(signal, ((0, 0), (0, size - frames)))
    real, imaginary = keras.ops.rfft(padded)
    return keras.ops.irfft((real * response, imaginary * response), size)[:, :frames]


def of_preset(preset: Preset, ratio: Fraction) -> keras.Model:
    """Build a preset's network for its training window."""
    grid = Grid(preset.grid, ratio, preset.hop)
    return build(preset, grid, grid.whole_steps(preset.window))


def summary(network: keras.Model) -> str:
    """Give a table of a network: its layers, their outputs' shapes, their weights."""
    rows = [("layer", "output", "weights")]
    for layer in network.layers:
        shape = " x ".join(str(size) for size in layer.output.shape[1:])
        rows.append((layer.name, shape, f"{layer.count_params():,}"))
    rows.append(("total", "", f"{network.count_params():,}"))
    return "\n".join(f"{name:<12}{shape:>14}{weights:>12}" for name, shape, weights in rows)
