"""A fixed filterbank: log energies of the low version in bands, around each frame.

Loudness could be learnt from the bits, but slowly: Adam's steps are equal for all bits,
though the weights that decode a sample span a factor of 2^15. So the sample is decoded by
fixed weights, and a fixed bank of band-pass filters covers the frame and its neighbours:

    bits -> samples -> cosine and sine at each band's centre -> log energies
"""

import numpy as np

from super_resolution.network import bits

FRAMES = 5  # looked at together: two on either side
FLOOR = 1e-8  # of the energy, for samples in [-1, 1): about that of rounding to 16 bits
LOG_SCALE, LOG_OFFSET = 0.2, 2.0  # bring the logarithms of music to about -1 to 2


def design(samples_per_frame: int, bands: int) -> np.ndarray:
    """Design the filters.

    Parameters
    ----------
    samples_per_frame : int
    bands : int
        Evenly spaced from 0 to the Nyquist frequency.

    Returns
    -------
    ndarray, float32, shape (FRAMES, samples_per_frame, 2 * bands)
        A Hann window over all frames; cosines, then sines.
    """
    taps = FRAMES * samples_per_frame
    time = np.arange(taps)
    cycles = (np.arange(bands) + 0.5) / (2 * bands)  # a sample
    angle = 2 * np.pi * cycles * time[:, np.newaxis]
    window = np.hanning(taps + 2)[1:-1, np.newaxis]
    filters = window * np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return filters.reshape(FRAMES, samples_per_frame, 2 * bands).astype(np.float32)


def bit_weights(encoding: str) -> np.ndarray:
    """Give the weights that read a sample in [-1, 1) from its signed bits.

    Parameters
    ----------
    encoding : {"offset", "twos"}
        One in which a sample is a weighted sum of its bits.

    Returns
    -------
    ndarray, float32, shape (16,)
        The sum is half an LSB over the sample.
    """
    weights = 0.5 ** np.arange(1, bits.BITS + 1, dtype=np.float32)
    if encoding == "twos":
        weights[0] = -weights[0]
    return weights
