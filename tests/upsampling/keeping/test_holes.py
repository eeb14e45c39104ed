"""Holes below the cut-off are filled by the estimate, and nothing else changes."""

import numpy as np
import pytest
from sounds import RATE, band_level

from super_resolution.upsampling.keeping import holes
from super_resolution.upsampling.keeping.holes import fill_holes

BAND = (7700.0, 15000.0)
FRAMES = 30_001


def noise(seed: int, frames: int = FRAMES, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 300, (frames, channels)).astype(np.float32)


def without(signal: np.ndarray, low: float, high: float, time: slice = slice(None)) -> np.ndarray:
    """Remove a band of a signal for some time."""
    spectrum = np.fft.rfft(signal, axis=0)
    hertz = np.fft.rfftfreq(len(signal), 1 / RATE)
    spectrum[(hertz >= low) & (hertz < high)] = 0
    result = signal.copy()
    result[time] = np.fft.irfft(spectrum, len(signal), axis=0)[time]
    return result.astype(np.float32)


def fill(signal: np.ndarray, estimate: np.ndarray, size: int = FRAMES) -> np.ndarray:
    pairs = np.concatenate([signal, estimate], axis=1)
    blocks = (pairs[first : first + size] for first in range(0, len(pairs), size))
    joined = np.concatenate(list(fill_holes(blocks, band=BAND, sample_rate=RATE)))
    filled, same = np.split(joined, 2, axis=1)
    assert np.array_equal(same, estimate)
    return filled


def test_a_gap_in_the_whole_band_gets_the_level_of_the_estimate():
    gap = slice(8000, 20000)
    signal, estimate = without(noise(0), 7000, 16000, gap), noise(1)
    filled = fill(signal, estimate)
    inner = slice(9500, 18500)
    assert band_level(signal[inner], 8000, 14700) < band_level(estimate[inner], 8000, 14700) - 40
    assert (
        abs(band_level(filled[inner], 8000, 14700) - band_level(estimate[inner], 8000, 14700)) < 0.5
    )
    # below it, and before and after it in time
    assert abs(band_level(filled[inner], 0, 6900) - band_level(signal[inner], 0, 6900)) < 0.05
    assert np.array_equal(filled[:6000], signal[:6000])
    assert np.array_equal(filled[22000:], signal[22000:])


@pytest.mark.parametrize("low, high", [(11350.0, 15100.0), (9500.0, 13150.0), (12500.0, 15100.0)])
def test_the_fewer_patches_are_empty_the_less_is_added_to_them(low, high):
    signal, estimate = without(noise(0), low, high), noise(1)
    filled = fill(signal, estimate)
    share = (min(high, BAND[1]) - low) / (BAND[1] - BAND[0])
    inside = low + 300, min(high, BAND[1]) - 300
    added = band_level(filled, *inside) - band_level(estimate, *inside)
    assert abs(added - 10 * np.log10(share)) < 1.5
    # beside the hole
    assert abs(band_level(filled, 7700, low - 300) - band_level(signal, 7700, low - 300)) < 0.05


def bursts(signal: np.ndarray) -> tuple[np.ndarray, list[slice]]:
    """Make holes in the whole band, of a third of the time; give those that lie within."""
    gaps = [slice(first, first + 6144) for first in range(9000, len(signal) - 9000, 18000)]
    for gap in gaps:
        signal = without(signal, 7000, 16000, gap)
    return signal, [slice(gap.start + 1500, gap.stop - 1500) for gap in gaps[1:-1]]


def gap_levels(
    filled: np.ndarray, gaps: list[slice], low: float = 8000, high: float = 14700
) -> np.ndarray:
    """Give the level in gaps over that of usual noise, in dB."""
    usual = noise(1, len(filled))
    return np.array(
        [band_level(filled[gap], low, high) - band_level(usual[gap], low, high) for gap in gaps]
    )


@pytest.mark.parametrize("louder", [0.0, 20.0])
def test_a_hole_is_filled_to_the_level_of_what_is_around_it(louder):
    signal, gaps = bursts(noise(0, 4 * FRAMES))
    estimate = noise(1, 4 * FRAMES) * np.float32(10 ** (louder / 20))
    assert gap_levels(signal, gaps).max() < -30
    assert np.abs(gap_levels(fill(signal, estimate), gaps)).max() < 1


def test_an_estimate_that_is_too_quiet_is_not_made_louder():
    signal, gaps = bursts(noise(0, 4 * FRAMES))
    filled = fill(signal, noise(1, 4 * FRAMES) / 30)
    assert gap_levels(filled, gaps) == pytest.approx(-29.5, abs=1)


def test_an_estimate_is_made_quieter_in_the_band_where_it_is_too_loud():
    signal, gaps = bursts(noise(0, 4 * FRAMES))
    usual = noise(1, 4 * FRAMES)
    filled = fill(signal, usual + 9 * without(usual, 0, 12000, slice(None)))
    assert np.abs(gap_levels(filled, gaps, 8000, 10900)).max() < 1
    assert np.abs(gap_levels(filled, gaps, 13000, 14700)).max() < 1


def test_an_estimate_is_made_quieter_in_the_channel_where_it_is_too_loud():
    signal, gaps = bursts(noise(0, 4 * FRAMES))
    usual = noise(1, 4 * FRAMES)
    filled = fill(np.repeat(signal, 2, axis=1), np.concatenate([usual, 10 * usual], axis=1))
    for channel in (0, 1):
        assert np.abs(gap_levels(filled[:, channel : channel + 1], gaps)).max() < 1


def test_what_is_further_than_tenths_of_a_second_does_not_count():
    signal, gaps = bursts(noise(0, 8 * FRAMES))
    louder = np.where(np.arange(8 * FRAMES) < 4 * FRAMES, 10, 1)[:, np.newaxis]
    filled = fill(signal, (noise(1, 8 * FRAMES) * louder).astype(np.float32))
    far = [gap for gap in gaps if abs(gap.start - 4 * FRAMES) > 25_000]
    assert len(far) > len(gaps) / 2
    assert np.abs(gap_levels(filled, far)).max() < 1


def test_a_narrow_hole_has_its_level_from_beside_it():
    signal = without(noise(0, 2 * FRAMES), 10_000, 11_000)
    filled = fill(signal, 10 * noise(1, 2 * FRAMES))
    added = band_level(filled, 10_300, 10_700) - band_level(noise(1, 2 * FRAMES), 10_300, 10_700)
    # some four of the 42 patches are empty: the window spreads sound into its ends
    assert added == pytest.approx(10 * np.log10(4 / 42), abs=2)


def test_what_the_network_does_not_expect_counts_as_empty_too():
    silence, estimate = np.zeros((FRAMES, 1), np.float32), without(noise(1), 11350, 22050)
    assert (
        abs(band_level(fill(silence, estimate), 8000, 11000) - band_level(estimate, 8000, 11000))
        < 0.1
    )


def test_what_holds_sound_stays_as_it_is():
    # 34 dB above the noise of rounding, and 26 dB below the estimate
    quiet, estimate = (noise(0) * 0.05).astype(np.float32), noise(1)
    assert np.array_equal(fill(quiet, estimate), quiet)
    # also beside a hole
    signal = without(quiet, 9000, 16000)
    added = fill(signal, estimate) - signal
    assert band_level(added, 7700, 8700) < band_level(estimate, 7700, 8700) - 40


def test_above_and_below_the_band_nothing_is_filled():
    signal, estimate = without(noise(0), 5000, 22050), noise(1)
    filled = fill(signal, estimate)
    for low, high in ((0, 4900), (5100, 7500), (15300, 22000)):
        assert abs(band_level(filled - signal, low, high)) < band_level(estimate, low, high) - 40
    assert abs(band_level(filled, 8000, 14800) - band_level(estimate, 8000, 14800)) < 1


def test_silence_stays_silent():
    silence = np.zeros((FRAMES, 1), np.float32)
    assert not fill(silence, silence).any()
    faint = noise(1) * np.float32(0.1 / 300)
    assert not fill(silence, faint).any()


def test_a_gap_in_one_channel_leaves_the_other_as_it_is():
    full, estimate = noise(0, channels=2), noise(1, channels=2)
    signal = np.concatenate([without(full[:, :1], 7000, 16000), full[:, 1:]], axis=1)
    filled = fill(signal, estimate)
    assert np.array_equal(filled[:, 1], signal[:, 1])
    assert (
        abs(band_level(filled[:, :1], 8000, 14700) - band_level(estimate[:, :1], 8000, 14700)) < 0.5
    )


def test_a_signal_of_no_length():
    assert list(fill_holes([], band=BAND, sample_rate=RATE)) == []


@pytest.mark.parametrize("frames", [1, 511, 512, 513, 1024, 32768, 32769, FRAMES])
def test_blocks_and_lengths_change_nothing(frames, monkeypatch):
    signal = without(noise(0, frames, 2), 9000, 12000)
    estimate = noise(1, frames, 2)
    whole = fill(signal, estimate)
    assert whole.shape == (frames, 2)
    # fewer hops at once: seams between reads
    monkeypatch.setattr(holes, "READ", 2 * holes.HOP)
    assert np.allclose(fill(signal, estimate, size=1000), whole, atol=1e-3)


def test_a_band_narrower_than_a_patch_changes_nothing():
    pair = np.concatenate([np.zeros((FRAMES, 1), np.float32), noise(1)], axis=1)
    (same,) = fill_holes([pair], band=(7700.0, 7750.0), sample_rate=RATE)
    assert np.array_equal(same, pair)
