"""Spectral metrics: log-spectral distance (LSD) and Buzz.

Both take the reference and an estimate of it, (frames, channels) int16, and return the
mean over channels. Only analysis frames that lie fully inside the signal count; a
signal shorter than one frame is padded with zeros to one frame.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.errors import UsageError, UserError

LSD_FRAME, LSD_HOP = 2048, 512  # samples
LSD_FLOOR = 1e-8  # of |X|^2, for samples in [-1, 1)
LSD_BLOCK_FRAMES = 256  # frames analysed at once: about 30 MB
HANN_POWER = 3 / 8  # mean square of a Hann window
PASSBAND_SHARE = 0.93  # of the low Nyquist: soxr VHQ leaves the band below unchanged

BUZZ_FRAME = 16384  # samples: bins of 2.7 Hz at 44.1 kHz
BUZZ_MAX_HZ = 16000  # few people hear a line above it
BUZZ_MEDIAN_BINS = 129
BUZZ_PERCENTILE = 99.5
BUZZ_FLOOR = 1e-12  # LSB^2/Hz, 66 dB below the noise of rounding to 16 bits


def lsd_in_bands(
    reference: np.ndarray,
    estimate: np.ndarray,
    *,
    sample_rate: int,
    bands: Sequence[tuple[float, float]],
) -> list[float]:
    """Log-spectral distance in each of several bands, from one pass over the signals.

    A gain of 10 dB is a distance of 1.

    Parameters
    ----------
    reference, estimate, sample_rate
        As for `metrics.evaluate`.
    bands : sequence of (float, float)
        The lowest frequency of each band, and the frequency below which it ends, in Hz.

    Raises
    ------
    UserError, UsageError
        As for `metrics.evaluate`.

    References
    ----------
    Defined as in AERO (Mandel et al., ICASSP 2023) and AP-BWE (Lu et al., TASLP 2024).
    """
    frequencies = np.fft.rfftfreq(LSD_FRAME, 1 / sample_rate)
    masks = [band_mask(frequencies, *band) for band in bands]
    distances = []
    for x, y in channel_pairs(reference, estimate):
        blocks = []
        for log_x, log_y in zip(_log_spectra(x), _log_spectra(y), strict=True):
            squares = (log_x - log_y) ** 2  # (frames, bins)
            blocks.append([np.sqrt(squares[:, mask].mean(axis=1)) for mask in masks])
        distances.append(np.concatenate(blocks, axis=1).mean(axis=1))  # (bands,)
    return np.mean(distances, axis=0).tolist()


def buzz(reference: np.ndarray, estimate: np.ndarray, *, sample_rate: int, low_rate: int) -> float:
    """Level of the steady lines in the added band, relative to the reference, in dB.

    `metrics.METRICS` has the definition; parameters and errors are those of
    `metrics.evaluate`. The signals should have a length of several seconds. NaN if the
    low Nyquist is at or above `BUZZ_MAX_HZ`.
    """
    differences = [
        _line_level(y, sample_rate, low_rate) - _line_level(x, sample_rate, low_rate)
        for x, y in channel_pairs(reference, estimate)
    ]
    return float(np.mean(differences))


def channel_pairs(
    reference: np.ndarray, estimate: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the channels one by one as float64, so that a difference does not overflow."""
    if reference.shape != estimate.shape or reference.ndim != 2 or reference.size == 0:
        raise UserError(
            f"cannot compare signals of shape {reference.shape} and {estimate.shape}: "
            "expected two of the same (frames, channels), of 1 sample or more"
        )
    for x, y in zip(reference.T, estimate.T, strict=True):
        yield x.astype(np.float64), y.astype(np.float64)


def power_spectra(
    samples: np.ndarray, *, frame: int, hop: int, block_frames: int
) -> Iterator[np.ndarray]:
    """Compute the power of the STFT with a Hann window, in blocks to save memory.

    Parameters
    ----------
    samples : np.ndarray, shape (n,), float
        One channel; padded with zeros to one frame if it is shorter.
    frame, hop : int
        Length of a frame, and distance from one to the next, in samples.
    block_frames : int
        Frames in a block.

    Yields
    ------
    np.ndarray, shape (block_frames or, in the last block, fewer, frame // 2 + 1)
    """
    import librosa

    padded = pad_to(samples, frame)
    frames = 1 + (len(padded) - frame) // hop
    for begin in range(0, frames, block_frames):
        end = (min(begin + block_frames, frames) - 1) * hop + frame
        block = padded[begin * hop : end]
        spectra = librosa.stft(block, n_fft=frame, hop_length=hop, window="hann", center=False)
        yield np.abs(spectra.T) ** 2


def pad_to(samples: np.ndarray, frames: int) -> np.ndarray:
    """Append zeros to one channel that is shorter than `frames` samples."""
    return np.pad(samples, (0, max(0, frames - len(samples))))


def band_mask(frequencies: np.ndarray, lowest: float, end: float) -> np.ndarray:
    """Select the frequencies from `lowest` on and below `end`; UsageError if there are none."""
    mask = (frequencies >= lowest) & (frequencies < end)
    if not mask.any():
        raise UsageError(
            f"no frequency to measure between {lowest:g} and {end:g} Hz "
            f"in signals that end at {frequencies[-1]:g} Hz: check the two sample rates"
        )
    return mask


def _log_spectra(samples: np.ndarray) -> Iterator[np.ndarray]:
    """Give log10 of the STFT's power in blocks, (frames, bins) of at most LSD_BLOCK_FRAMES."""
    for power in power_spectra(
        samples / FULL_SCALE, frame=LSD_FRAME, hop=LSD_HOP, block_frames=LSD_BLOCK_FRAMES
    ):
        yield np.log10(np.maximum(power, LSD_FLOOR))


def _line_level(samples: np.ndarray, sample_rate: int, low_rate: int) -> float:
    """Give the level of the strongest lines over the running median of the spectrum, in dB."""
    if low_rate / 2 >= BUZZ_MAX_HZ:
        return np.nan
    from scipy.ndimage import median_filter
    from scipy.signal import welch

    padded = pad_to(samples, BUZZ_FRAME)
    frequencies, power = welch(padded, sample_rate, window="hann", nperseg=BUZZ_FRAME)
    level = 10 * np.log10(np.maximum(power, BUZZ_FLOOR))
    excess = level - median_filter(level, BUZZ_MEDIAN_BINS)
    band = band_mask(frequencies, low_rate / 2, BUZZ_MAX_HZ)
    return np.percentile(excess[band], BUZZ_PERCENTILE)
