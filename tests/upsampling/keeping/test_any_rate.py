"""Signals at any rate: kept below the cut-off, added above, without a dip or a double.

An engine that gives the true band takes the place of a network: the whole signal at 44.1 kHz
is known to it, as are the windows that it is asked for.
"""

import tracemalloc
from math import inf
from pathlib import Path

import numpy as np
import pytest
from helpers import SMALL_HIFI, changed, make_model
from sounds import RATE, band_level

from super_resolution import Upsampler
from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import FULL_SCALE, to_int16
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.keeping import any_rate
from super_resolution.upsampling.keeping.bandwidth import measure_cutoff
from super_resolution.upsampling.keeping.crossover import WIDTH

CUTOFF = 12000.0
INSIDE = slice(4000, -4000)  # the ends of a signal hold all frequencies
MODEL = make_model(changed(SMALL_HIFI, prediction={"mid_side": False}), scale=1)


class Oracle:
    """An engine that gives the part of a known signal at 44.1 kHz that its window covers.

    Parameters
    ----------
    model : Model
    truth : ndarray, shape (frames,)
    """

    def __init__(self, model: Model, truth: np.ndarray) -> None:
        self.steps, self.batch_size, self.grid = model.predict_steps, 4, model.grid
        self.hop = model.grid.samples_of_steps(model.predict_steps - 2 * model.context)
        before = model.grid.samples_of_steps(model.context)
        self.truth = np.pad(truth.astype(np.float32), (before, 0))
        self.done = 0

    def run(self, encoded: np.ndarray) -> np.ndarray:
        frames = self.grid.samples_of_steps(self.steps)
        out = np.zeros((len(encoded), frames), np.float32)
        for window in out:
            covered = self.truth[self.done :][:frames]
            window[: len(covered)] = covered
            self.done += self.hop
        return out


def oracle(truth: np.ndarray) -> Upsampler:
    return Upsampler(Path("models/oracle"), MODEL, Oracle(MODEL, truth[:, 0]))


def silent() -> Upsampler:
    return oracle(np.zeros((0, 1)))


def tone(hertz: float, frames: int = RATE, level: float = 8000) -> np.ndarray:
    wave = level * np.sin(2 * np.pi * hertz / RATE * np.arange(frames))
    return wave.astype(np.float32)[:, np.newaxis]


def noise(frames: int = 2 * RATE, channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(0, 2000, (frames, channels)).astype(np.float32)


def limited(signal: np.ndarray, hertz: float) -> np.ndarray:
    spectrum = np.fft.rfft(signal, axis=0)
    spectrum[round(hertz * len(signal) / RATE) :] = 0
    return np.fft.irfft(spectrum, len(signal), axis=0)


def upsampled(upsampler: Upsampler, signal: np.ndarray, rate: int = RATE, **options) -> np.ndarray:
    floats = (signal / FULL_SCALE).astype(np.float32)
    return upsampler(floats, rate, **options)[0] * FULL_SCALE


@pytest.mark.parametrize("hertz", [1000, 7000, 7500, 10000, 15000])
@pytest.mark.parametrize("cutoff", [9000.0, 12000.0, 16000.0])
def test_tones_have_no_dip_where_the_network_gives_the_truth(hertz, cutoff):
    signal = tone(hertz, 2 * RATE)
    high = upsampled(oracle(signal), limited(signal, cutoff), cutoff_hz=cutoff)
    # the ends of the tone are clicks, which the levels of tenths of a second know
    inside = slice(RATE // 2, -RATE // 2)
    ratio = np.std(high[inside]) / np.std(signal[inside])
    assert abs(20 * np.log10(ratio)) < 0.1


def test_noise_has_no_dip_across_the_crossover():
    signal = noise()
    high = upsampled(oracle(signal), limited(signal, CUTOFF), cutoff_hz=CUTOFF)
    power = [np.abs(np.fft.rfft(s[:, 0])) ** 2 for s in (high[INSIDE], signal[INSIDE])]
    bands = [p[: len(p) // 200 * 200].reshape(200, -1).sum(axis=1) for p in power]
    off = 10 * np.log10(bands[0] / bands[1])
    # the network's own lower edge is below the crossover; the last band ends at 22 kHz
    assert np.abs(off[:-1]).max() < 0.1


@pytest.mark.parametrize("rate", [22050, 32000, 44100, 48000])
@pytest.mark.parametrize("match", [True, False])
def test_below_the_cutoff_the_file_is_left_within_a_step(rate, match):
    frames = 2 * rate
    own = resample(noise(), orig_sr=RATE, target_sr=rate)[:frames]
    cutoff = min(CUTOFF, 0.9 * rate / 2)
    upsampler = oracle(noise()[::-1])
    high = upsampled(upsampler, own, rate, cutoff_hz=cutoff, match=match)
    expected = resample(own, orig_sr=rate, target_sr=RATE)
    lowest = cutoff - WIDTH * RATE
    assert np.abs(limited(high - expected, lowest))[INSIDE].max() < 1
    assert np.std(high - expected) > 100


@pytest.mark.parametrize("rate", [22050, 24000, 32000, 36000])
@pytest.mark.parametrize("options", [{}, {"cutoff_hz": 17000.0}], ids=["measured", "stated"])
def test_no_band_is_missing_where_sound_reaches_the_end_of_a_files_own_band(rate, options):
    own = noise()[: 2 * rate] * np.float32(np.sqrt(rate / RATE))  # as loud a Hz as at 44.1 kHz
    high = upsampled(oracle(noise()[::-1]), own, rate, match=False, **options)
    power = np.abs(np.fft.rfft(high[INSIDE, 0])) ** 2
    bands = power[: len(power) // 200 * 200].reshape(200, -1).mean(axis=1)
    # of two that know nothing of each other half the power is left in the middle of the crossover
    assert np.abs(10 * np.log10(bands[:-1] / np.median(bands))).max() < 4


def test_above_the_cutoff_only_the_network_is_heard():
    high = upsampled(silent(), noise(), cutoff_hz=CUTOFF)
    inside = high[INSIDE, 0]
    spectrum = np.abs(np.fft.rfft(inside * np.kaiser(len(inside), 14)))
    assert spectrum[round(CUTOFF * len(inside) / RATE) :].max() < 1e-4 * spectrum.max()


def test_sound_that_ends_by_itself_comes_back_as_it_is():
    signal = to_int16(tone(1000, 2 * RATE, level=3000))
    assert np.array_equal(oracle(noise())(signal, RATE)[0], signal)


def test_a_full_file_comes_back_as_it_is():
    signal = np.random.default_rng(0).integers(-9000, 9000, (RATE, 2)).astype(np.int16)
    assert np.array_equal(oracle(noise())(signal, RATE)[0], signal)


def test_the_cutoff_is_measured_unless_it_is_given():
    own = resample(noise(), orig_sr=RATE, target_sr=24000)
    measured = upsampled(oracle(noise()), own, 24000)
    cutoff = measure_cutoff([own], 24000)
    assert np.array_equal(measured, upsampled(oracle(noise()), own, 24000, cutoff_hz=cutoff))
    assert not np.array_equal(measured, upsampled(oracle(noise()), own, 24000, cutoff_hz=9000))


@pytest.mark.parametrize("cutoff", [5000.0, 7500.0, 7700.0])
def test_at_the_edge_of_the_network_a_file_goes_through_it_alone(cutoff):
    own = limited(noise(), cutoff)
    kept, replaced = (
        upsampled(oracle(noise()), own, **options)
        for options in ({"cutoff_hz": cutoff}, {"keep": False})
    )
    assert np.array_equal(kept, replaced)


@pytest.mark.parametrize(("match", "above"), [(True, -40.0), (False, 0.0)])
def test_holes_are_filled_and_the_level_above_is_that_of_the_unfilled_file(match, above):
    own = limited(noise(), 10_500.0)  # the kHz below the cut-off is empty
    high = upsampled(oracle(noise()), own, cutoff_hz=CUTOFF, match=match)
    high, truth = high[INSIDE], noise()[INSIDE]
    filled = band_level(high, 11_000, 11_500) - band_level(truth, 11_000, 11_500)
    # five of 24 patches are empty: the window spreads loud sound into three more
    assert filled == pytest.approx(10 * np.log10(5 / 24), abs=2)
    added = band_level(high, 12_500, 21_000) - band_level(truth, 12_500, 21_000)
    assert added == pytest.approx(above, abs=0.5)


@pytest.mark.parametrize(("cutoff", "gain"), [(8300.0, 1.0), (9000.0, 0.1)])
def test_a_level_is_measured_where_the_common_band_is_wide_enough(cutoff, gain):
    own = limited(noise() / 10, cutoff)
    high, without = (
        upsampled(upsampler, own, cutoff_hz=cutoff) for upsampler in (oracle(noise()), silent())
    )
    inside = slice(RATE // 2, -RATE // 2)
    added = (high - without)[inside] / gain
    truth = noise()[inside] - limited(noise(), cutoff)[inside]
    assert abs(20 * np.log10(np.std(added) / np.std(truth))) < 0.5


def test_the_gain_changes_only_what_is_added():
    own, options = limited(noise(), CUTOFF), {"cutoff_hz": CUTOFF}
    without = upsampled(silent(), own, **options)
    plain, louder = (
        upsampled(oracle(noise()), own, **options, gain_db=gain) - without for gain in (0, 6)
    )
    assert np.std(plain) > 500
    assert np.allclose(louder[INSIDE], plain[INSIDE] * 10 ** (6 / 20), atol=0.2)


@pytest.mark.parametrize("frames", [0, 1, 2, 99, 100, 101, 1023, 44101])
@pytest.mark.parametrize("rate", [16001, 44100, 96000])
def test_every_length_is_kept(frames, rate):
    high = upsampled(silent(), noise(frames, 1), rate, cutoff_hz=7900.0)
    assert len(high) == (2 * frames * 44100 + rate) // (2 * rate)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"match": False}, {"cutoff_hz": 8300.0}])
def test_memory_does_not_grow_with_the_length(options):
    options = {"cutoff_hz": CUTOFF, **options}

    def peak(count: int) -> int:
        model = make_model(changed(SMALL_HIFI, prediction={"window": 8000}), scale=1)
        upsampler = Upsampler(Path("models/silent"), model, Oracle(model, np.zeros(0)))
        blocks = (np.zeros((32768, 1), np.int16) for _ in range(count))
        high = upsampler.stream(blocks, sample_rate=RATE, channels=1, **options)
        tracemalloc.start()
        for _ in high:
            pass
        largest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return largest

    # 40 more blocks are 2.6 MB at 16 bits, and 5 MB as floats
    assert peak(60) - peak(20) < 1e6


@pytest.mark.parametrize(
    ("rate", "options", "line"),
    [
        (
            44100,
            {"cutoff_hz": 16012.0},
            "44100 Hz, holds sound up to 16.0 kHz; kept below, added above",
        ),
        (44100, {"cutoff_hz": 20000.0}, "44100 Hz, holds sound up to 20.0 kHz; nothing is missing"),
        (
            44100,
            {"cutoff_hz": inf},
            "44100 Hz, not cut off anywhere above 5 kHz, so nothing is added",
        ),
        (44100, {"cutoff_hz": 7300.0}, "44100 Hz, holds sound up to 7.3 kHz; added above 7.5 kHz"),
        (44100, {"keep": False}, "44100 Hz; replaced above 7.5 kHz"),
        (8000, {}, "8000 Hz; empty from 4 to 7.5 kHz, added above"),
    ],
)
def test_one_line_says_what_is_found_and_done(rate, options, line):
    options = {"keep": True, "cutoff_hz": None} | options
    assert any_rate.describe(rate, 15000, **options).startswith(line)
