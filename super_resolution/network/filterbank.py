"""How loud each band of the low version is around each frame: what the gates follow.

A network finds out from bits alone how loud a song is, but not within hours: the
step of an optimizer is as large for the lowest bit's weight as for the highest's, and
65,536 times too large for it. So the sample is read from its bits by fixed weights,
and a fixed bank of band-pass filters looks at the frame and its neighbours:

    bits -> samples -> cosine and sine at each band's centre -> log energies

The logarithm makes 10 dB the same step at every level, as it is to the ear.
"""

import numpy as np

from super_resolution.network import bits

FRAMES = 5  # looked at together: two on either side
FLOOR = 1e-8  # of the energy, for samples in [-1, 1): about that of rounding to 16 bits
LOG_SCALE, LOG_OFFSET = 0.2, 2.0  # bring the logarithms of music to about -1 to 2


def design(hop: int, bands: int) -> np.ndarray:
    """Design the filters.

    Parameters
    ----------
    hop : int
        Samples in a frame.
    bands : int
        Evenly spaced from 0 to the Nyquist frequency.

    Returns
    -------
    ndarray, float32, shape (FRAMES, hop, 2 * bands)
        A Hann window over all frames; cosines, then sines.
    """
    taps = FRAMES * hop
    time = np.arange(taps)
    cycles = (np.arange(bands) + 0.5) / (2 * bands)  # a sample
    angle = 2 * np.pi * cycles * time[:, np.newaxis]
    window = np.hanning(taps + 2)[1:-1, np.newaxis]
    filters = window * np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return filters.reshape(FRAMES, hop, 2 * bands).astype(np.float32)


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
