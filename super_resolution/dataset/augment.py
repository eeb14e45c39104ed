"""Data augmentation of training segments.

    tilt        raise or lower the treble of both versions
    band limit  a steep low-pass below the low Nyquist frequency on both versions, as in an
                old recording: the network must add nothing there
    gain        both versions are louder or quieter
    low-pass    on the low version only: the filter of another resampler

Tilt and band limit multiply the spectrum of a whole segment. Both versions cover the same
time, so one frequency response fits both, unless the low version has aliases.
"""

import numpy as np

from super_resolution.audio.pcm import INT16, to_int16
from super_resolution.network.config import Augmentation, Range

LOW_PASS_TAPS = 31  # at the low rate
LOW_PASS_SHARE = 0.5  # of the segments
BAND_LIMIT_SHARE = 0.08  # of the segments
BAND_LIMIT_EDGE = 0.03  # width of the transition band, as a share of the cut-off
TILT_FROM = 1000.0  # Hz: frequencies below stay as they are


def apply(
    low: np.ndarray,
    high: np.ndarray,
    base: np.ndarray,
    augmentation: Augmentation,
    rng: np.random.Generator,
    *,
    sample_rate: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Augment segments.

    Parameters
    ----------
    low : ndarray, int16, shape (B, L)
    high, base : ndarray, float32, shape (B, T)
        The original, and the low version interpolated to its rate.
    augmentation : Augmentation
    rng : Generator
    sample_rate : int
        Of `high`, in Hz.

    Returns
    -------
    low, high, base : ndarray
        Of the same types and shapes.
    """
    if augmentation == Augmentation():
        return low, high, base
    response = _response(low.shape, high.shape[1], augmentation, rng, sample_rate)
    unrounded = low.astype(np.float32)
    if response is not None:
        unrounded, high, base = (_filtered(signal, response) for signal in (low, high, base))
    if augmentation.gain_db is not None:
        gain = _gains(high, augmentation.gain_db, rng)
        unrounded, high, base = unrounded * gain, high * gain, base * gain
    low = to_int16(unrounded)
    if augmentation.low_pass is not None:
        low = _low_passed(low, augmentation.low_pass, rng)
    return low, high, base


def _response(
    low_shape: tuple[int, int],
    frames: int,
    augmentation: Augmentation,
    rng: np.random.Generator,
    rate: int,
) -> np.ndarray | None:
    # (B, bins), real: the phases stay as they are
    if augmentation.tilt_db is None and augmentation.band_limit is None:
        return None
    count, low_frames = low_shape
    hertz = np.fft.rfftfreq(frames, 1 / rate).astype(np.float32)
    response = np.ones((count, len(hertz)), np.float32)
    if augmentation.tilt_db is not None:
        octaves = np.log2(np.maximum(hertz, TILT_FROM) / np.float32(TILT_FROM))
        slopes = rng.uniform(*augmentation.tilt_db, (count, 1)) * np.log2(10) / 20
        response = np.exp2(slopes.astype(np.float32) * octaves)
    if augmentation.band_limit is not None:
        low_nyquist = rate * low_frames / frames / 2
        for row in np.flatnonzero(rng.random(count) < BAND_LIMIT_SHARE):
            cutoff = rng.uniform(*augmentation.band_limit) * low_nyquist
            transition = np.clip((hertz / cutoff - 1) / BAND_LIMIT_EDGE, 0, 1)
            response[row] *= (1 + np.cos(np.pi * transition)) / 2
    return response


def _filtered(signal: np.ndarray, response: np.ndarray) -> np.ndarray:
    frames = signal.shape[1]
    spectra = np.fft.rfft(signal) * response[:, : frames // 2 + 1]
    return np.fft.irfft(spectra, frames).astype(np.float32)


def _gains(high: np.ndarray, range_db: Range, rng: np.random.Generator) -> np.ndarray:
    # (B, 1), limited so that no segment clips
    gains = 10 ** (rng.uniform(*range_db, (len(high), 1)) / 20)
    peaks = np.abs(high).max(axis=1, keepdims=True)
    return np.minimum(gains, INT16.max / np.maximum(peaks, 1)).astype(np.float32)


def _low_passed(low: np.ndarray, cutoffs: Range, rng: np.random.Generator) -> np.ndarray:
    # the network must not depend on the filter of one resampler
    from scipy.signal import firwin

    for row in np.flatnonzero(rng.random(len(low)) < LOW_PASS_SHARE):
        taps = firwin(LOW_PASS_TAPS, rng.uniform(*cutoffs))
        low[row] = to_int16(np.convolve(low[row], taps, mode="same"))
    return low
