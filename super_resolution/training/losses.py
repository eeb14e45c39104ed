"""The losses: MAE, and MAE with a multi-resolution STFT.

With MAE alone the added band stays silent: the optimum is the median, and the median of a
waveform of unknown sign is 0. The spectral terms compare magnitudes in time and frequency and
ignore the phase. The log-spectral distance (LSD) weighs quiet frames like loud ones, but its
minimum is biased low, since E[log P] < log E[P]; so a second term compares envelopes, smoothed
over patches. The last term penalises power that is periodic at the frame rate, which is heard
as buzz.

`y_true` (B, T, 2) holds the target and the base that is added to it, `y_pred` (B, T, 1) the
network's output, both in units of `scale` LSB. The losses use `keras.ops` only, so they run
on every backend.
"""

import math
from collections.abc import Callable
from fractions import Fraction

import keras
import numpy as np
from keras import ops

from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.network.config import Preset
from super_resolution.network.grid import Grid

FFT_SIZES = (256, 512, 1024, 2048)  # samples; the hop is a quarter
LOWEST = 0.9067  # of the low Nyquist frequency, 6.8 kHz at 15 kHz: lower bins are not compared
ENVELOPE_FFT = 512  # samples
ENVELOPE_PATCH = (4, 8)  # frames and bins: 12 ms by 690 Hz at 44.1 kHz
ROUNDING_ERROR = 0.25  # LSB: the mean absolute error of rounding
TINY = 1e-7  # keeps square roots and divisions finite


def make(preset: Preset, *, sample_rate: int, low_rate: int, scale: float) -> Callable:
    """Give the loss of a preset.

    Parameters
    ----------
    preset : Preset
    sample_rate, low_rate : int
        In Hz.
    scale : float
        LSB for each unit of the network's output.

    Returns
    -------
    callable
        (y_true, y_pred) -> scalar.
    """
    if preset.training.loss == "mae":
        return mae
    mae_weight, lsd_weight, envelope_weight, modulation_weight = preset.training.loss_weights
    grid = Grid.of(preset.network, Fraction(sample_rate, low_rate))
    period = grid.samples_of_steps(grid.step_multiple)
    lowest = LOWEST * low_rate / sample_rate  # of the Nyquist frequency

    def mae_and_stft(y_true, y_pred):
        """Mean absolute error relative to that of the base, and the spectral terms."""
        # in silence, where the base has no error, relative to the error of rounding
        base_error = ops.mean(ops.abs(y_true[..., 0])) + ROUNDING_ERROR / scale
        total = mae_weight * mae(y_true, y_pred) / base_error
        for fft_size in FFT_SIZES:
            powers = power_spectra(y_true, y_pred, fft_size, lowest, scale)
            total += lsd_weight / len(FFT_SIZES) * log_spectral_distance(*powers)
            if fft_size == ENVELOPE_FFT and envelope_weight:
                total += envelope_weight * envelope_distance(*powers)
        return total + modulation_weight * frame_rate_modulation(y_pred, period)

    return mae_and_stft


def mae(y_true, y_pred):
    """Give the mean absolute error, in units of `scale` LSB."""
    return ops.mean(ops.abs(y_true[..., 0] - y_pred[..., 0]))


def power_spectra(y_true, y_pred, fft_size: int, lowest: float, scale: float) -> tuple:
    """Give the power spectra of the original and of the upsampled signal, base + output.

    Parameters
    ----------
    y_true, y_pred : tensors, shapes (B, T, 2) and (B, T, 1)
    fft_size : int
        Samples.
    lowest : float
        The lowest bin, as a share of the Nyquist frequency.
    scale : float
        LSB for each unit of the signals.

    Returns
    -------
    target, predicted : tensors, shape (B, frames, bins from `lowest` on)
        The power of the 16-bit rounding noise is added to both, so that inaudible
        differences do not count.
    """
    window_power = 3 / 8 * fft_size  # sum of the squared Hann window
    floor = ROUNDING_POWER * window_power / scale**2
    target = _power(y_true[..., 0] + y_true[..., 1], fft_size, lowest) + floor
    predicted = _power(y_pred[..., 0] + y_true[..., 1], fft_size, lowest) + floor
    return target, predicted


def log_spectral_distance(target, predicted):
    """Give the root mean square over bins of the difference of log10 powers, mean over frames."""
    difference = (ops.log(predicted) - ops.log(target)) / math.log(10)
    # the square root has no gradient at 0
    return ops.mean(ops.sqrt(ops.mean(ops.square(difference), axis=-1) + TINY))


def envelope_distance(target, predicted):
    """Give the mean over segments of log(1 + spectral convergence of the envelopes).

    An envelope is the root of the mean power in patches of `ENVELOPE_PATCH`. Spectral
    convergence is the norm of the difference over the norm of the target (Arik et al., "Fast
    spectrogram inversion using multi-head convolutional neural networks", 2018). It is taken
    for each segment, so that a quiet segment counts as much as a loud one.
    """
    target, predicted = _envelope(target), _envelope(predicted)
    squares = ops.sum(ops.square(predicted - target), axis=(1, 2, 3))
    ratio = ops.sqrt((squares + TINY) / (ops.sum(ops.square(target), axis=(1, 2, 3)) + TINY))
    return ops.mean(ops.log1p(ratio))


def frame_rate_modulation(y_pred, period: int):
    """Give the modulation of the power within a frame: its standard deviation over its mean.

    The network computes each position in a frame with its own weights. Noise in bursts, one in
    each frame, would fit all the spectra above, but is heard as buzz.

    Parameters
    ----------
    y_pred : tensor, shape (B, T, 1)
    period : int
        Samples after which the positions in the frame repeat.
    """
    length = y_pred.shape[1] // period * period
    power = ops.square(y_pred[:, :length, 0])
    power = power / (ops.mean(power, axis=1, keepdims=True) + TINY)
    positions = ops.mean(ops.reshape(power, (-1, period)), axis=0)  # (period,)
    return ops.sqrt(ops.mean(ops.square(positions - ops.mean(positions))) + TINY)


def _envelope(power):
    # (B, frames, bins) -> (B, about frames / 2, about bins / 4, 1): patches overlap by half
    strides = tuple(size // 2 for size in ENVELOPE_PATCH)
    return ops.sqrt(ops.average_pool(power[..., None], ENVELOPE_PATCH, strides, padding="valid"))


def _power(signal, fft_size: int, lowest: float):
    # (B, T) -> (B, frames, bins from `lowest` on)
    real, imaginary = ops.stft(
        signal, fft_size, fft_size // 4, fft_size, window="hann", center=False
    )
    first = int(np.ceil(lowest * fft_size / 2))
    return ops.square(real[..., first:]) + ops.square(imaginary[..., first:])


@keras.saving.register_keras_serializable("super_resolution")
class MaeLsb(keras.metrics.MeanMetricWrapper):
    """The mean absolute error in 16-bit LSB, the same for all losses."""

    def __init__(self, scale: float, name: str = "mae_lsb") -> None:
        super().__init__(lambda y_true, y_pred: mae(y_true, y_pred) * scale, name=name)
