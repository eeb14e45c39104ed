"""What `hifi` is trained on: energies and flatness of the low version, and the treble's envelope.

Levels are log10 powers for samples in [-1, 1), 100 steps a second. No waveform is needed in
training, so a channel takes 34 kB a second, and augmentation changes powers of bands.
"""

import numpy as np

from super_resolution.network import architecture
from super_resolution.network import filterbank as fb
from super_resolution.network.architecture import ROUNDING_POWER

TONE_FFT = 2048  # samples at 44.1 kHz: it resolves partials 43 Hz apart
# log10 of the mean over the geometric mean of the power in a band: white noise has 0.25
TONE_THRESHOLD, TONE_WIDTH = 0.33, 0.06
HIGH_STEP = fb.FRAMES * fb.HIGH_HOP  # high samples
SPECTRA_AT_ONCE = 2000
# an original that ends below 22 kHz was cut by a codec: what is missing must not be learnt. But
# from here on little is heard, and louder than the original is worse than silent.
FAINT_FROM, FAINT_WEIGHT = 17_000.0, 0.25  # Hz


class NumpyOps:
    """Those operations of `architecture` that its features need, on arrays (1, time, features)."""

    def shift(self, x: np.ndarray, steps: int, *, zero: bool) -> np.ndarray:
        """Delay by `steps`, or advance where negative; the edge is zero."""
        shifted = np.zeros_like(x)
        to, of = (
            (slice(steps, None), slice(-steps))
            if steps > 0
            else (slice(steps), slice(-steps, None))
        )
        shifted[:, to] = x[:, of]
        return shifted

    def matmul(self, x: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """Multiply with a matrix."""
        return x @ matrix

    def columns(self, x: np.ndarray, first: int, end: int) -> np.ndarray:
        """Take some of the features."""
        return x[..., first:end]

    def concat(self, parts: list[np.ndarray]) -> np.ndarray:
        """Join along the features."""
        return np.concatenate(parts, axis=-1)

    def regroup(self, x: np.ndarray, width: int) -> np.ndarray:
        """Reshape (1, n, m) to (1, n * m / width, width)."""
        return x.reshape(1, -1, width)

    add = staticmethod(np.add)
    multiply = staticmethod(np.multiply)
    log = staticmethod(np.log)


def low_features(low: np.ndarray) -> np.ndarray:
    """Give the features that the network computes from the bits of the same samples.

    Parameters
    ----------
    low : ndarray, float32, shape (150 * steps,)
        In [-1, 1).

    Returns
    -------
    ndarray, float32, shape (steps, 108)
    """
    return architecture.features(NumpyOps(), low[np.newaxis, :, np.newaxis])[0]


def treble_envelope(residual: np.ndarray) -> np.ndarray:
    """Give the targets of training: the treble's envelope and its shares of noise.

    Parameters
    ----------
    residual : ndarray, float32, shape (441 * steps,)
        original - base, for samples in [-1, 1).

    Returns
    -------
    ndarray, float32, shape (steps, 40)
        Log10 powers of 20 bands above 7.2 kHz, then shares of noise from 0 to 1.
    """
    z = architecture.treble_spectrum(NumpyOps(), residual[np.newaxis, :, np.newaxis])
    power = (np.square(z[0]) @ fb.bands_of_bins()).reshape(-1, fb.FRAMES, fb.BANDS).mean(axis=1)
    logs = np.log10(power + ROUNDING_POWER)
    return np.concatenate([logs, noise_shares(residual)], axis=1).astype(np.float32)


def noise_shares(residual: np.ndarray) -> np.ndarray:
    """Give how much of each band is noise, from the flatness of its spectrum.

    Parameters
    ----------
    residual : ndarray, float32, shape (441 * steps,)

    Returns
    -------
    ndarray, shape (steps, 20)
        0.8 where a spectrum is as even as that of noise, 0 where it has lines.
    """
    window = fb.hann(TONE_FFT).astype(np.float32)
    # centred, as the envelope and the energies are, on the middle frame of a step
    padded = np.pad(residual, (TONE_FFT // 2 - fb.HIGH_HOP, TONE_FFT // 2))
    views = np.lib.stride_tricks.sliding_window_view(padded, TONE_FFT)[::HIGH_STEP]
    means = _band_means()
    shares = []
    for first in range(0, len(residual) // HIGH_STEP, SPECTRA_AT_ONCE):
        count = min(SPECTRA_AT_ONCE, len(residual) // HIGH_STEP - first)
        spectrum = np.fft.rfft(views[first : first + count] * window, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        power = power / np.sum(window**2) + np.float32(ROUNDING_POWER)
        flatness = np.log10(power @ means) - np.log10(power) @ means
        # half of 1 - tanh(x / 2) is the logistic function of -x, and overflows nowhere
        shares.append(0.5 - 0.5 * np.tanh((flatness - TONE_THRESHOLD) / (2 * TONE_WIDTH)))
    return np.concatenate(shares) if shares else np.zeros((0, fb.BANDS))


def _band_means() -> np.ndarray:
    # (bins of the long spectrum, 20): the mean over the bins of each band
    hertz = np.fft.rfftfreq(TONE_FFT, 1 / fb.HIGH_RATE)
    edges = band_edges()
    inside = (hertz[:, np.newaxis] >= edges[:-1]) & (hertz[:, np.newaxis] < edges[1:])
    return (inside / inside.sum(axis=0)).astype(np.float32)


def band_edges() -> np.ndarray:
    """Give the 21 edges of the treble's bands, in Hz."""
    return (fb.FIRST_BIN - 0.5 + fb.BAND_BINS * np.arange(fb.BANDS + 1)) * fb.BIN_HZ


def band_weights(bandwidth: float) -> np.ndarray:
    """Give how much each band of the treble counts in training.

    Parameters
    ----------
    bandwidth : float
        Of the original, in Hz.

    Returns
    -------
    ndarray, shape (20,)
        1 below the bandwidth, 0 above it, and `FAINT_WEIGHT` above both it and `FAINT_FROM`.
    """
    lower, upper = band_edges()[:-1], np.minimum(band_edges()[1:], fb.HIGH_RATE / 2)
    return np.where(upper <= bandwidth, 1.0, np.where(lower >= FAINT_FROM, FAINT_WEIGHT, 0.0))
