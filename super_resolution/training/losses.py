"""The losses: MAE, and MAE with a multi-resolution STFT.

MAE alone aims at the median of what may be missing, and the sign of a waveform
above the low Nyquist frequency cannot be known: the median is silence. The
spectral terms ask for the right magnitude at each time and frequency instead,
and leave the phase free. There are two. The log-spectral distance hears quiet
places as well as loud ones, but the noise it likes best is some dB too quiet,
because the mean of noise's logarithm lies below the logarithm of its mean. So a
second one compares envelopes, in patches in which noise has averaged out. And
what is added must be as even within a frame of the network as from frame to frame.

Losses take what `batches` gives and the network returns: truth (B, T, 2), the
wanted output and the base it is added to, and output (B, T, 1), in units of
`scale` LSB. Only `keras.ops`, so every backend runs them.
"""

import math
from collections.abc import Callable
from fractions import Fraction

import keras
import numpy as np
from keras import ops

from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.network.grid import Grid
from super_resolution.network.presets import Preset

FFT_SIZES = (256, 512, 1024, 2048)  # samples; the hop is a quarter
LOWEST = 0.9067  # of the low Nyquist frequency, 6.8 kHz at 15 kHz: what is compared begins there
ENVELOPE_FFT = 512  # samples
ENVELOPE_PATCH = (4, 8)  # frames and bins: 12 ms by 690 Hz at 44.1 kHz
ROUNDING_ERROR = 0.25  # LSB: the mean absolute error of rounding
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
    mae_weight, log_weight, envelope_weight, even_weight = preset.loss_weights
    grid = Grid(preset.grid, Fraction(sample_rate, low_rate), preset.hop)
    period = grid.frames_of(grid.step_multiple)
    lowest = LOWEST * low_rate / sample_rate  # of the Nyquist frequency

    def mae_and_stft(truth, output):
        """Mean absolute error over that of the base, and the spectral distances."""
        # over silence, the error of rounding to 16 bits is what a network may do
        base_error = ops.mean(ops.abs(truth[..., 0])) + ROUNDING_ERROR / scale
        total = mae_weight * mae(truth, output) / base_error
        for fft_size in FFT_SIZES:
            powers = powers_above(truth, output, fft_size, lowest, scale)
            total += log_weight / len(FFT_SIZES) * log_spectral_distance(*powers)
            if fft_size == ENVELOPE_FFT and envelope_weight:
                total += envelope_weight * envelope_distance(*powers)
        return total + even_weight * unevenness(output, period)

    return mae_and_stft


def mae(truth, output):
    """Mean absolute error, in units of the scale."""
    return ops.mean(ops.abs(truth[..., 0] - output[..., 0]))


def powers_above(truth, output, fft_size: int, lowest: float, scale: float) -> tuple:
    """Give the power spectra of the wanted signal and of the given one.

    Parameters
    ----------
    truth, output : tensors, shapes (B, T, 2) and (B, T, 1)
    fft_size : int
        Samples.
    lowest : float
        First bin that counts, as a share of the Nyquist frequency.
    scale : float
        LSB for each unit.

    Returns
    -------
    two tensors, shape (B, frames, bins above `lowest`)
    """
    # what lies below the noise of 16 bits cannot be heard and must not be fought for
    window_power = 3 / 8 * fft_size  # sum of the squared Hann window
    floor = ROUNDING_POWER * window_power / scale**2
    wanted = _power(truth[..., 0] + truth[..., 1], fft_size, lowest) + floor
    given = _power(output[..., 0] + truth[..., 1], fft_size, lowest) + floor
    return wanted, given


def log_spectral_distance(wanted, given):
    """Root mean square over frequency of the difference of log10 powers, mean over frames."""
    difference = (ops.log(given) - ops.log(wanted)) / math.log(10)
    # the root has no slope at 0
    return ops.mean(ops.sqrt(ops.mean(ops.square(difference), axis=-1) + TINY))


def envelope_distance(wanted, given):
    """Logarithm of 1 + distance of the envelopes over the wanted envelope.

    An envelope is the root of the mean power in `ENVELOPE_PATCH`; both are root sums of
    squares. The ratio is the spectral convergence of Arik et al., "Fast spectrogram
    inversion", 2018, of envelopes instead of magnitudes, and of each segment alone: a
    quiet one must not be made too bright because it counts little beside a loud one.
    """
    wanted, given = _envelope(wanted), _envelope(given)
    squares = ops.sum(ops.square(given - wanted), axis=(1, 2, 3))
    ratio = ops.sqrt((squares + TINY) / (ops.sum(ops.square(wanted), axis=(1, 2, 3)) + TINY))
    return ops.mean(ops.log1p(ratio))


def unevenness(output, period: int):
    """How far the power depends on the place in a frame: its deviation over its mean.

    The network gives a frame's samples from other weights each. Noise that comes in bursts,
    one a frame, has the right spectrum at every resolution above, and buzzes.

    Parameters
    ----------
    output : tensor, shape (B, T, 1)
    period : int
        Samples after which the places in frames repeat.
    """
    whole = output.shape[1] // period * period
    power = ops.square(output[:, :whole, 0])
    power = power / (ops.mean(power, axis=1, keepdims=True) + TINY)
    places = ops.mean(ops.reshape(power, (-1, period)), axis=0)  # (period,)
    return ops.sqrt(ops.mean(ops.square(places - ops.mean(places))) + TINY)


def _envelope(power):
    # (B, frames, bins) -> (B, about frames / 2, about bins / 4): patches overlap by half
    strides = tuple(size // 2 for size in ENVELOPE_PATCH)
    return ops.sqrt(ops.average_pool(power[..., None], ENVELOPE_PATCH, strides, padding="valid"))


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
