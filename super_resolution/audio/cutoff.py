"""The bandwidth of an original: where a codec's low-pass cut it off.

An mp3 or an Ogg Vorbis file of a low bit rate ends at 16 to 20 kHz like a wall. Music that simply
gets quieter has no wall: a piano has next to nothing at 15 kHz, and all of that is its own.
"""

import numpy as np

FFT_SIZE = 2048  # samples
LOWEST_HZ = 14_000.0  # codecs that are used for music cut no lower
WALL_HZ = 600.0  # from the last band that is whole to the first that is empty
WALL_DB = 14.0  # what falls within it
SMOOTHED = 7  # bins, 150 Hz
EMPTY = 1e-8  # LSB^2: a power of digital silence, far below the noise of rounding


class CutoffMeter:
    """Measure the bandwidth of a signal that passes in blocks.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._held: np.ndarray | None = None
        self._power, self._window = np.zeros(FFT_SIZE // 2 + 1), np.hanning(FFT_SIZE)

    def add(self, block: np.ndarray) -> None:
        """Add samples, shape (frames, channels)."""
        held = block if self._held is None else np.concatenate([self._held, block])
        whole = len(held) // FFT_SIZE * FFT_SIZE
        frames = held[:whole].reshape(-1, FFT_SIZE, held.shape[1])
        spectra = np.fft.rfft(frames * self._window[:, np.newaxis], axis=1)
        self._power += np.square(np.abs(spectra)).sum(axis=(0, 2))
        self._held = held[whole:]

    @property
    def bandwidth(self) -> float:
        """The frequency in Hz at which the signal is cut off, or the Nyquist frequency."""
        nyquist, bin_hz = self._rate / 2, self._rate / FFT_SIZE
        smooth = np.convolve(self._power, np.full(SMOOTHED, 1 / SMOOTHED), mode="same") + EMPTY
        decibels, width = 10 * np.log10(smooth), round(WALL_HZ / bin_hz)
        # the loudest that remains from each bin on
        behind = np.maximum.accumulate(decibels[::-1])[::-1]
        drops = decibels[:-width] - behind[width:]
        walls = np.flatnonzero(drops >= WALL_DB)
        walls = walls[walls * bin_hz >= LOWEST_HZ]
        return nyquist if len(walls) == 0 else float((walls[0] + width / 2) * bin_hz)
