"""Data augmentation of training segments.

    tilt        the treble rises or falls, in both versions
    band limit  both versions end at a steep edge below the low Nyquist frequency, as an old
                recording does: nothing is to be added to it
    gain        both versions are louder or quieter
    low-pass    the low version came through another resampler's filter; it alone changes

Tilt and band limit are filters in the spectrum of a whole segment. Both versions cover the
same time, so one response serves both, unless the low version holds aliases.
"""

import numpy as np

from super_resolution.audio.pcm import INT16, to_int16
from super_resolution.network.config import Augmentation, Range

LOW_PASS_TAPS = 31  # at the low rate
LOW_PASS_SHARE = 0.5  # of the segments
BAND_LIMIT_SHARE = 0.08  # of the segments
BAND_LIMIT_EDGE = 0.03  # width of the steep edge, as a share of the cut-off
TILT_FROM = 1000.0  # Hz: nothing below it is tilted


def apply(
    low: np.ndarray,
    high: np.ndarray,
    base: np.ndarray,
    ranges: Augmentation,
    rng: np.random.Generator,
    *,
    sample_rate: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Augment segments.

    Parameters
    ----------
    low : ndarray, int16, shape (B, L)
    high, base : ndarray, float32, shape (B, T)
        The original and the interpolated low version, of the same time.
    ranges : Augmentation
    rng : Generator
    sample_rate : int
        Of `high`, in Hz.

    Returns
    -------
    low, high, base : ndarray
        As they came in.
    """
    if ranges == Augmentation():
        return low, high, base
    response = _response(*low.shape, high.shape[1], ranges, rng, sample_rate)
    exact = low.astype(np.float32)
    if response is not None:
        exact, high, base = (_filtered(signal, response) for signal in (low, high, base))
    if ranges.gain_db is not None:
        gain = _gains(high, ranges.gain_db, rng)
        exact, high, base = exact * gain, high * gain, base * gain
    low = to_int16(exact)
    if ranges.low_pass is not None:
        low = _low_passed(low, ranges.low_pass, rng)
    return low, high, base


def _response(
    count: int,
    low_frames: int,
    frames: int,
    ranges: Augmentation,
    rng: np.random.Generator,
    rate: int,
) -> np.ndarray | None:
    # (B, bins), real: no phase is turned
    if ranges.tilt_db is None and ranges.band_limit is None:
        return None
    hertz = np.fft.rfftfreq(frames, 1 / rate).astype(np.float32)
    response = np.ones((count, len(hertz)), np.float32)
    if ranges.tilt_db is not None:
        octaves = np.log2(np.maximum(hertz, TILT_FROM) / np.float32(TILT_FROM))
        slopes = rng.uniform(*ranges.tilt_db, (count, 1)) * np.log2(10) / 20
        response = np.exp2(slopes.astype(np.float32) * octaves)
    if ranges.band_limit is not None:
        low_nyquist = rate * low_frames / frames / 2
        for row in np.flatnonzero(rng.random(count) < BAND_LIMIT_SHARE):
            edge = rng.uniform(*ranges.band_limit) * low_nyquist
            slope = np.clip((hertz / edge - 1) / BAND_LIMIT_EDGE, 0, 1)
            response[row] *= (1 + np.cos(np.pi * slope)) / 2
    return response


def _filtered(signal: np.ndarray, response: np.ndarray) -> np.ndarray:
    frames = signal.shape[1]
    spectra = np.fft.rfft(signal) * response[:, : frames // 2 + 1]
    return np.fft.irfft(spectra, frames).astype(np.float32)


def _gains(high: np.ndarray, range_db: Range, rng: np.random.Generator) -> np.ndarray:
    # (B, 1): random, but never so loud that a segment would clip
    gains = 10 ** (rng.uniform(*range_db, (len(high), 1)) / 20)
    peaks = np.abs(high).max(axis=1, keepdims=True)
    return np.minimum(gains, INT16.max / np.maximum(peaks, 1)).astype(np.float32)


def _low_passed(low: np.ndarray, cutoffs: Range, rng: np.random.Generator) -> np.ndarray:
    # other files came through other resamplers, whose filters the network must not rely on
    from scipy.signal import firwin

    for row in np.flatnonzero(rng.random(len(low)) < LOW_PASS_SHARE):
        taps = firwin(LOW_PASS_TAPS, rng.uniform(*cutoffs))
        low[row] = to_int16(np.convolve(low[row], taps, mode="same"))
    return low
