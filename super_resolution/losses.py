"""The losses: MAE, and MAE with a multi-resolution STFT.

MAE alone aims at the median of what may be missing, and the sign of a waveform
above the low Nyquist frequency cannot be known: the median is silence. The
spectral term asks for the right magnitude at each time and frequency instead,
and leaves the phase free.

Losses take what `batches` gives and the network returns: truth (B, T, 2), the
wanted output and the base it is added to, and output (B, T, 1), in units of
`scale` LSB. Only `keras.ops`, so every backend runs them.
"""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from super_resolution.bits import ROUNDING_POWER
from super_resolution.highpass import CUTOFF
from super_resolution.presets import Preset

FFT_SIZES = (256, 512, 1024, 2048)  # samples; the hop is a quarter
MAE_WEIGHT, STFT_WEIGHT = 0.2, 0.8
CONVERGENCE_WEIGHT = 0.5  # of |difference| / sum against the log magnitudes
TINY = 1e-7


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
        (truth, output) -> scalar.
    """
    if preset.loss == "mae":
        return mae
    lowest = CUTOFF * low_rate / sample_rate  # of the Nyquist frequency

    def mae_and_stft(truth, output):
        """Mean absolute error over that of the base, and the spectral distance."""
        base_error = ops.mean(ops.abs(truth[..., 0])) + TINY
        spectral = [spectral_distance(truth, output, n, lowest, scale) for n in FFT_SIZES]
        return MAE_WEIGHT * mae(truth, output) / base_error + STFT_WEIGHT * sum(spectral) / len(
            spectral
        )

    return mae_and_stft


def mae(truth, output):
    """Mean absolute error, in units of the scale."""
    return ops.mean(ops.abs(truth[..., 0] - output[..., 0]))


def spectral_distance(truth, output, fft_size: int, lowest: float, scale: float):
    """Distance of the magnitudes above the known band, at one resolution.

    The mean of |log a - log b|, which hears quiet places as well as loud ones, and
    half of sum |a - b| / sum a, which weighs energy (both after Yamamoto et al.,
    "Parallel WaveGAN", 2020, the second here in the L1 norm).

    Parameters
    ----------
    truth, output : tensors, shapes (B, T, 2) and (B, T, 1)
    fft_size : int
        Samples.
    lowest : float
        First bin that counts, as a share of the Nyquist frequency.
    scale : float
        LSB for each unit.
    """
    # magnitudes below the noise of 16 bits cannot be heard and must not be fought for
    window_power = 3 / 8 * fft_size  # sum of the squared Hann window
    floor = ROUNDING_POWER * window_power / scale**2
    wanted = _power(truth[..., 0] + truth[..., 1], fft_size, lowest) + floor
    given = _power(output[..., 0] + truth[..., 1], fft_size, lowest) + floor
    logs = ops.mean(ops.abs(ops.log(given) - ops.log(wanted))) / 2
    wanted, given = ops.sqrt(wanted), ops.sqrt(given)
    convergence = ops.sum(ops.abs(given - wanted)) / ops.sum(wanted)
    return logs + CONVERGENCE_WEIGHT * convergence


def _power(signal, fft_size: int, lowest: float):
    # (B, T) -> (B, frames, bins above `lowest`)
    real, imaginary = ops.stft(
        signal, fft_size, fft_size // 4, fft_size, window="hann", center=False
    )
    first = int(np.ceil(lowest * fft_size / 2))
    return ops.square(real[..., first:]) + ops.square(imaginary[..., first:])


@keras.saving.register_keras_serializable("super_resolution")
class MaeLsb(keras.metrics.MeanMetricWrapper):
    """The mean absolute error in 16-bit LSB, whatever the loss is."""

    def __init__(self, scale: float, name: str = "mae_lsb") -> None:
        super().__init__(lambda truth, output: mae(truth, output) * scale, name=name)
