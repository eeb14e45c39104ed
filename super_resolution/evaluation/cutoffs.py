"""Songs that end at a cut-off, upsampled, against their originals.

original -> soxr to 2 x the cut-off -> upsampled -> metrics
                                    -> as it is  -> metrics
"""

from collections.abc import Callable

import numpy as np

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.evaluation import metrics
from super_resolution.evaluation.evaluate import MAX_EVALUATED_SECONDS, Results
from super_resolution.evaluation.methods import read_part
from super_resolution.tracks.track import Track, learn_end

FILE = "the file"  # as it is
# how each row is made: arguments of `Upsampler`
UPSAMPLED: dict[str, dict] = {
    "replaced": {"keep": False},
    "kept": {"match": False},
    "kept, level matched": {},
}

# (samples, rate, **arguments) -> (samples at 44.1 kHz, 44100), as an `Upsampler` does
Upsample = Callable[..., tuple[np.ndarray, int]]


def evaluate_cutoff(
    track: Track, hertz: int, upsample: Upsample, *, visqol: bool = False
) -> Results:
    """Evaluate an upsampler on the last 20 % of a track, limited to a cut-off.

    Parameters
    ----------
    track : Track
    hertz : int
        The cut-off: the song is resampled to twice as many samples a second.
    upsample : callable
        An `Upsampler`.
    visqol : bool
        Add ViSQOL.

    Returns
    -------
    dict of str to dict
        The metrics of `FILE` and of each of `UPSAMPLED`. The bands of the metrics begin at the
        cut-off.
    """
    rate, start = track.info.sample_rate, learn_end(track)
    end = min(track.info.frames, start + MAX_EVALUATED_SECONDS * rate)
    original = read_part(track.original, start, end)
    limited = to_int16(resample(original, orig_sr=rate, target_sr=2 * hertz))
    return compare(
        original, limited, upsample, sample_rate=rate, limited_rate=2 * hertz, visqol=visqol
    )


def compare(
    original: np.ndarray,
    limited: np.ndarray,
    upsample: Upsample,
    *,
    sample_rate: int,
    limited_rate: int,
    low_rate: int | None = None,
    visqol: bool = False,
) -> Results:
    """Compare a limited version of a signal with it, as it is and upsampled.

    Parameters
    ----------
    original : ndarray, int16, shape (frames, channels)
    limited : ndarray, int16 or float, shape (limited frames, channels)
    upsample : callable
        An `Upsampler`.
    sample_rate, limited_rate : int
        Of the two signals, in Hz.
    low_rate : int, optional
        Twice the frequency at which the bands of the metrics begin, in Hz; `limited_rate`
        unless given.
    visqol : bool
        Add ViSQOL.

    Returns
    -------
    dict of str to dict
        As `evaluate_cutoff`.
    """
    scale = 1 if limited.dtype == np.int16 else np.float32(32768)
    estimates = {FILE: resample(limited * scale, orig_sr=limited_rate, target_sr=sample_rate)}
    for name, arguments in UPSAMPLED.items():
        estimates[name] = upsample(limited, limited_rate, **arguments)[0] * scale
    return {
        name: metrics.evaluate(
            original,
            _of_length(to_int16(estimate), len(original)),
            sample_rate=sample_rate,
            low_rate=low_rate or limited_rate,
            visqol=visqol,
        )
        for name, estimate in estimates.items()
    }


def _of_length(signal: np.ndarray, frames: int) -> np.ndarray:
    # resampling there and back changes the length by a sample, encoders by a frame
    return np.pad(signal[:frames], ((0, max(0, frames - len(signal))), (0, 0)))
