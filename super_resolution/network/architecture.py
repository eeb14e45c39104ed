"""The networks, layer by layer, as operations that Keras and ONNX both have.

faithful    bits (B, steps, 16) -> [Bi-LSTM -> Dense relu] x 2 -> Dense relu -> Dense 1

hifi        bits (B, steps, 16) -> samples
              -> log energies in bands, windows of 34 ms and of 8.5 ms, and
                   flatness in bands: what is noise, what are tones            (B, K, 108)
              -> Bi-LSTM -> Dense relu -> Dense: at 100 steps a second
                   20 log energies above 7.2 kHz = the envelope, 20 shares of noise
              -> three carriers, as spectra at 300 frames a second             (B, F, 200)
                   |x| of the low band, its top bins copied upwards, noise of the lowest bits;
                   each whitened in bands, then given its share of the envelope
              -> overlap-add                                                   (B, samples)

An operation is a method of `ops`: `keras_network.KerasOps` or `onnx_network.OnnxOps`. Tensors are
(B, time, features). The fixed matrices are those of `filterbank`.
"""

import math
from itertools import zip_longest

import numpy as np

from super_resolution.network import filterbank as t
from super_resolution.network.presets import NetworkConfig

LN10 = math.log(10)
ROUNDING_POWER = 1 / 12 / 32768**2  # of rounding to 16 bits, for samples in [-1, 1)
TINY = 1e-15
ENERGIES = t.LONG_BANDS + t.FRAMES * t.SHORT_BANDS  # in a step
FEATURES = ENERGIES + t.FLATNESS_BANDS
LOUDNESS = slice(32, 48)  # bands of the long window, 5 to 7.5 kHz: the envelope is relative to them
# bring energies to about -1 to 1, and flatness to 0.5 for noise and 1 to 4 for tones
FEATURE_SCALE, LEVEL_SCALE, LEVEL_OFFSET, FLATNESS_SCALE = 0.5, 0.4, 3.0, 2.0
MAX_LOG_GAIN = 12.0  # log10 of a power: no gain reaches infinity
CARRIER_SCALE = 0.5  # of |x|
# log10 of a power, 1 dB: what is learnt is the mean of logarithms, which lies below the logarithm
# of the mean. More would be nearer to the level on average, and further in the LSD of each song.
MEAN_OF_LOGS = 0.1
NOISE_CONTRAST = 1.75  # of the shares of noise, which learning draws to their mean


def network(ops, config: NetworkConfig, bits):
    """Give the output, (B, samples), of the network that a config describes."""
    return {"faithful": faithful, "hifi": hifi}[config.architecture](ops, config, bits)


def layers(config: NetworkConfig) -> list[tuple[int, int]]:
    """Give the units of each bidirectional LSTM, or 0, and of the dense layer after it."""
    return list(zip_longest(config.lstm_units, config.dense_units, fillvalue=0))


def faithful(ops, config: NetworkConfig, bits):
    """Give the output, (B, steps), of the author's network."""
    x = _recurrent(ops, config, bits)
    return ops.flatten(ops.dense(x, "output", 1))


def hifi(ops, config: NetworkConfig, bits):
    """Give the residual, (B, samples), of the network with audible treble."""
    weights = t.sample_weights()[:, np.newaxis]
    samples = ops.add(ops.matmul(bits, weights), -1.0)  # (B, steps, 1)
    envelope, noise = envelope_and_noise(ops, config, features(ops, samples))
    envelope = _per_frame(ops, ops.add(envelope, MEAN_OF_LOGS))
    noise = ops.sigmoid(ops.multiply(_per_frame(ops, noise), NOISE_CONTRAST))
    tonal = ops.add(ops.multiply(noise, -1.0), 1.0)
    carriers = (
        # the purer the tones, the more of them come from the copy: |x| blurs lines
        (_rectified(ops, samples), ops.multiply(tonal, noise)),
        (_copied(ops, samples), ops.multiply(tonal, tonal)),
        # frames of independent noise overlap to half the power
        (_lowest_bits(ops, bits), ops.multiply(noise, 2.0)),
    )
    parts = [_shaped(ops, z, envelope, share) for z, share in carriers]
    return _overlap_add(ops, ops.add(ops.add(parts[0], parts[1]), parts[2]))


def features(ops, samples):
    """Give what the LSTM sees of the low version: (B, 150 K, 1) -> (B, K, 108).

    The log10 energies of 48 bands of the long window, then of 16 bands of the short one at three
    times, then the flatness of 12 bands of the long one: log10 of the mean power of its bins
    minus the mean of their log10, 0.25 for noise, more for tones and 0 for silence.
    """
    long = _powers(ops, samples, t.LONG, stride=t.STEP, centre=t.LOW_HOP)
    short = _powers(ops, samples, t.SHORT, stride=t.LOW_HOP, centre=0)
    energies = _log_means(ops, long, t.LONG, t.LONG_BANDS)
    brief = ops.regroup(_log_means(ops, short, t.SHORT, t.SHORT_BANDS), t.FRAMES * t.SHORT_BANDS)
    means = t.band_means(t.band_edges(t.LONG, t.FLATNESS_BANDS))
    logs = ops.matmul(_log10(ops, ops.add(long, ROUNDING_POWER)), -means)
    flatness = ops.add(_log_means(ops, long, t.LONG, t.FLATNESS_BANDS), logs)
    return ops.concat([energies, brief, flatness])


def treble_spectrum(ops, residual):
    """Give the spectra, (B, F, 200), of 147 F high samples (B, 147 F, 1): the bins of carriers."""
    bins = np.arange(t.FIRST_BIN, t.FIRST_BIN + t.BINS)
    kernel = t.fourier(t.sine(2 * t.HIGH_HOP), bins)
    return frames(ops, residual, kernel, t.HIGH_HOP, before=t.HIGH_HOP)


def envelope_and_noise(ops, config: NetworkConfig, inputs):
    """Give log10 powers and noise logits of the treble's bands, both (B, K, 20), of features."""
    count = LOUDNESS.stop - LOUDNESS.start
    mean = np.full((count, 1), 1 / count, np.float32)
    level = ops.matmul(ops.columns(inputs, LOUDNESS.start, LOUDNESS.stop), mean)
    relative = ops.add(ops.columns(inputs, 0, ENERGIES), ops.multiply(level, -1.0))
    loudness = ops.add(ops.multiply(level, LEVEL_SCALE), LEVEL_OFFSET)
    flatness = ops.multiply(ops.columns(inputs, ENERGIES, FEATURES), FLATNESS_SCALE)
    x = ops.concat([ops.multiply(relative, FEATURE_SCALE), loudness, flatness])
    x = _recurrent(ops, config, x)
    x = ops.dense(x, "envelope", 2 * t.BANDS)
    envelope = ops.add(ops.columns(x, 0, t.BANDS), level)
    return envelope, ops.columns(x, t.BANDS, 2 * t.BANDS)


def with_rounding(ops, envelope):
    """Add the power of rounding to log10 powers, as those that are learnt from have it."""
    power = ops.exp(ops.multiply(ops.clip(envelope, MAX_LOG_GAIN), LN10))
    return _log10(ops, ops.add(power, ROUNDING_POWER))


def _recurrent(ops, config: NetworkConfig, x):
    for number, (lstm, dense) in enumerate(layers(config), start=1):
        if lstm:
            x = ops.bi_lstm(x, f"bi_lstm_{number}", lstm)
        x = ops.relu(ops.dense(x, f"dense_{number}", dense))
    return x


def _powers(ops, samples, size: int, *, stride: int, centre: int):
    # of the bins from 1 to that below the low Nyquist frequency
    window, count = t.hann(size), size // 2 - 1
    kernel = t.fourier(window / np.sqrt(np.sum(window**2)), np.arange(1, size // 2))
    spectrum = frames(ops, samples, kernel, stride, before=size // 2 - centre)
    squares = ops.multiply(spectrum, spectrum)
    return ops.add(ops.columns(squares, 0, count), ops.columns(squares, count, 2 * count))


def _log_means(ops, powers, size: int, bands: int):
    power = ops.matmul(powers, t.band_means(t.band_edges(size, bands)))
    return _log10(ops, ops.add(power, ROUNDING_POWER))


def _log10(ops, x):
    return ops.multiply(ops.log(x), 1 / LN10)


def frames(ops, x, kernel: np.ndarray, stride: int, *, before: int):
    """Multiply overlapping frames with a matrix: (B, stride * n, 1) -> (B, n, outputs).

    Frame k begins at `k * stride - before`; outside, the signal is zero. As blocks of the stride,
    side by side, it is one matrix product.

    Parameters
    ----------
    x : tensor
    kernel : ndarray, float32, shape (frame, outputs)
    stride, before : int
    """
    blocks_before = -(-before // stride)
    start = blocks_before * stride - before
    count = -(-(start + len(kernel)) // stride)
    matrix = np.pad(kernel, ((start, count * stride - start - len(kernel)), (0, 0)))
    blocks = ops.regroup(x, stride)
    shifts = [blocks_before - number for number in range(count)]
    parts = [ops.shift(blocks, steps, zero=True) if steps else blocks for steps in shifts]
    return ops.matmul(ops.concat(parts), matrix)


def _per_frame(ops, x):
    # (B, K, n) -> (B, 3 K, n): a step is its middle frame, the others lie between two steps
    before, after = ops.shift(x, 1), ops.shift(x, -1)
    third, most = 1 / 3, 2 / 3
    first = ops.add(ops.multiply(x, most), ops.multiply(before, third))
    last = ops.add(ops.multiply(x, most), ops.multiply(after, third))
    return ops.regroup(ops.concat([first, x, last]), t.BANDS)


def _rectified(ops, samples):
    # |x| at 88.2 kHz has the harmonics of what the low band holds
    high = ops.absolute(frames(ops, samples, t.interpolation(), t.LOW_HOP, before=t.REACH))
    bins = np.arange(t.FIRST_BIN, t.FIRST_BIN + t.BINS)
    kernel = t.fourier(t.sine(4 * t.HIGH_HOP), bins) * np.float32(CARRIER_SCALE)
    return frames(ops, ops.regroup(high, 1), kernel, 2 * t.HIGH_HOP, before=2 * t.HIGH_HOP)


def _copied(ops, samples):
    # a shift by a multiple of 300 Hz, the frame rate, turns no phase from frame to frame
    bins = np.arange(t.FIRST_BIN - t.COPIED_BINS, t.FIRST_BIN)
    kernel = t.fourier(t.sine(2 * t.LOW_HOP), bins)
    real, imaginary = np.split(kernel, 2, axis=1)
    times = -(-t.BINS // t.COPIED_BINS)
    tiled = [np.tile(part, (1, times))[:, : t.BINS] for part in (real, imaginary)]
    return frames(ops, samples, np.concatenate(tiled, axis=1), t.LOW_HOP, before=t.LOW_HOP)


def _lowest_bits(ops, bits):
    lowest = ops.add(ops.multiply(ops.columns(bits, 16 - t.NOISE_BITS, 16), 2.0), -1.0)
    return ops.matmul(ops.regroup(lowest, t.LOW_HOP * t.NOISE_BITS), t.noise_mix())


def _shaped(ops, z, envelope, share):
    # whiten z in bands, then give it its share of the envelope
    power = ops.matmul(ops.multiply(z, z), t.bands_of_bins())
    share = ops.multiply(ops.log(ops.add(share, 1e-6)), 1 / LN10)
    own = ops.multiply(ops.log(ops.add(power, TINY)), -1 / LN10)
    logs = ops.matmul(ops.add(ops.add(envelope, share), own), t.bins_of_bands())
    gain = ops.exp(ops.multiply(ops.clip(logs, MAX_LOG_GAIN), LN10 / 2))
    return ops.multiply(z, gain)


def _overlap_add(ops, z):
    frames = ops.matmul(z, t.synthesis())
    first = ops.columns(frames, 0, t.HIGH_HOP)
    last = ops.columns(frames, t.HIGH_HOP, 2 * t.HIGH_HOP)
    # frame f covers high samples from 147 (f - 1) to 147 (f + 1)
    return ops.flatten(ops.add(last, ops.shift(first, -1, zero=True)))
