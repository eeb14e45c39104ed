"""What an upsampled signal is worth, in numbers.

Every metric takes the original and an estimate of it, both (frames, channels) int16,
and gives the mean over channels. The waveform metrics (MAE, SNR, SI-SDR) say how near
the samples are, the spectral ones (LSD) whether each band has the right energy at the
right time. Buzz finds the steady lines that a good LSD can hide, and ViSQOL models a
listener. Spectra take the frames that lie fully inside the signal; a signal shorter
than one frame gets zeros behind it up to that frame.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from super_resolution.errors import UsageError, UserError

FULL_SCALE = 32768  # LSB

LSD_FRAME, LSD_HOP = 2048, 512  # samples
LSD_FLOOR = 1e-8  # of |X|^2, for samples in [-1, 1)
LSD_BLOCK = 256  # frames analysed at once: about 30 MB
KNOWN_PART = 0.93  # of the low Nyquist: up to there soxr VHQ leaves a signal as it is

BUZZ_FRAME = 16384  # samples: lines 2.7 Hz apart at 44.1 kHz
BUZZ_TOP = 16000  # Hz; few hear a line above it
BUZZ_MEDIAN = 129  # bins
BUZZ_PERCENTILE = 99.5
BUZZ_FLOOR = 1e-12  # LSB^2/Hz, 66 dB below the rounding to 16 bits

VISQOL_RATE = 48000  # Hz, the one rate of ViSQOL's audio mode
VISQOL_SHORTEST = 1.0  # seconds, for one patch of its spectrogram

Measure = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Metric:
    """A column of the table: its key in what `evaluate` gives, and how to print and read it."""

    key: str
    label: str
    unit: str
    higher_is_better: bool
    definition: str


METRICS = (
    Metric("mae", "MAE", "LSB", False, "mean absolute error, in 16-bit steps"),
    Metric("snr", "SNR", "dB", True, "power of the original over power of the error"),
    Metric("si_sdr", "SI-SDR", "dB", True, "SNR against the original at its best gain"),
    Metric(
        *("lsd", "LSD", "", False),
        "log-spectral distance: STFT 2048/512 Hann, log10(max(|X|^2, 1e-8)), "
        "root mean square over frequency, mean over frames",
    ),
    Metric("lsd_lf", "LSD-LF", "", False, "LSD below 0.93 x the low Nyquist"),
    Metric("lsd_hf", "LSD-HF", "", False, "LSD above the low Nyquist"),
    Metric(
        *("buzz", "Buzz", "dB", False),
        "99.5th percentile of the Welch spectrum (16384, Hann) between the low Nyquist "
        "and 16 kHz, over its running median (129 bins), less that of the original",
    ),
    Metric("visqol", "ViSQOL", "MOS", True, "ViSQOL in audio mode at 48 kHz, 1 to 5"),
)


def evaluate(
    original: np.ndarray,
    estimate: np.ndarray,
    *,
    sample_rate: int,
    low_rate: int,
    visqol: bool = False,
) -> dict[str, float]:
    """Measure an estimate by every metric.

    Parameters
    ----------
    original, estimate : np.ndarray, shape (frames, channels), int16
        The two signals, in LSB.
    sample_rate, low_rate : int
        The rate of both, and that of the signal the estimate was made from, in Hz.
    visqol : bool
        Add ViSQOL, which takes at least twenty times as long as all the others.

    Returns
    -------
    dict of str to float
        By the keys and in the order of `METRICS`. A perfect estimate has an SNR and
        an SI-SDR of infinity.

    Raises
    ------
    UserError
        If the signals differ in shape or are empty, or ViSQOL cannot be had.
    UsageError
        If a band holds no frequency at these rates.
    """
    nyquist = low_rate / 2
    bands = [(0, np.inf), (0, KNOWN_PART * nyquist), (nyquist, np.inf)]
    whole, known, added = _lsd_in_bands(original, estimate, sample_rate, bands)
    values = {
        "mae": mae(original, estimate),
        "snr": snr(original, estimate),
        "si_sdr": si_sdr(original, estimate),
        "lsd": whole,
        "lsd_lf": known,
        "lsd_hf": added,
        "buzz": buzz(original, estimate, sample_rate=sample_rate, low_rate=low_rate),
    }
    if visqol:
        values["visqol"] = visqol_mos(original, estimate, sample_rate=sample_rate)
    return values


def mae(original: np.ndarray, estimate: np.ndarray) -> float:
    """Mean absolute error in LSB."""
    return float(np.mean([np.abs(x - y).mean() for x, y in _channels(original, estimate)]))


def snr(original: np.ndarray, estimate: np.ndarray) -> float:
    """Signal-to-noise ratio in dB. Channels that are silent in both do not count."""

    def ratio(x: np.ndarray, y: np.ndarray) -> float:
        error = x - y
        return _decibels(x @ x, error @ error)

    return _mean_sounding(ratio, original, estimate, both_silent=np.inf)


def si_sdr(original: np.ndarray, estimate: np.ndarray) -> float:
    """Scale-invariant SDR in dB. Channels that are silent in both do not count.

    References
    ----------
    Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019, equation 5.
    """

    def ratio(x: np.ndarray, y: np.ndarray) -> float:
        target = x * ((x @ y) / ((x @ x) or 1))
        error = target - y
        return _decibels(target @ target, error @ error)

    return _mean_sounding(ratio, original, estimate, both_silent=np.inf)


def lsd(
    original: np.ndarray,
    estimate: np.ndarray,
    *,
    sample_rate: int,
    band: tuple[float, float] = (0, np.inf),
) -> float:
    """Log-spectral distance from the first frequency of `band` to below the second, in Hz.

    A gain of 10 dB is a distance of 1. Other parameters and errors as for `evaluate`.

    References
    ----------
    As AERO (Mandel et al., ICASSP 2023) and AP-BWE (Lu et al., TASLP 2024) have it.
    """
    return _lsd_in_bands(original, estimate, sample_rate, [band])[0]


def buzz(original: np.ndarray, estimate: np.ndarray, *, sample_rate: int, low_rate: int) -> float:
    """How far steady lines stand out of the added band, in dB over the original's own.

    About 0 where the estimate is as smooth as the original, below 0 where it lacks lines
    that the original has. Needs some seconds of signal; parameters as for `evaluate`.
    """
    levels = [
        _line_level(y, sample_rate, low_rate) - _line_level(x, sample_rate, low_rate)
        for x, y in _channels(original, estimate)
    ]
    return float(np.mean(levels))


def visqol_mos(original: np.ndarray, estimate: np.ndarray, *, sample_rate: int) -> float:
    """Mean opinion score (1 to 5) that ViSQOL's audio mode expects of listeners.

    NaN where a channel is silent in one of the signals; one that is silent in both does
    not count. Takes 0.2 s a second of sound where numba is installed, else 2 s, and 12 MB.

    Raises
    ------
    UserError
        If `visqol-python` is missing, or the signals are shorter than a second.

    References
    ----------
    Chinen et al., "ViSQOL v3", QoMEX 2020.
    """
    try:
        from visqol import VisqolApi
    except ImportError as error:
        raise UserError(f"ViSQOL is missing ({error}): pip install visqol-python") from None
    import soxr

    shortest = round(VISQOL_SHORTEST * sample_rate)
    if len(original) < shortest:
        raise UserError(f"ViSQOL needs at least {shortest} samples, got {len(original)}")
    judge = VisqolApi()
    judge.create(mode="audio")

    def score(x: np.ndarray, y: np.ndarray) -> float:
        if not (x.any() and y.any()):
            return np.nan
        x, y = (soxr.resample(s / FULL_SCALE, sample_rate, VISQOL_RATE, "VHQ") for s in (x, y))
        return judge.measure_from_arrays(x, y, VISQOL_RATE).moslqo

    return _mean_sounding(score, original, estimate, both_silent=np.nan)


def error_by_position(
    original: np.ndarray, estimate: np.ndarray, window: int, offset: int = 0
) -> np.ndarray:
    """Mean absolute error at each position of the window, where a seam would show.

    Parameters
    ----------
    original, estimate : np.ndarray, shape (frames, channels), int16
        The two signals, in LSB.
    window : int
        Samples from one seam to the next.
    offset : int
        Position of the first sample in its window.

    Returns
    -------
    np.ndarray, shape (window,), float64
        LSB; NaN at positions that no sample has.
    """
    position = (np.arange(len(original)) + offset) % window
    counts = np.bincount(position, minlength=window).astype(np.float64)
    counts[counts == 0] = np.nan
    sums = [
        np.bincount(position, np.abs(x - y), minlength=window)
        for x, y in _channels(original, estimate)
    ]
    return np.mean(sums, axis=0) / counts


def _channels(
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


def _mean_sounding(
    measure: Measure, original: np.ndarray, estimate: np.ndarray, both_silent: float
) -> float:
    # silence against silence is 0 / 0; one empty channel must not hide the other
    pairs = ((x, y) for x, y in _channels(original, estimate) if x.any() or y.any())
    values = [measure(x, y) for x, y in pairs]
    return float(np.mean(values)) if values else both_silent


def _decibels(signal: float, noise: float) -> float:
    if signal == 0:
        return -np.inf
    return 10 * np.log10(signal / noise) if noise else np.inf


def _lsd_in_bands(
    original: np.ndarray,
    estimate: np.ndarray,
    sample_rate: int,
    bands: Sequence[tuple[float, float]],
) -> list[float]:
    """Give the LSD in each of several bands from one pass over the signals."""
    frequencies = np.fft.rfftfreq(LSD_FRAME, 1 / sample_rate)
    masks = [_band_mask(frequencies, *band) for band in bands]
    distances = []
    for x, y in _channels(original, estimate):
        rows = []
        for one, other in zip(_log_spectra(x), _log_spectra(y), strict=True):
            squares = (one - other) ** 2  # (frames, bins)
            rows.append([np.sqrt(squares[:, mask].mean(axis=1)) for mask in masks])
        distances.append(np.concatenate(rows, axis=1).mean(axis=1))  # (bands,)
    return np.mean(distances, axis=0).tolist()


def _log_spectra(samples: np.ndarray) -> Iterator[np.ndarray]:
    """Give log10 of the power of the STFT, (frames, bins) for at most LSD_BLOCK frames."""
    from scipy.fft import rfft
    from scipy.signal import get_window

    window = get_window("hann", LSD_FRAME) / FULL_SCALE
    padded = _pad_to(samples, LSD_FRAME)
    frames = np.lib.stride_tricks.sliding_window_view(padded, LSD_FRAME)[::LSD_HOP]
    for begin in range(0, len(frames), LSD_BLOCK):
        spectra = rfft(frames[begin : begin + LSD_BLOCK] * window)
        yield np.log10(np.maximum(np.abs(spectra) ** 2, LSD_FLOOR))


def _line_level(samples: np.ndarray, sample_rate: int, low_rate: int) -> float:
    """Give how far the strongest lines of the added band stand over their surroundings, in dB."""
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
