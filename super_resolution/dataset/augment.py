"""Data augmentation of the segments of `hifi`, on the powers of their bands.

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
    treble, noise, weights = np.split(y_true, 3, axis=2)
    low, high = _low_powers(features), _without_rounding(10**treble)
    low, high, noise, weights = _mixed(low, high, noise, weights, rng)
    low_hertz, high_hertz = _low_hertz(), _middles(band_edges())
    response = _response(len(low), np.concatenate([low_hertz, high_hertz]), rng)
    limits = _cutoffs(len(low), BAND_LIMIT_SHARE, BAND_LIMIT_HZ, rng)
    response -= _beyond(np.concatenate([low_hertz, high_hertz]), limits)
    low_response, high_response = np.split(response[:, np.newaxis], [len(low_hertz)], axis=2)
    ends = _cutoffs(len(low), LOW_PASS_SHARE, LOW_PASS_HZ, rng)
    low = low * 10 ** (low_response - _beyond(low_hertz, ends)[:, np.newaxis])
    high = high * 10**high_response + ROUNDING_POWER
    # above its limit a song is known to be silent, whatever its codec did
    weights = np.where(np.isfinite(limits)[:, np.newaxis, np.newaxis], 1, weights)
    y_true = np.concatenate([np.log10(high), noise, weights], axis=2)
    return _features(low + ROUNDING_POWER).astype(np.float32), y_true.astype(np.float32)


def energy_hertz() -> np.ndarray:
    """Give the middle of each of the 96 energies' bands, in Hz."""
    sizes = ((fb.LONG, fb.LONG_BANDS), *[(fb.SHORT, fb.SHORT_BANDS)] * fb.FRAMES)
    edges = [fb.band_edges(size, bands) * fb.LOW_RATE / size for size, bands in sizes]
    return np.concatenate([_middles(each) for each in edges])


def _low_hertz() -> np.ndarray:
    # of `_low_powers`
    hertz = energy_hertz()
    return np.concatenate([hertz, hertz[: fb.LONG_BANDS]])


def _low_powers(features: np.ndarray) -> np.ndarray:
    # (B, T, 144): the mean powers of the 96 bands, then the geometric mean of the bins around each
    # of the 48 bands of the long window, without the noise of rounding. What is added to a
    # spectrum, fills its gaps, and adds at least its own geometric mean to that of the sum
    # (Minkowski's inequality); what multiplies it, multiplies both means.
    energies, flatness = np.split(10**features, [ENERGIES], axis=2)
    geometric = _flatness_bands(energies) / flatness
    geometric = np.repeat(geometric, fb.LONG_BANDS // fb.FLATNESS_BANDS, axis=2)
    return _without_rounding(np.concatenate([energies, geometric], axis=2))


def _features(powers: np.ndarray) -> np.ndarray:
    # of powers with the noise of rounding; the inverse of `_low_powers`
    energies, geometric = np.split(powers, [ENERGIES], axis=2)
    flatness = np.log10(_flatness_bands(energies)) - _flatness_bands(np.log10(geometric))
    return np.concatenate([np.log10(energies), np.maximum(flatness, 0)], axis=2)


def _middles(edges: np.ndarray) -> np.ndarray:
    return np.array([(a + b) / 2 for a, b in pairwise(edges)])


def _without_rounding(powers: np.ndarray) -> np.ndarray:
    return np.maximum(powers - ROUNDING_POWER, 0)


def _mixed(
    low: np.ndarray,
    high: np.ndarray,
    noise: np.ndarray,
    weights: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, ...]:
    # segments come in the order of the songs, so half a batch further is another one
    other = np.roll(np.arange(len(low)), len(low) // 2)
    shape = (len(low), 1, 1)
    factor = 10 ** (rng.uniform(*MIX_DB, shape) / 10) * (rng.random(shape) < MIX_SHARE)
    added_low, added_high = factor * low[other], factor * high[other]
    own = high + ROUNDING_POWER
    noise = (own * noise + added_high * noise[other]) / (own + added_high)
    weights = np.where(factor > 0, np.minimum(weights, weights[other]), weights)
    return low + added_low, high + added_high, noise, weights


def _flatness_bands(bands: np.ndarray) -> np.ndarray:
    # the means of the 48 bands of the long window, the first ones, over those of flatness
    long = bands[..., : fb.LONG_BANDS]
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
