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
from super_resolution.network.architecture import ROUNDING_POWER

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
    energies: np.ndarray, y_true: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Augment segments.

    Parameters
    ----------
    energies : ndarray, float32, shape (B, T, 96)
        Log10 energies of the low version.
    y_true : ndarray, float32, shape (B, T, 60)
        Log10 powers of the treble, shares of noise, weights.
    rng : Generator

    Returns
    -------
    energies, y_true : ndarray, float32
        Of the same shapes.
    """
    treble, noise, weights = np.split(y_true, 3, axis=2)
    energies, treble, noise, weights = _mixed(energies, treble, noise, weights, rng)
    low_hertz, high_hertz = energy_hertz(), _middles(band_edges())
    response = _response(len(energies), np.concatenate([low_hertz, high_hertz]), rng)
    limits = _cutoffs(len(energies), BAND_LIMIT_SHARE, BAND_LIMIT_HZ, rng)
    response -= _beyond(np.concatenate([low_hertz, high_hertz]), limits)
    low, high = np.split(response[:, np.newaxis].astype(np.float32), [len(low_hertz)], axis=2)
    low = low - _beyond(low_hertz, _cutoffs(len(low), LOW_PASS_SHARE, LOW_PASS_HZ, rng))[:, None]
    # above its limit a song is known to be silent, whatever its codec did
    weights = np.where(np.isfinite(limits)[:, None, None], 1, weights)
    y_true = np.concatenate([_amplified(treble, high), noise, weights], axis=2)
    return _amplified(energies, low).astype(np.float32), y_true.astype(np.float32)


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


def _amplified(logs: np.ndarray, response: np.ndarray) -> np.ndarray:
    return np.log10(_power(logs) * 10**response + ROUNDING_POWER)


def _mixed(
    energies: np.ndarray,
    treble: np.ndarray,
    noise: np.ndarray,
    weights: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, ...]:
    # segments come in the order of the songs, so half a batch further is another one
    other = np.roll(np.arange(len(energies)), len(energies) // 2)
    shape = (len(energies), 1, 1)
    factor = 10 ** (rng.uniform(*MIX_DB, shape) / 10) * (rng.random(shape) < MIX_SHARE)
    own, added = _power(treble), factor * _power(treble[other])
    total = own + added + ROUNDING_POWER
    noise = ((own + ROUNDING_POWER) * noise + added * noise[other]) / total
    treble = np.log10(total)
    energies = np.log10(_power(energies) + factor * _power(energies[other]) + ROUNDING_POWER)
    weights = np.where(factor > 0, np.minimum(weights, weights[other]), weights)
    return energies, treble, noise, weights


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
