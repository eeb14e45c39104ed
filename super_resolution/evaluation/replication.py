"""Band replication: the upper half of the low band, copied upwards.

It is the method of audio codecs (spectral band replication), but without the envelope
that a codec transmits: here the level follows the slope of the low band's own spectrum.
Unlike the other baselines it adds treble, so a network has to surpass it by ear.
"""

import numpy as np

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.evaluation.spectral_metrics import HANN_POWER, PASSBAND_SHARE, pad_to

BAND_REPLICATION = "band replication"  # its row of the table
FRAME, HOP = 2048, 512  # samples of the STFT, with a Hann window
FIT_START = 0.25  # of the low Nyquist: spectra of music are flatter below some 2 kHz
POWER_FLOOR = ROUNDING_POWER * FRAME * HANN_POWER  # LSB^2


def replicate_band(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Add copies of the upper half of the low band to soxr's output, above the low Nyquist.

    In each frame of the STFT the bins of that half are repeated upwards. A bin copied
    from frequency f to g gets the gain (g / f) ** (slope / 2), where power ~ f ** slope
    is the straight line, in logarithms, that fits the channel's mean spectrum in the two
    octaves below the low Nyquist. The slope is 0 at most. Parameters and result as for
    `baselines.hold`.

    References
    ----------
    Dietz et al., "Spectral Band Replication, a novel approach in audio coding", AES 2002.
    """
    high = resample(low, orig_sr=orig_sr, target_sr=target_sr)
    for channel in high.T:
        channel += _copies(channel, nyquist=orig_sr / 2, sample_rate=target_sr)
    return high


def _copies(samples: np.ndarray, *, nyquist: float, sample_rate: int) -> np.ndarray:
    """Give what is added to one channel, float32 (frames,)."""
    import librosa

    frames = len(samples)
    padded = pad_to(samples, FRAME)  # librosa needs a whole frame
    spectra = librosa.stft(padded, n_fft=FRAME, hop_length=HOP)  # (bins, STFT frames)
    frequencies = librosa.fft_frequencies(sr=sample_rate, n_fft=FRAME)
    slope = _slope(spectra, frequencies, nyquist)
    # a shift by a multiple of FRAME / HOP bins keeps a tone's phase from frame to frame
    step = FRAME // HOP
    width = step * round(nyquist / 2 / frequencies[step])
    first = int(nyquist / frequencies[1]) + 1
    target = np.arange(first, len(frequencies))
    source = first - width + (target - first) % width
    gain = (frequencies[target] / frequencies[source]) ** (slope / 2)
    spectra[target] = spectra[source] * gain[:, None].astype(np.float32)
    spectra[:first] = 0
    return librosa.istft(spectra, hop_length=HOP, length=len(padded))[:frames]


def _slope(spectra: np.ndarray, frequencies: np.ndarray, nyquist: float) -> float:
    """Fit log power over log frequency in the two octaves below the low Nyquist; 0 at most."""
    band = (frequencies >= FIT_START * nyquist) & (frequencies < PASSBAND_SHARE * nyquist)
    power = np.square(np.abs(spectra[band])).mean(axis=1)
    levels = np.log(np.maximum(power, POWER_FLOOR))
    slope, _ = np.polyfit(np.log(frequencies[band]), levels, 1)
    return min(0.0, float(slope))
