"""What the spectrum of an upsampled signal is worth: LSD and Buzz.

Both take the original and an estimate of it, (frames, channels) int16, and give the
mean over channels. Spectra take the frames that lie fully inside the signal; a
signal shorter than one frame gets zeros behind it up to that frame.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.errors import UsageError, UserError

LSD_FRAME, LSD_HOP = 2048, 512  # samples
LSD_FLOOR = 1e-8  # of |X|^2, for samples in [-1, 1)
LSD_BLOCK = 256  # frames analysed at once: about 30 MB
KNOWN_PART = 0.93  # of the low Nyquist: up to there soxr VHQ leaves a signal as it is

BUZZ_FRAME = 16384  # samples: lines 2.7 Hz apart at 44.1 kHz
BUZZ_TOP = 16000  # Hz; few hear a line above it
BUZZ_MEDIAN = 129  # bins
BUZZ_PERCENTILE = 99.5
BUZZ_FLOOR = 1e-12  # LSB^2/Hz, 66 dB below the rounding to 16 bits


def lsd(
    original: np.ndarray,
    estimate: np.ndarray,
    *,
    sample_rate: int,
    band: tuple[float, float] = (0, np.inf),
) -> float:
    """Log-spectral distance from the first frequency of `band` to below the second, in Hz.

    A gain of 10 dB is a distance of 1. Other parameters and errors as for `metrics.evaluate`.

    References
    ----------
    As AERO (Mandel et al., ICASSP 2023) and AP-BWE (Lu et al., TASLP 2024) have it.
    """
    return lsd_in_bands(original, estimate, sample_rate, [band])[0]


def buzz(original: np.ndarray, estimate: np.ndarray, *, sample_rate: int, low_rate: int) -> float:
    """How far steady lines stand out of the added band, in dB over the original's own.

    About 0 where the estimate is as smooth as the original, below 0 where it lacks lines
    that the original has. Needs some seconds of signal; parameters as for `metrics.evaluate`.
    """
    levels = [
        _line_level(y, sample_rate, low_rate) - _line_level(x, sample_rate, low_rate)
        for x, y in channel_pairs(original, estimate)
    ]
    return float(np.mean(levels))


def channel_pairs(
    original: np.ndarray, estimate: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the channels one by one as float64, in which a difference cannot wrap."""
    if original.shape != estimate.shape or original.ndim != 2 or original.size == 0:
        raise UserError(
            f"cannot compare signals of shape {original.shape} and {estimate.shape}: "
            "expected two of the same (frames, channels), of 1 sample or more"
        )
    for x, y in zip(original.T, estimate.T, strict=True):
        yield x.astype(np.float64), y.astype(np.float64)


def lsd_in_bands(
    original: np.ndarray,
    estimate: np.ndarray,
    sample_rate: int,
    bands: Sequence[tuple[float, float]],
) -> list[float]:
    """Give the LSD in each of several bands from one pass over the signals."""
    frequencies = np.fft.rfftfreq(LSD_FRAME, 1 / sample_rate)
    masks = [_band_mask(frequencies, *band) for band in bands]
    distances = []
    for x, y in channel_pairs(original, estimate):
        rows = []
        for one, other in zip(_log_spectra(x), _log_spectra(y), strict=True):
            squares = (one - other) ** 2  # (frames, bins)
            rows.append([np.sqrt(squares[:, mask].mean(axis=1)) for mask in masks])
        distances.append(np.concatenate(rows, axis=1).mean(axis=1))  # (bands,)
    return np.mean(distances, axis=0).tolist()


def _log_spectra(samples: np.ndarray) -> Iterator[np.ndarray]:
    """Give log10 of the power of the STFT, (frames, bins) for at most LSD_BLOCK frames."""
    import librosa

    padded = _pad_to(samples / FULL_SCALE, LSD_FRAME)
    frames = 1 + (len(padded) - LSD_FRAME) // LSD_HOP
    for begin in range(0, frames, LSD_BLOCK):
        end = (min(begin + LSD_BLOCK, frames) - 1) * LSD_HOP + LSD_FRAME
        spectra = librosa.stft(
            padded[begin * LSD_HOP : end],
            n_fft=LSD_FRAME,
            hop_length=LSD_HOP,
            window="hann",
            center=False,
        )
        yield np.log10(np.maximum(np.abs(spectra.T) ** 2, LSD_FLOOR))


def _line_level(samples: np.ndarray, sample_rate: int, low_rate: int) -> float:
    """Give how far the strongest lines of the added band stand over their surroundings, in dB.

    NaN where the low version reaches up to where lines can be heard.
    """
    if low_rate / 2 >= BUZZ_TOP:
        return np.nan
    from scipy.ndimage import median_filter
    from scipy.signal import welch

    padded = _pad_to(samples, BUZZ_FRAME)
    frequencies, power = welch(padded, sample_rate, window="hann", nperseg=BUZZ_FRAME)
    level = 10 * np.log10(np.maximum(power, BUZZ_FLOOR))
    added = _band_mask(frequencies, low_rate / 2, BUZZ_TOP)
    return np.percentile((level - median_filter(level, BUZZ_MEDIAN))[added], BUZZ_PERCENTILE)


def _pad_to(samples: np.ndarray, frames: int) -> np.ndarray:
    return np.pad(samples, (0, max(0, frames - len(samples))))


def _band_mask(frequencies: np.ndarray, lowest: float, end: float) -> np.ndarray:
    mask = (frequencies >= lowest) & (frequencies < end)
    if not mask.any():
        raise UsageError(
            f"no frequency to measure between {lowest:g} and {end:g} Hz "
            f"in signals that end at {frequencies[-1]:g} Hz: check the two sample rates"
        )
    return mask
