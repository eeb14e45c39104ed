"""How far up a signal reaches: whether a 44.1 kHz file holds anything above 7.5 kHz.

Many files at 44.1 kHz were 15 kHz once, and are empty above. Such a file loses
nothing when it is brought down again, and any other loses its treble.
"""

from collections.abc import Iterable

import numpy as np

from super_resolution.bits import ROUNDING_POWER

FRAME = 2048  # samples: bins 22 Hz wide at 44.1 kHz
SMOOTHED = 9  # bins: single ones of noise stick out
OVER_ROUNDING = 10  # times the noise of rounding to 16 bits: dither has 3 times
KAISER_BETA = 14  # sidelobes 105 dB down: a loud low note must not look like treble
MOST_SECONDS = 120  # of the signal that are looked at


def measure(blocks: Iterable[np.ndarray], sample_rate: int) -> float:
    """Give the highest frequency that holds more than the noise of 16 bits.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (frames, channels)
        In 16-bit units; only the first `MOST_SECONDS` are read.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        In Hz; 0 where nothing does.
    """
    power, count = _mean_power(blocks, MOST_SECONDS * sample_rate)
    if not count:
        return 0.0
    smooth = np.convolve(power / count, np.full(SMOOTHED, 1 / SMOOTHED), mode="same")
    rounding = ROUNDING_POWER * np.sum(_window() ** 2)  # in a bin
    held = np.flatnonzero(smooth > OVER_ROUNDING * rounding)
    return float(held[-1] * sample_rate / FRAME) if len(held) else 0.0


def _mean_power(blocks: Iterable[np.ndarray], most: int) -> tuple[np.ndarray, int]:
    # sums |STFT|^2 of the loudest channel over frames without overlap
    total, count, taken, rest = np.zeros(FRAME // 2 + 1), 0, 0, None
    for block in blocks:
        joined = block if rest is None else np.concatenate([rest, block])
        whole = len(joined) // FRAME * FRAME
        frames = joined[:whole].reshape(-1, FRAME, joined.shape[1])
        spectra = np.fft.rfft(frames * _window()[:, np.newaxis], axis=1)
        total += (np.abs(spectra) ** 2).max(axis=2).sum(axis=0)
        count, taken, rest = count + len(frames), taken + len(block), joined[whole:]
        if taken >= most:
            break
    if not count and rest is not None and rest.any():
        # too short to tell: it may hold anything
        return np.full_like(total, np.inf), 1
    return total, count


def _window() -> np.ndarray:
    return np.kaiser(FRAME, KAISER_BETA).astype(np.float32)
