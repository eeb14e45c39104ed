"""Equal loudness: the gains with which versions of one sound can be compared by ear.

Of two versions the louder one nearly always sounds better, whatever else it is.
"""

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE, rms

MAX_GAIN = 4.0  # 12 dB: what is next to silent is not blown up into noise


def level_gains(signals: dict[str, np.ndarray]) -> dict[str, float]:
    """Give the gains that make all versions as loud as the original.

    Loudness is the RMS over all samples. A gain is at most `MAX_GAIN`, silence keeps
    gain 1, and when any version would clip, all are turned down together.

    Parameters
    ----------
    signals : dict of str to ndarray
        int16 samples, shape (frames, channels); "original" is the reference.

    Returns
    -------
    dict of str to float
        Linear gain of each version.
    """
    level = {version: rms(signal) for version, signal in signals.items()}
    reference = level["original"]
    gains = {
        version: min(MAX_GAIN, reference / own) if own and reference else 1.0
        for version, own in level.items()
    }
    peak = max(gains[version] * _peak(signal) for version, signal in signals.items())
    return {version: gain / max(1.0, peak) for version, gain in gains.items()}


def _peak(signal: np.ndarray) -> float:
    """Give the largest magnitude, of full scale; int16 has no +32768, hence the float."""
    return float(np.abs(signal.astype(np.float64)).max(initial=0.0)) / FULL_SCALE
