"""Songs limited to a cut-off: what an upsampler gets, and what is measured."""

import numpy as np
import pytest
from helpers import make_track

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import FULL_SCALE, to_int16
from super_resolution.evaluation.cutoffs import FILE, UPSAMPLED, compare, evaluate_cutoff


@pytest.fixture
def track(tmp_path, song):
    return make_track(tmp_path / "song", song)


def soxr(samples: np.ndarray, rate: int, **arguments) -> tuple[np.ndarray, int]:
    """Stand in for an upsampler."""
    high = resample(samples, orig_sr=rate, target_sr=44100)
    return (to_int16(high) if samples.dtype == np.int16 else high), 44100


def test_the_last_fifth_is_limited_and_given_to_each_method(track):
    calls = []

    def upsample(samples, rate, **arguments):
        calls.append((samples.shape, samples.dtype, rate, arguments))
        return soxr(samples, rate)

    results = evaluate_cutoff(track, 11000, upsample)
    frames = round((track.info.frames - track.info.frames * 8 // 10) * 22000 / 44100)
    assert [call[:3] for call in calls] == [((frames, 2), np.int16, 22000)] * len(UPSAMPLED)
    assert [call[3] for call in calls] == list(UPSAMPLED.values())
    assert list(results) == [FILE, *UPSAMPLED]
    # soxr alone does what the row of the file does
    assert len({row["lsd"] for row in results.values()}) == 1


def test_a_perfect_upsampler_has_no_distance(song):
    limited = to_int16(resample(song, orig_sr=44100, target_sr=26000))
    results = compare(
        song, limited, lambda *_, **__: (song, 44100), sample_rate=44100, limited_rate=26000
    )
    assert results[FILE]["lsd"] > 0.5 and results["kept"]["lsd"] == 0


@pytest.mark.parametrize("change", [-3, 0, 3])
def test_floats_of_another_length_are_compared(song, change):
    decoded = np.pad(song, ((0, 3), (0, 0)))[: len(song) + change] / np.float32(FULL_SCALE)
    results = compare(song, decoded, soxr, sample_rate=44100, limited_rate=44100, low_rate=15000)
    assert all(row["snr"] > 30 for row in results.values())
