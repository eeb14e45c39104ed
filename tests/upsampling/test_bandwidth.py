"""The bandwidth of a signal: tones, noise, silence, an upsampled file."""

import numpy as np
import pytest

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.upsampling.bandwidth import measure_bandwidth


def noise(rate: int, seconds: float = 3, level: float = 1000) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(0, level, (round(rate * seconds), 2)).astype(np.float32)


def blocks_of(signal: np.ndarray, size: int = 5000):
    rounded = to_int16(signal).astype(np.float32)
    return [rounded[i : i + size] for i in range(0, len(rounded), size)]


@pytest.mark.parametrize("hertz", [1000.37, 7001.93, 12003.7, 20001.1])
def test_a_tone_alone_has_its_own_frequency(hertz):
    tone = 1000 * np.sin(2 * np.pi * hertz * np.arange(88200) / 44100)[:, np.newaxis]
    assert measure_bandwidth(blocks_of(tone), 44100) == pytest.approx(hertz, abs=200)


def test_noise_has_the_full_bandwidth():
    assert measure_bandwidth(blocks_of(noise(44100)), 44100) > 21800


@pytest.mark.parametrize("low_rate", [11025, 15000, 22050])
def test_an_upsampled_file_ends_at_its_old_nyquist_frequency(low_rate):
    high = resample(noise(low_rate), orig_sr=low_rate, target_sr=44100)
    reach = measure_bandwidth(blocks_of(high), 44100)
    assert 0.93 * low_rate / 2 < reach < 1.03 * low_rate / 2


def test_one_channel_is_enough():
    signal = noise(44100)
    signal[:, 0] = 0
    assert measure_bandwidth(blocks_of(signal), 44100) > 21800


@pytest.mark.parametrize("frames", [0, 100, 88200])
def test_silence_has_no_bandwidth(frames):
    assert measure_bandwidth(blocks_of(np.zeros((frames, 1))), 44100) == 0


def test_the_sizes_of_blocks_do_not_matter():
    high = resample(noise(15000), orig_sr=15000, target_sr=44100)
    results = {measure_bandwidth(blocks_of(high, size), 44100) for size in (100, 2048, 50000)}
    assert len(results) == 1


def test_a_click_too_short_for_a_window_counts_as_treble():
    click = np.zeros((10, 1), np.float32)
    click[5:] = 10000
    assert measure_bandwidth([click], 44100) > 15000


@pytest.mark.parametrize("start", [0, 1_000_000, 1_399_000])
def test_treble_is_found_anywhere_in_the_song(start):
    signal = np.zeros((1_400_000, 1), np.float32)
    signal[start : start + 1000] = noise(44100, 1)[:1000, :1]
    assert measure_bandwidth(blocks_of(signal, 300_000), 44100) > 20000
