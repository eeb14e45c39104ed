"""Loudness matching: gains for a fair comparison of versions by ear.

Of two versions listeners nearly always prefer the louder one.
"""

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE, rms

MAX_GAIN = 4.0  # 12 dB: a nearly silent version is not amplified into noise


def matching_gains(signals: dict[str, np.ndarray]) -> dict[str, float]:
    """Compute the gains that give all versions the RMS of the first, the original.

    A gain is at most `MAX_GAIN`, and 1 for silence. If a version would clip, all gains
    are lowered by the same factor.

    Parameters
    ----------
    signals : dict of str to ndarray
        int16 samples, shape (frames, channels); the first is the reference.

    Returns
    -------
    dict of str to float
        Linear gain of each version.
    """
    rms_of = {version: rms(signal) for version, signal in signals.items()}
    target = next(iter(rms_of.values()))
    gains = {
        version: min(MAX_GAIN, target / own) if own and target else 1.0
        for version, own in rms_of.items()
    }
    peak = max(gains[version] * _peak(signal) for version, signal in signals.items())
    return {version: gain / max(1.0, peak) for version, gain in gains.items()}


def _peak(signal: np.ndarray) -> float:
    """Give the largest magnitude relative to full scale."""
    # as floats, because -32768 has no opposite in int16
    return float(np.abs(signal.astype(np.float64)).max(initial=0.0)) / FULL_SCALE
