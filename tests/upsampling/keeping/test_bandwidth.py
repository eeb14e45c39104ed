"""The cut-off of a signal: tones, noise, silence, what resamplers and radio leave."""

from math import inf

import numpy as np
import pytest

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.upsampling.keeping.bandwidth import (
    FIRST_SECONDS,
    measure_cutoff,
    measure_first,
)


def noise(rate: int, seconds: float = 3, level: float = 1000) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(0, level, (round(rate * seconds), 2)).astype(np.float32)


def limited(rate: int, **options) -> np.ndarray:
    return resample(noise(rate, **options), orig_sr=rate, target_sr=44100)


def sloping(db_per_khz: float) -> np.ndarray:
    signal = noise(44100)
    spectrum = np.fft.rfft(signal, axis=0)
    fall = db_per_khz * np.fft.rfftfreq(len(signal), 1 / 44.1)
    return np.fft.irfft(spectrum * 10 ** (-fall[:, np.newaxis] / 20), len(signal), axis=0)


def tone(hertz: float, level: float, frames: int) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz / 44100 * np.arange(frames))[:, np.newaxis]


def cutoff(signal: np.ndarray, size: int = 5000, rate: int = 44100) -> float:
    rounded = to_int16(signal).astype(np.float32)
    return measure_cutoff([rounded[i : i + size] for i in range(0, len(rounded), size)], rate)


@pytest.mark.parametrize("hertz", [7001.93, 12003.7, 20001.1])
def test_a_tone_alone_has_its_own_frequency(hertz):
    assert cutoff(tone(hertz, 1000, 88200)) == pytest.approx(hertz, abs=200)


def test_noise_is_full():
    assert cutoff(noise(44100)) > 21800


@pytest.mark.parametrize("rate", [11025, 15000, 22050, 32000])
@pytest.mark.parametrize("level", [20, 1000])
def test_a_resampled_file_ends_where_the_filter_begins_to_fall(rate, level):
    assert 0.92 * rate / 2 < cutoff(limited(rate, level=level)) < 0.97 * rate / 2
    assert cutoff(noise(rate, level=level), rate=rate) == pytest.approx(rate / 2, rel=0.01)


@pytest.mark.parametrize("db_per_khz", [1, 2])
def test_a_slope_of_music_is_no_edge(db_per_khz):
    assert cutoff(sloping(db_per_khz)) > 21000


@pytest.mark.parametrize("db_per_khz", [5, 10])
@pytest.mark.parametrize("rate", [44100, 32000])
def test_sound_that_sinks_into_the_noise_of_rounding_is_not_cut_off(db_per_khz, rate):
    signal = resample(sloping(db_per_khz), orig_sr=44100, target_sr=rate)
    assert cutoff(signal, rate=rate) == inf


def test_a_low_tone_alone_is_not_cut_off():
    assert cutoff(tone(1000.37, 1000, 88200)) == inf


@pytest.mark.parametrize("rate", [11025, 15000, 22050])
def test_sound_that_would_have_gone_on_is_cut_off(rate):
    # at the end of the file's own band, and at an edge within a wider one
    low = resample(sloping(3), orig_sr=44100, target_sr=rate)
    assert cutoff(low, rate=rate) > 0.95 * rate / 2
    assert 0.9 * rate / 2 < cutoff(resample(low, orig_sr=rate, target_sr=44100)) < rate / 2


@pytest.mark.parametrize("sound", [tone(19000, 2, 132300), noise(44100, level=5)])
def test_faint_sound_above_an_edge_does_not_hide_it(sound):
    assert cutoff(limited(32000) + sound) == pytest.approx(15000, rel=0.03)


def test_one_channel_is_enough():
    signal = noise(44100)
    signal[:, 0] = 0
    assert cutoff(signal) > 21800


def test_seconds_of_silence_change_nothing():
    signal = limited(32000)
    assert cutoff(np.pad(signal, ((441000, 44100), (0, 0)))) == pytest.approx(
        cutoff(signal), rel=0.01
    )


@pytest.mark.parametrize("frames", [0, 1, 100, 88200])
def test_silence_has_no_cutoff(frames):
    assert cutoff(np.zeros((frames, 1))) == inf


def test_a_sound_shorter_than_a_window_is_measured():
    assert 0 < cutoff(noise(44100, 0.01)) <= 22050


def test_the_sizes_of_blocks_do_not_matter():
    signal = limited(15000)
    assert len({cutoff(signal, size) for size in (100, 2048, 50000)}) == 1


def test_of_a_pipe_only_the_start_is_read_and_all_is_passed_on():
    read = []

    def blocks():
        for number, size in enumerate([1000, 7000, 3000, 100, 5000]):
            read.append(number)
            yield np.full((round(size * FIRST_SECONDS / 10), 1), number, np.float32)

    hertz, passed = measure_first(blocks(), 1000)
    assert read == [0, 1, 2] and hertz >= 0
    assert [block[0, 0] for block in passed] == [0, 1, 2, 3, 4]


def test_what_follows_the_start_of_a_pipe_does_not_count():
    start, rest = limited(22050, seconds=FIRST_SECONDS), noise(44100)
    joined = np.concatenate([start, rest])
    assert measure_first([joined], 44100)[0] == measure_first([start, rest], 44100)[0] < 11025


def with_an_edge_inside() -> np.ndarray:
    # noise that is 30 dB lower from 11 kHz on
    signal = noise(44100)
    spectrum = np.fft.rfft(signal, axis=0)
    low = np.fft.rfftfreq(len(signal), 1 / 44.1) < 11
    return np.fft.irfft(spectrum * np.where(low, 1, 10**-1.5)[:, np.newaxis], len(signal), axis=0)


def test_sound_behind_an_edge_that_is_louder_and_softer_is_music():
    beats = 10 ** (np.sin(2 * np.pi * 3 * np.arange(3 * 44100) / 44100) / 2)[:, np.newaxis]
    assert cutoff(beats * with_an_edge_inside()) > 21000


def test_sound_behind_an_edge_that_is_as_loud_at_all_times_is_noise():
    assert cutoff(with_an_edge_inside()) == pytest.approx(11000, abs=200)


def test_bursts_behind_an_edge_are_what_an_encoder_left():
    signal, burst = limited(22050), with_an_edge_inside()[:4410]
    signal[44100:48510] = burst
    assert cutoff(signal) < 11000
