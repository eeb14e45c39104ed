"""The level match: a known difference in dB is corrected, at once by half, within bounds."""

import numpy as np
import pytest

from super_resolution.upsampling.keeping.level_match import match_levels

RATE = 44100
BAND = (7700.0, 12000.0)
INSIDE = slice(3000, -3000)


def noise(frames: int = 44100, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 500, (frames, 1)).astype(np.float32)


def matched(blocks: list[np.ndarray], unfilled: list[np.ndarray] | None = None) -> np.ndarray:
    unfilled = blocks if unfilled is None else unfilled
    return np.concatenate(list(match_levels(blocks, unfilled, band=BAND, sample_rate=RATE)))


def gain_db(signal: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    pairs = np.concatenate([signal, estimate], axis=1)
    out = matched([pairs])
    assert np.array_equal(out[:, :1], signal)
    return 20 * np.log10(out[INSIDE, 1] / estimate[INSIDE, 0])


@pytest.mark.parametrize("off", [-10.0, -4.0, 0.0, 4.0, 10.0])
def test_a_difference_that_lasts_is_corrected(off):
    signal = noise()
    gains = gain_db(signal, signal * np.float32(10 ** (off / 20)))
    assert gains == pytest.approx(-off, abs=0.1)


def test_the_gain_is_bounded():
    assert gain_db(noise() * 1000, noise()).max() == pytest.approx(12, abs=1e-3)
    assert gain_db(noise(), noise() * 1000).min() == pytest.approx(-40, abs=1e-3)


def test_half_of_a_step_is_followed_at_once_and_all_of_it_after_tenths_of_a_second():
    signal, step = noise(88200), np.ones((88200, 1), np.float32)
    step[44100:] = 10 ** (-12 / 20)
    gains = gain_db(signal * step, signal)
    middle = 44100 - INSIDE.start
    assert gains[: middle - 10000] == pytest.approx(0, abs=0.1)
    assert np.all(np.abs(gains[middle - 10000 : middle - 800]) < 3)
    assert np.all((gains[middle + 800 :] > -12.1) & (gains[middle + 800 :] < -6))
    assert gains[middle + 10000 :] == pytest.approx(-12, abs=0.1)


def test_the_lower_of_two_bands_counts():
    signal, time = noise(), np.arange(44100) / RATE
    low = np.fft.rfft(signal, axis=0)
    low[10500:] = 0  # 1 Hz a bin: the signal is silent in the upper band
    assert gain_db(np.fft.irfft(low, axis=0).astype(np.float32), signal).max() < -8
    # a loud tone in the lower band alone raises nothing
    tone = (5000 * np.sin(2 * np.pi * 8500 * time)).astype(np.float32)[:, np.newaxis]
    assert gain_db(signal + tone, signal) == pytest.approx(0, abs=0.5)


def test_the_slow_ratio_is_that_of_mean_amplitudes():
    # bursts of 100 ms out of 200 ms: the mean power falls by 3 dB, the mean amplitude by 6 dB
    signal = noise(4 * RATE)
    bursts = (np.arange(4 * RATE) % 8820 < 4410).astype(np.float32)[:, np.newaxis]
    gains = gain_db(signal * bursts, signal)
    inside = gains[np.arange(INSIDE.start, 4 * RATE + INSIDE.stop) % 8820 // 441 == 4]
    # the fast ratio is 1 within a burst, and the slow one counts half there. Levels measured over
    # 30 ms have soft edges: -2.7 dB, and -1.5 dB if powers were averaged
    assert np.median(inside) == pytest.approx(-6 / 2, abs=0.4)


def test_silence_needs_no_gain():
    silence = np.zeros((20000, 2), np.float32)
    assert np.array_equal(matched([silence]), silence)


def test_the_slow_ratio_is_that_before_holes_were_filled():
    signal = noise()
    filled = np.concatenate([signal, signal], axis=1)
    unfilled = np.concatenate([signal * 10 ** (-12 / 20), signal], axis=1).astype(np.float32)
    gain = matched([filled], [unfilled])[INSIDE, 1] / signal[INSIDE, 0]
    # half of it, as the fast ratio is 1
    assert 20 * np.log10(gain) == pytest.approx(-6, abs=0.1)


def test_each_channel_has_its_own_gain():
    one = noise()
    pairs = np.concatenate([one, one, one * 2, one / 2], axis=1)
    out = matched([pairs])[INSIDE]
    assert np.allclose(out[:, 2:], one[INSIDE], rtol=0.01)


@pytest.mark.parametrize("size", [37, 5000])
def test_the_sizes_of_blocks_do_not_matter(size):
    pairs = np.concatenate([noise(12000), noise(12000, seed=1)], axis=1)
    whole = matched([pairs])
    blocks = [pairs[start : start + size] for start in range(0, len(pairs), size)]
    parts = matched(blocks, [pairs])
    assert parts.shape == pairs.shape
    assert np.allclose(parts, whole, rtol=1e-3, atol=0.1)


def test_a_changing_gain_makes_no_treble_of_a_loud_bass():
    frames, rng = 4 * RATE, np.random.default_rng(0)
    levels = np.repeat(rng.uniform(0.1, 1, 40), frames // 40)
    spectrum = np.fft.rfft(noise(frames), axis=0)
    spectrum[4 * 13000 :] = 0  # 0.25 Hz a bin
    estimate = np.fft.irfft(spectrum, frames, axis=0).astype(np.float32)
    bass = 10000 * np.sin(2 * np.pi * 100 * np.arange(frames) / RATE)[:, np.newaxis]
    pairs = np.concatenate([estimate * levels[:, np.newaxis], estimate + bass], axis=1)
    blocks = [pairs.astype(np.float32)]
    out = matched(blocks)[RATE:-RATE, 1]
    added = np.abs(np.fft.rfft(out * np.hanning(len(out))))[2 * 14000 :]
    # in LSB: much less than rounding to 16 bits makes of the whole band
    assert np.sqrt(2 * np.sum(added**2) / np.sum(np.hanning(len(out)) ** 2) / len(out)) < 0.1


def test_silence_beside_loud_strokes_makes_no_treble_of_a_loud_bass():
    frames, rng = 2 * RATE, np.random.default_rng(0)
    strokes = (np.arange(frames) % 11025 < 2205)[:, np.newaxis]  # 50 ms of 250 ms
    spectrum = np.fft.rfft(rng.normal(0, 8000, (frames, 1)) * strokes, axis=0)
    spectrum[2 * 13000 :] = 0  # 0.5 Hz a bin
    signal = np.fft.irfft(spectrum, frames, axis=0)
    signal[~strokes[:, 0]] = 0
    bass = 20_000 * np.sin(2 * np.pi * 100 * np.arange(frames) / RATE)[:, np.newaxis]
    pairs = np.concatenate([signal, signal + bass], axis=1).astype(np.float32)
    gain = matched([pairs])[:, 1:] / pairs[:, 1:]
    # within 100 ms of silence, far from the bass's own zeros
    inner = (np.arange(frames) % 11025 > 5500) & (np.arange(frames) % 11025 < 9900)
    steady = np.diff(gain[:, 0])[inner[1:] & (np.abs(bass[1:, 0]) > 1000)]
    assert np.abs(steady).max() < 1e-3
