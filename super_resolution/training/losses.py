"""The losses: MAE for `faithful`, the error of the envelope for `hifi`.

MAE alone cannot be heard: its optimum is the median, and the median of a waveform of unknown
sign is silence. So `hifi` learns no waveform but the logarithm of its power in patches of 10 ms
by 750 Hz, by mean square, and how much of it is noise. Bands that a codec cut off the original
count little or nothing. Only `keras.ops`, so every backend runs them.
"""

from collections.abc import Callable

import keras
from keras import ops

from super_resolution.network.filterbank import BANDS
from super_resolution.network.presets import NetworkConfig

NOISE_LOSS = 0.5  # weight of the cross-entropy of the shares of noise
TINY = 1e-6


def make(network: NetworkConfig) -> Callable:
    """Give the loss of a network: (y_true, y_pred) -> scalar."""
    return envelope_loss if network.restores_treble else mae


def make_metric(network: NetworkConfig, scale: float) -> keras.metrics.Metric:
    """Give what is reported beside the loss: MAE in LSB, or the envelope's error in dB."""
    if network.restores_treble:
        return keras.metrics.MeanMetricWrapper(envelope_error, name="error")
    return keras.metrics.MeanMetricWrapper(lambda t, p: mae(t, p) * scale, name="error")


def unit(network: NetworkConfig) -> str:
    """Name what the metric is, and its unit."""
    return "envelope {:.2f} dB" if network.restores_treble else "MAE {:.1f} LSB"


def mae(y_true, y_pred):
    """Give the mean absolute error, in units of the scale; tensors of shape (B, samples)."""
    return ops.mean(ops.abs(y_true - y_pred))


def envelope_loss(y_true, y_pred):
    """Give the mean square difference of log10 powers, and the cross-entropy of the noise.

    Parameters
    ----------
    y_true : tensor, shape (B, T, 60)
        Log10 powers, shares of noise and the weights of 20 bands each.
    y_pred : tensor, shape (B, T, 40)
        Log10 powers and the logits of the shares of noise.
    """
    noise, logits = y_true[..., BANDS : 2 * BANDS], y_pred[..., BANDS:]
    entropy = ops.softplus(logits) - noise * logits
    weights = y_true[..., 2 * BANDS :]
    noise_loss = ops.sum(entropy * weights) / (ops.sum(weights) + TINY)
    return _mean_square(y_true, y_pred) + NOISE_LOSS * noise_loss


def envelope_error(y_true, y_pred):
    """Give the root mean square difference of the envelopes, in dB."""
    return 10 * ops.sqrt(_mean_square(y_true, y_pred))


def _mean_square(y_true, y_pred):
    weights = y_true[..., 2 * BANDS :]
    squares = ops.square(y_pred[..., :BANDS] - y_true[..., :BANDS]) * weights
    return ops.sum(squares) / (ops.sum(weights) + TINY)
