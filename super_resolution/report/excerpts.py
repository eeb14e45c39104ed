"""Which seconds of a song to listen to.

Where the band above the low Nyquist is strongest there is most to hear, and in
a quiet part what was added for nothing shows. Silence says nothing.
"""

from dataclasses import dataclass

import numpy as np

from super_resolution.errors import UsageError
from super_resolution.evaluation.methods import common_end
from super_resolution.tracks.track import Track, learn_end

SECONDS = 6.0  # of an excerpt: as long as an ear remembers a sound
BLOCK = 0.25  # seconds in which energy is counted
AUDIBLE = 100  # LSB of RMS, 50 dB below full scale
HIGH_PASS_ORDER = 8


@dataclass(frozen=True)
class Choice:
    """An excerpt to be.

    Parameters
    ----------
    title : str
        Why it was chosen.
    start, frames : int
        In samples.
    """

    title: str
    start: int
    frames: int


def choose_excerpts(
    original: np.ndarray,
    *,
    sample_rate: int,
    low_rate: int,
    seconds: float = SECONDS,
    first: int = 0,
) -> list[Choice]:
    """Choose what to listen to; excerpts do not overlap.

    Parameters
    ----------
    original : ndarray, int16, shape (frames, channels)
    sample_rate, low_rate : int
        In Hz.
    seconds : float
        Length of an excerpt; shorter where the signal is.
    first : int
        Where in the song `original` begins, in samples.

    Returns
    -------
    list of Choice
        One or two with the most energy above the low Nyquist, then, if there is
        room for it, the one with the least in which nothing is silent.
    """
    frames = max(1, min(len(original), round(seconds * sample_rate)))
    block = max(1, min(frames, round(BLOCK * sample_rate)))
    high, lowest = _windows(original, block, frames, sample_rate, low_rate)
    # the last windows reach over the end by less than a block
    starts = np.minimum(np.arange(len(high)) * block, len(original) - frames)
    rising = np.argsort(high, kind="stable")
    audible = rising[lowest[rising] >= AUDIBLE]

    most = _first_free(starts[rising[::-1]], [], frames)
    least = _first_free(starts[audible], most, frames)
    much = _first_free(starts[rising[::-1]], most + least, frames)
    found = (("Most", most), ("Much", much), ("Least", least))
    band = f"above {low_rate / 2000:g} kHz"
    return [
        Choice(f"{amount} {band}", first + start, frames)
        for amount, starts in found
        for start in starts
    ]


def _first_free(starts: np.ndarray, taken: list[int], frames: int) -> list[int]:
    """Give the first start whose excerpt overlaps none that is taken; none if there is none."""
    free = (int(s) for s in starts if all(abs(s - other) >= frames for other in taken))
    return [start for start in [next(free, None)] if start is not None]


def _windows(
    original: np.ndarray, block: int, frames: int, sample_rate: int, low_rate: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give for windows from each block on their high band's energy and least RMS."""
    from scipy.signal import butter, sosfilt

    mono = original.mean(axis=1, dtype=np.float32)
    design = butter(HIGH_PASS_ORDER, low_rate / 2, "highpass", fs=sample_rate, output="sos")
    high, whole = (_block_powers(x, block) for x in (sosfilt(design, mono), mono))
    width = min(len(high), max(1, round(frames / block)))
    view = np.lib.stride_tricks.sliding_window_view
    return view(high, width).sum(axis=1), np.sqrt(view(whole, width).min(axis=1))


def _block_powers(samples: np.ndarray, block: int) -> np.ndarray:
    whole = samples[: len(samples) // block * block].reshape(-1, block)
    return np.square(whole, dtype=np.float64).mean(axis=1)


def excerpts_at(track: Track, starts: list[float], *, seconds: float = SECONDS) -> list[Choice]:
    """Take the excerpts that a person wants, in any part of the song.

    Parameters
    ----------
    track : Track
    starts : list of float
        Seconds into the song.
    seconds : float
        Length of an excerpt; it may end with the song.

    Raises
    ------
    UsageError
        If an excerpt would begin after the song.
    """
    rate, end = track.info.sample_rate, common_end(track)
    choices = []
    for number, wanted in enumerate(starts, start=1):
        start = round(wanted * rate)
        if start >= end:
            raise UsageError(
                f"--excerpt {wanted:g} is after the end of {track.name}: it has {end / rate:.1f} s"
            )
        learnt = start < learn_end(track)
        title = f"Chosen {number}{', in the part to learn from' if learnt else ''}"
        choices.append(Choice(title, start, max(1, min(end - start, round(seconds * rate)))))
    return choices
