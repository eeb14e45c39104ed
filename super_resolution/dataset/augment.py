"""Data augmentation of the segments of `hifi`, on the logarithms of their powers.

    mix         another song is added
    gain        both versions are louder or quieter
    tilt        the treble of both is raised or lowered
    equalizer   a random frequency response on both
    low-pass    the low version lacks its top: the filter of another resampler
    band limit  the song ends far below the low Nyquist frequency, as an old recording does: the
                network must add nothing there

The noise of rounding to 16 bits stays what it is.
"""

from itertools import pairwise

import numpy as np

from super_resolution.dataset.envelopes import band_edges
from super_resolution.network import filterbank as fb
from super_resolution.network.architecture import ENERGIES, ROUNDING_POWER

GAIN_DB = (-15.0, 6.0)
TILT_DB = (-3.0, 3.0)  # an octave, from `TILT_FROM` on
TILT_FROM = 1000.0  # Hz
EQUALIZER_HZ = (100.0, 400.0, 1500.0, 4000.0, 8000.0, 18_000.0)
EQUALIZER_DB = 2.0  # standard deviation from one of them to the next
MIX_SHARE, MIX_DB = 0.3, (-15.0, 5.0)  # of the segments; the added song's level
LOW_PASS_SHARE, LOW_PASS_HZ = 0.1, (6000.0, 7200.0)
BAND_LIMIT_SHARE, BAND_LIMIT_HZ = 0.05, (3000.0, 6750.0)
STEEPNESS = 0.02  # log10 of a power a Hz beyond a cut-off: 60 dB in 300 Hz
LOWEST = -12.0  # log10 of a power: nothing is left
FLATNESS_OF_NOISE = 0.25  # as `architecture.features` gives it


def apply(
    features: np.ndarray, y_true: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Augment segments.

    Parameters
    ----------
    features : ndarray, float32, shape (B, T, 108)
        Log10 energies and flatness of the low version.
    y_true : ndarray, float32, shape (B, T, 60)
        Log10 powers of the treble, shares of noise, weights.
    rng : Generator

    Returns
    -------
    features, y_true : ndarray, float32
        Of the same shapes.
    """
    energies, flatness = np.split(features, [ENERGIES], axis=2)
    treble, noise, weights = np.split(y_true, 3, axis=2)
    low, high, flatness, noise, weights = _mixed(
        _power(energies), _power(treble), flatness, noise, weights, rng
    )
    low_hertz, high_hertz = energy_hertz(), _middles(band_edges())
    response = _response(len(low), np.concatenate([low_hertz, high_hertz]), rng)
    limits = _cutoffs(len(low), BAND_LIMIT_SHARE, BAND_LIMIT_HZ, rng)
    response -= _beyond(np.concatenate([low_hertz, high_hertz]), limits)
    low_response, high_response = np.split(response[:, np.newaxis], [len(low_hertz)], axis=2)
    ends = _cutoffs(len(low), LOW_PASS_SHARE, LOW_PASS_HZ, rng)
    low = low * 10 ** (low_response - _beyond(low_hertz, ends)[:, np.newaxis]) + ROUNDING_POWER
    high = high * 10**high_response + ROUNDING_POWER
    sound = 1 - ROUNDING_POWER / _flatness_bands(low)  # what is not the noise of rounding
    flatness = FLATNESS_OF_NOISE + (flatness - FLATNESS_OF_NOISE) * sound
    # above its limit a song is known to be silent, whatever its codec did
    weights = np.where(np.isfinite(limits)[:, np.newaxis, np.newaxis], 1, weights)
    features = np.concatenate([np.log10(low), flatness], axis=2)
    y_true = np.concatenate([np.log10(high), noise, weights], axis=2)
    return features.astype(np.float32), y_true.astype(np.float32)


def energy_hertz() -> np.ndarray:
    """Give the middle of each of the 96 energies' bands, in Hz."""
    sizes = ((fb.LONG, fb.LONG_BANDS), *[(fb.SHORT, fb.SHORT_BANDS)] * fb.FRAMES)
    edges = [fb.band_edges(size, bands) * fb.LOW_RATE / size for size, bands in sizes]
    return np.concatenate([_middles(each) for each in edges])


def _middles(edges: np.ndarray) -> np.ndarray:
    return np.array([(a + b) / 2 for a, b in pairwise(edges)])


def _power(logs: np.ndarray) -> np.ndarray:
    # without the noise of rounding
    return np.maximum(10**logs - ROUNDING_POWER, 0)


def _mixed(
    low: np.ndarray,
    high: np.ndarray,
    flatness: np.ndarray,
    noise: np.ndarray,
    weights: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, ...]:
    # segments come in the order of the songs, so half a batch further is another one
    other = np.roll(np.arange(len(low)), len(low) // 2)
    shape = (len(low), 1, 1)
    factor = 10 ** (rng.uniform(*MIX_DB, shape) / 10) * (rng.random(shape) < MIX_SHARE)
    added_low, added_high = factor * low[other], factor * high[other]
    noise = _shared(noise, high + ROUNDING_POWER, noise[other], added_high)
    powers = _flatness_bands(low) + ROUNDING_POWER, _flatness_bands(added_low)
    flatness = _shared(flatness, powers[0], flatness[other], powers[1])
    weights = np.where(factor > 0, np.minimum(weights, weights[other]), weights)
    return low + added_low, high + added_high, flatness, noise, weights


def _shared(own: np.ndarray, power: np.ndarray, other: np.ndarray, added: np.ndarray) -> np.ndarray:
    # the mean of two values, weighted by their powers
    return (power * own + added * other) / (power + added)


def _flatness_bands(powers: np.ndarray) -> np.ndarray:
    # the powers of the flatness' bands, (B, T, 12); each holds as many of the long window
    long = powers[..., : fb.LONG_BANDS]
    return long.reshape(*long.shape[:2], fb.FLATNESS_BANDS, -1).mean(axis=3)


def _response(count: int, hertz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    # log10 of a power, (count, frequencies)
    octaves = np.log2(np.maximum(hertz, TILT_FROM) / TILT_FROM)
    response = rng.uniform(*GAIN_DB, (count, 1)) + rng.uniform(*TILT_DB, (count, 1)) * octaves
    knots = rng.normal(0, EQUALIZER_DB, (count, len(EQUALIZER_HZ))).cumsum(axis=1)
    knots -= knots.mean(axis=1, keepdims=True)
    places = np.log(EQUALIZER_HZ), np.log(hertz)
    equalizer = [np.interp(places[1], places[0], knot) for knot in knots]
    return (response + np.array(equalizer)) / 10


def _cutoffs(
    count: int, share: float, hertz: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    # in Hz, infinite for the segments that are not chosen
    return np.where(rng.random(count) < share, rng.uniform(*hertz, count), np.inf)


def _beyond(hertz: np.ndarray, cutoffs: np.ndarray) -> np.ndarray:
    # what is lost beyond the cut-offs, as log10 of a power, (count, frequencies)
    return np.clip((hertz - cutoffs[:, np.newaxis]) * STEEPNESS, 0, -LOWEST)
