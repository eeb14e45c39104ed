"""Metrics that compare an upsampled signal (the estimate) with the original (the reference).

All take the reference and the estimate, both (frames, channels) int16, and return the
mean over channels. The waveform metrics (MAE, SNR, SI-SDR) compare samples, the
log-spectral distance (LSD) compares the energy at each time and frequency. Buzz
measures steady lines, which LSD can miss, the envelope error and the level compare the
loudness of the added band, and ViSQOL models a listener.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.errors import UserError
from super_resolution.evaluation.level_metrics import envelope_error, relative_level
from super_resolution.evaluation.spectral_metrics import (
    PASSBAND_SHARE,
    buzz,
    channel_pairs,
    lsd_in_bands,
)

VISQOL_RATE = 48000  # Hz, the only rate of ViSQOL's audio mode
VISQOL_MIN_SECONDS = 1.0  # one patch of its spectrogram

ChannelMetric = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Metric:
    """A column of the table.

    Attributes
    ----------
    key : str
        In the dictionaries that `evaluate` returns.
    label, unit : str
        The head of the column.
    best : {"highest", "lowest", "nearest 0"}
        Which value is the best.
    definition : str
    """

    key: str
    label: str
    unit: str
    best: Literal["highest", "lowest", "nearest 0"]
    definition: str


METRICS = (
    Metric("mae", "MAE", "LSB", "lowest", "mean absolute error, in 16-bit steps"),
    Metric("snr", "SNR", "dB", "highest", "power of the reference over power of the error"),
    Metric("si_sdr", "SI-SDR", "dB", "highest", "SNR against the reference at its best gain"),
    Metric(
        key="lsd",
        label="LSD",
        unit="",
        best="lowest",
        definition="log-spectral distance: STFT 2048/512 Hann, log10(max(|X|^2, 1e-8)), "
        "root mean square over frequency, mean over frames",
    ),
    Metric("lsd_lf", "LSD-LF", "", "lowest", "LSD below 0.93 x the low Nyquist"),
    Metric("lsd_hf", "LSD-HF", "", "lowest", "LSD above the low Nyquist"),
    Metric(
        key="buzz",
        label="Buzz",
        unit="dB",
        best="nearest 0",
        definition="99.5th percentile, from the low Nyquist to 16 kHz, of the Welch spectrum "
        "(16384, Hann) in dB over its running median (129 bins), minus that of the reference: "
        "above 0 if lines were added, below 0 if tones are missing, both of which are faults",
    ),
    Metric(
        key="envelope",
        label="Envelope",
        unit="dB",
        best="lowest",
        definition="root mean square error of the levels in dB of patches of 12 ms by 690 Hz, "
        "from the low Nyquist to the bandwidth of the reference",
    ),
    Metric(
        key="level",
        label="Level",
        unit="dB",
        best="nearest 0",
        definition="level above the low Nyquist, minus that of the reference",
    ),
    Metric("visqol", "ViSQOL", "MOS", "highest", "ViSQOL in audio mode at 48 kHz, 1 to 5"),
)


def evaluate(
    reference: np.ndarray,
    estimate: np.ndarray,
    *,
    sample_rate: int,
    low_rate: int,
    bandwidth: float | None = None,
    visqol: bool = False,
) -> dict[str, float]:
    """Compute all metrics of an estimate.

    Parameters
    ----------
    reference, estimate : np.ndarray, shape (frames, channels), int16
        The two signals, in LSB.
    sample_rate, low_rate : int
        The rate of both, and that of the signal the estimate was made from, in Hz.
    bandwidth : float, optional
        Highest frequency of the reference in Hz; half the sample rate by default.
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
        If the signals differ in shape or are empty, or ViSQOL is not installed.
    UsageError
        If a band contains no frequency bin at these rates.
    """
    nyquist, rates = low_rate / 2, {"sample_rate": sample_rate, "low_rate": low_rate}
    bands = [(0, np.inf), (0, PASSBAND_SHARE * nyquist), (nyquist, np.inf)]
    lsd, lsd_lf, lsd_hf = lsd_in_bands(reference, estimate, sample_rate=sample_rate, bands=bands)
    values = {
        "mae": mae(reference, estimate),
        "snr": snr(reference, estimate),
        "si_sdr": si_sdr(reference, estimate),
        "lsd": lsd,
        "lsd_lf": lsd_lf,
        "lsd_hf": lsd_hf,
        "buzz": buzz(reference, estimate, **rates),
        "envelope": envelope_error(reference, estimate, **rates, bandwidth=bandwidth),
        "level": relative_level(reference, estimate, **rates),
    }
    if visqol:
        values["visqol"] = visqol_mos(reference, estimate, sample_rate=sample_rate)
    return values


def mae(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Mean absolute error in LSB."""
    return float(np.mean([np.abs(x - y).mean() for x, y in channel_pairs(reference, estimate)]))


def snr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Signal-to-noise ratio in dB. Channels that are silent in both do not count."""

    def ratio(x: np.ndarray, y: np.ndarray) -> float:
        error = x - y
        return _decibels(x @ x, error @ error)

    return _mean_of_audible(ratio, reference, estimate, if_all_silent=np.inf)


def si_sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Scale-invariant SDR in dB. Channels that are silent in both do not count.

    References
    ----------
    Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019, equation 5.
    """

    def ratio(x: np.ndarray, y: np.ndarray) -> float:
        target = x * ((x @ y) / ((x @ x) or 1))
        error = target - y
        return _decibels(target @ target, error @ error)

    return _mean_of_audible(ratio, reference, estimate, if_all_silent=np.inf)


def visqol_mos(reference: np.ndarray, estimate: np.ndarray, *, sample_rate: int) -> float:
    """Mean opinion score (1 to 5) that ViSQOL's audio mode predicts.

    NaN if a channel is silent in only one of the signals; one that is silent in both does
    not count. Takes 0.2 s for each second of sound if numba is installed, else 2 s, and 12 MB.

    Raises
    ------
    UserError
        If `visqol-python` is not installed, or the signals are shorter than a second.

    References
    ----------
    Chinen et al., "ViSQOL v3", QoMEX 2020.
    """
    try:
        from visqol import VisqolApi
    except ImportError as error:
        raise UserError(f"ViSQOL is missing ({error}): pip install visqol-python") from None
    import soxr

    min_frames = round(VISQOL_MIN_SECONDS * sample_rate)
    if len(reference) < min_frames:
        raise UserError(f"ViSQOL needs at least {min_frames} samples, got {len(reference)}")
    model = VisqolApi()
    model.create(mode="audio")

    def score(x: np.ndarray, y: np.ndarray) -> float:
        if not (x.any() and y.any()):
            return np.nan
        x, y = (soxr.resample(s / FULL_SCALE, sample_rate, VISQOL_RATE, "VHQ") for s in (x, y))
        return model.measure_from_arrays(x, y, VISQOL_RATE).moslqo

    return _mean_of_audible(score, reference, estimate, if_all_silent=np.nan)


def _mean_of_audible(
    metric: ChannelMetric, reference: np.ndarray, estimate: np.ndarray, *, if_all_silent: float
) -> float:
    # a channel that is silent in both would give 0 / 0 and spoil the mean
    pairs = ((x, y) for x, y in channel_pairs(reference, estimate) if x.any() or y.any())
    values = [metric(x, y) for x, y in pairs]
    return float(np.mean(values)) if values else if_all_silent


def _decibels(signal_power: float, noise_power: float) -> float:
    if signal_power == 0:
        return -np.inf
    return 10 * np.log10(signal_power / noise_power) if noise_power else np.inf
