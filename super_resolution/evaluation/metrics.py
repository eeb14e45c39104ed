"""What an upsampled signal is worth, in numbers.

Every metric takes the original and an estimate of it, both (frames, channels) int16,
and gives the mean over channels. The waveform metrics (MAE, SNR, SI-SDR) say how near
the samples are, the spectral ones (LSD) whether each band has the right energy at the
right time. Buzz finds the steady lines that a good LSD can hide, and ViSQOL models a
listener. Spectra take the frames that lie fully inside the signal; a signal shorter
than one frame gets zeros behind it up to that frame.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.errors import UserError
from super_resolution.evaluation.spectral_metrics import (
    KNOWN_PART,
    buzz,
    channel_pairs,
    lsd_in_bands,
)

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
    whole, known, added = lsd_in_bands(original, estimate, sample_rate, bands)
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
    return float(np.mean([np.abs(x - y).mean() for x, y in channel_pairs(original, estimate)]))


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


def _mean_sounding(
    measure: Measure, original: np.ndarray, estimate: np.ndarray, both_silent: float
) -> float:
    # silence against silence is 0 / 0; one empty channel must not hide the other
    pairs = ((x, y) for x, y in channel_pairs(original, estimate) if x.any() or y.any())
    values = [measure(x, y) for x, y in pairs]
    return float(np.mean(values)) if values else both_silent


def _decibels(signal: float, noise: float) -> float:
    if signal == 0:
        return -np.inf
    return 10 * np.log10(signal / noise) if noise else np.inf
