"""How far up a signal reaches: whether a 44.1 kHz file holds anything above 7.5 kHz.

Many files at 44.1 kHz were 15 kHz once, and are empty above. Such a file loses
nothing when it is brought down again, and any other loses its treble.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.pcm import ROUNDING_POWER

FRAME = 2048  # samples: bins 22 Hz wide at 44.1 kHz
SMOOTHED = 9  # bins: single ones of noise stick out
OVER_ROUNDING = 10  # times the noise of rounding to 16 bits: dither has 3 times
KAISER_BETA = 14  # sidelobes 105 dB down: a loud low note must not look like treble
AVERAGED = 256  # frames in one spectrum: 12 s at 44.1 kHz


def measure_bandwidth(blocks: Iterable[np.ndarray], sample_rate: int) -> float:
    """Give the highest frequency that holds more than the noise of 16 bits anywhere.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (frames, channels)
        In 16-bit units.
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        In Hz; 0 where nothing does.
    """
    window = np.kaiser(FRAME, KAISER_BETA).astype(np.float32)
    threshold = OVER_ROUNDING * ROUNDING_POWER * np.sum(window**2)  # of a bin's power
    highest = 0
    for frames in _frames(blocks):
        spectra = np.fft.rfft(frames * window[:, np.newaxis], axis=1)
        power = (np.abs(spectra) ** 2).max(axis=2).mean(axis=0)
        smooth = np.convolve(power, np.full(SMOOTHED, 1 / SMOOTHED), mode="same")
        highest = max([highest, *np.flatnonzero(smooth > threshold)[-1:]])
    return float(highest * sample_rate / FRAME)


def _frames(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    # (at most AVERAGED, FRAME, channels); the last one ends where the signal does
    held = None
    for block in blocks:
        held = block if held is None else np.concatenate([held, block])
        while len(held) >= (AVERAGED + 1) * FRAME:
            first, held = held[: AVERAGED * FRAME], held[AVERAGED * FRAME :]
            yield first.reshape(AVERAGED, FRAME, -1)
    if held is None or not len(held):
        return
    if len(held) < FRAME:
        # too short for the window: its edges count as treble, which errs on the safe side
        before = (FRAME - len(held)) // 2
        yield np.pad(held, ((before, FRAME - len(held) - before), (0, 0)))[np.newaxis]
        return
    whole = held[: len(held) // FRAME * FRAME]
    yield whole.reshape(-1, FRAME, held.shape[1])
    yield held[-FRAME:][np.newaxis]
