"""Where a codec cut off an original: noise with a wall, and sounds without one."""

import numpy as np
import pytest
import scipy.signal

from super_resolution.audio.cutoff import CutoffMeter
from super_resolution.audio.pcm import to_int16

RATE, NYQUIST = 44100, 22050.0
FRAMES = 2 * RATE


def noise(level: float = 3000.0, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, (FRAMES, channels))


def low_passed(signal: np.ndarray, cutoff: float, steepness: float = 200.0) -> np.ndarray:
    """Filter as codecs do: whole up to the cut-off in Hz, nothing `steepness` Hz above."""
    edges = [0, cutoff - steepness / 2, cutoff + steepness / 2, NYQUIST]
    taps = scipy.signal.firwin2(2001, edges, [1, 1, 0, 0], fs=RATE)
    return scipy.signal.fftconvolve(signal, taps[:, np.newaxis], mode="same")


def coloured(power: float) -> np.ndarray:
    """Give noise whose power falls with so high a power of the frequency."""
    spectrum = np.fft.rfft(noise()[:, 0])
    hertz = np.maximum(np.fft.rfftfreq(FRAMES, 1 / RATE), 50)
    return np.fft.irfft(spectrum * (hertz / 50) ** (-power / 2))[:, np.newaxis] * 3


def bandwidth(signal: np.ndarray, size: int = 10_000) -> float:
    meter = CutoffMeter(RATE)
    for first in range(0, len(signal), size):
        meter.add(to_int16(signal[first : first + size]))
    return meter.bandwidth


@pytest.mark.parametrize("cutoff", [15_000, 16_000, 19_000, 20_000])
@pytest.mark.parametrize("level", [30, 3000])
def test_the_cut_off_of_noise_is_found(cutoff, level):
    assert bandwidth(low_passed(noise(level), cutoff)) == pytest.approx(cutoff, abs=300)


def test_the_cut_off_of_falling_treble_is_found():
    assert bandwidth(low_passed(coloured(2), 16_000)) == pytest.approx(16_000, abs=300)


def test_one_channel_with_treble_is_enough():
    stereo = noise(channels=2)
    stereo[:, :1] = low_passed(stereo[:, :1], 16_000)
    assert bandwidth(stereo) == NYQUIST
    stereo[:, 1:] = low_passed(stereo[:, 1:], 19_000)
    assert bandwidth(stereo) == pytest.approx(19_000, abs=300)


@pytest.mark.parametrize(
    "signal",
    [
        noise(),
        coloured(2),
        coloured(4),  # a piano: below the noise of rounding at 10 kHz
        coloured(8),
        np.zeros((FRAMES, 2)),
        np.zeros((100, 1)),
        noise()[:1000],
        low_passed(noise(), 9000),  # an old recording: no codec cuts so low
        noise(0.2),
    ],
    ids=["noise", "pink", "piano", "dull", "silence", "short", "short noise", "old", "rounding"],
)
def test_what_no_codec_cut_off_reaches_the_nyquist_frequency(signal):
    assert bandwidth(signal) == NYQUIST


@pytest.mark.parametrize("size", [1000, 2047, 2048, 2049, 5000, FRAMES])
def test_blocks_of_any_size_give_the_same(size):
    signal = low_passed(noise(channels=2), 17_000)[:20_000]
    assert bandwidth(signal, size) == bandwidth(signal, 20_000)


def test_another_rate_has_its_own_nyquist_frequency():
    meter = CutoffMeter(48_000)
    meter.add(to_int16(noise()))
    assert meter.bandwidth == 24_000


def test_no_blocks_are_silence():
    assert CutoffMeter(RATE).bandwidth == NYQUIST
