"""Excerpts for the listening page.

Chosen are those with the most energy above the low Nyquist, where the versions differ
most, and the one with the least, where noise added by a method is easiest to hear.
Silent parts are left out.
"""

from dataclasses import dataclass

import numpy as np

from super_resolution.errors import UsageError
from super_resolution.evaluation.methods import common_end
from super_resolution.tracks.track import Track, learn_end

EXCERPT_SECONDS = 6.0  # short enough to remember while comparing
BLOCK_SECONDS = 0.25  # in which energy is summed; also the step between possible starts
MIN_BLOCK_RMS = 100  # LSB, 50 dB below full scale: quieter blocks count as silent
HIGH_PASS_ORDER = 8


@dataclass(frozen=True)
class ExcerptRange:
    """The position of an excerpt in the song.

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
    seconds: float = EXCERPT_SECONDS,
    offset: int = 0,
) -> list[ExcerptRange]:
    """Choose up to three excerpts that do not overlap.

    Parameters
    ----------
    original : ndarray, int16, shape (frames, channels)
    sample_rate, low_rate : int
        In Hz.
    seconds : float
        Length of an excerpt; shorter if the signal is.
    offset : int
        Position of the first sample of `original` in the song.

    Returns
    -------
    list of ExcerptRange
        One or two with the most energy above the low Nyquist, then, if there is
        room for it, the one with the least that has no silent block.
    """
    frames = max(1, min(len(original), round(seconds * sample_rate)))
    block = max(1, min(frames, round(BLOCK_SECONDS * sample_rate)))
    high_energy, min_rms = _window_levels(original, block, frames, sample_rate, low_rate)
    # the last windows extend past the end by less than a block
    starts = np.minimum(np.arange(len(high_energy)) * block, len(original) - frames)
    rising = np.argsort(high_energy, kind="stable")
    audible = rising[min_rms[rising] >= MIN_BLOCK_RMS]

    most = _first_free(starts[rising[::-1]], [], frames)
    least = _first_free(starts[audible], most, frames)
    second = _first_free(starts[rising[::-1]], most + least, frames)
    band = f"energy above {low_rate / 2000:g} kHz"
    return [
        ExcerptRange(f"{amount} {band}", offset + start, frames)
        for amount, chosen in (("Most", most), ("Second most", second), ("Least", least))
        for start in chosen
    ]


def _first_free(starts: np.ndarray, taken: list[int], frames: int) -> list[int]:
    """Give the first start whose excerpt overlaps none of those taken, or nothing."""
    free = (int(start) for start in starts if all(abs(start - other) >= frames for other in taken))
    return [start for start in [next(free, None)] if start is not None]


def _window_levels(
    original: np.ndarray, block: int, frames: int, sample_rate: int, low_rate: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give, for the window at each block, its energy above the low Nyquist and lowest block RMS."""
    from scipy.signal import butter, sosfilt

    mono = original.mean(axis=1, dtype=np.float32)
    high_pass = butter(HIGH_PASS_ORDER, low_rate / 2, "highpass", fs=sample_rate, output="sos")
    high_power = _block_powers(sosfilt(high_pass, mono), block)
    power = _block_powers(mono, block)
    width = min(len(power), max(1, round(frames / block)))
    windows = np.lib.stride_tricks.sliding_window_view
    return windows(high_power, width).sum(axis=1), np.sqrt(windows(power, width).min(axis=1))


def _block_powers(samples: np.ndarray, block: int) -> np.ndarray:
    blocks = samples[: len(samples) // block * block].reshape(-1, block)
    return np.square(blocks, dtype=np.float64).mean(axis=1)


def excerpts_at(
    track: Track, starts: list[float], *, seconds: float = EXCERPT_SECONDS
) -> list[ExcerptRange]:
    """Give the excerpts that the user chose, in any part of the song.

    Parameters
    ----------
    track : Track
    starts : list of float
        In seconds.
    seconds : float
        Length of an excerpt; it ends with the song at the latest.

    Raises
    ------
    UsageError
        If an excerpt would begin after the end of the song.
    """
    sample_rate, end = track.info.sample_rate, common_end(track)
    excerpts = []
    for number, start_seconds in enumerate(starts, start=1):
        start = round(start_seconds * sample_rate)
        if start >= end:
            raise UsageError(
                f"--excerpt {start_seconds:g} is after the end of {track.name}: "
                f"it has {end / sample_rate:.1f} s"
            )
        title = f"Chosen {number}{' (training part)' if start < learn_end(track) else ''}"
        frames = max(1, min(end - start, round(seconds * sample_rate)))
        excerpts.append(ExcerptRange(title, start, frames))
    return excerpts
