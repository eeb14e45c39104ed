"""Level metrics of the added band: envelope error and level, both in dB.

Both take the reference and the estimate, (frames, channels) int16, and return the mean
over channels. A level below that of rounding to 16 bits counts as the level of rounding,
so that silence and an empty band have finite levels.
"""

from collections.abc import Iterator
from math import ceil

import numpy as np

from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.evaluation.spectral_metrics import (
    HANN_POWER,
    band_mask,
    channel_pairs,
    pad_to,
    power_spectra,
)

PATCH_FRAME, PATCH_HOP = 512, 128  # samples
PATCH_FRAMES, PATCH_BINS = 4, 8  # STFT frames and bins in a patch: 12 ms by 690 Hz at 44.1 kHz
PATCH_SAMPLES = PATCH_FRAME + (PATCH_FRAMES - 1) * PATCH_HOP
PATCH_FLOOR = ROUNDING_POWER * PATCH_FRAME * HANN_POWER  # LSB^2
PATCH_BLOCK_FRAMES = 256 * PATCH_FRAMES  # analysed at once: about 5 MB
LEVEL_FRAME = 2048  # samples


def envelope_error(
    reference: np.ndarray,
    estimate: np.ndarray,
    *,
    sample_rate: int,
    low_rate: int,
    bandwidth: float | None = None,
) -> float:
    """Root mean square error of the added band's levels in time and frequency, in dB.

    The mean power of each patch of 4 frames by 8 bins of the STFT (512/128, Hann) is its
    level. Only patches fully inside the signal and below the bandwidth count, but the
    lowest patch of each time counts always. A shorter signal is padded to one patch.

    Parameters
    ----------
    reference, estimate, sample_rate, low_rate
        As for `metrics.evaluate`.
    bandwidth : float, optional
        Highest frequency of the reference in Hz; half the sample rate by default.

    Returns
    -------
    float
        NaN if no patch fits between the low Nyquist and half the sample rate.
    """
    bin_hz = sample_rate / PATCH_FRAME
    first = ceil(low_rate / 2 / bin_hz)
    end = PATCH_FRAME // 2 if bandwidth is None else ceil(min(bandwidth, sample_rate / 2) / bin_hz)
    bands = max(1, (end - first) // PATCH_BINS)
    bins = slice(first, first + bands * PATCH_BINS)
    if bins.stop > PATCH_FRAME // 2 + 1:
        return np.nan
    errors = []
    for x, y in channel_pairs(reference, estimate):
        pairs = zip(_patch_levels(x, bins), _patch_levels(y, bins), strict=True)
        squares = np.concatenate([(level_x - level_y) ** 2 for level_x, level_y in pairs])
        errors.append(np.sqrt(squares.mean()))
    return float(np.mean(errors))


def relative_level(
    reference: np.ndarray, estimate: np.ndarray, *, sample_rate: int, low_rate: int
) -> float:
    """Level of the band above the low Nyquist, relative to the reference, in dB.

    Parameters and errors are those of `metrics.evaluate`.
    """
    differences = [
        _band_level(y, sample_rate, low_rate) - _band_level(x, sample_rate, low_rate)
        for x, y in channel_pairs(reference, estimate)
    ]
    return float(np.mean(differences))


def _patch_levels(samples: np.ndarray, bins: slice) -> Iterator[np.ndarray]:
    """Give the levels of all patches in dB, in blocks of shape (times, bands)."""
    padded = pad_to(samples, PATCH_SAMPLES)
    for power in power_spectra(
        padded, frame=PATCH_FRAME, hop=PATCH_HOP, block_frames=PATCH_BLOCK_FRAMES
    ):
        times = len(power) // PATCH_FRAMES
        patches = power[: times * PATCH_FRAMES, bins].reshape(times, PATCH_FRAMES, -1, PATCH_BINS)
        yield 10 * np.log10(np.maximum(patches.mean(axis=(1, 3)), PATCH_FLOOR))


def _band_level(samples: np.ndarray, sample_rate: int, low_rate: int) -> float:
    from scipy.signal import welch

    padded = pad_to(samples, LEVEL_FRAME)
    frequencies, density = welch(padded, sample_rate, window="hann", nperseg=LEVEL_FRAME)
    band = band_mask(frequencies, low_rate / 2, np.inf)
    rounding_density = ROUNDING_POWER / (sample_rate / 2)  # LSB^2/Hz
    return float(10 * np.log10(max(density[band].mean(), rounding_density)))
