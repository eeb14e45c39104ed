"""The choice of excerpts."""

import numpy as np
import pytest
from helpers import make_track

from super_resolution.errors import UsageError
from super_resolution.report.listening.excerpts import choose_excerpts, excerpts_at

RATE = 44100


def tone(frequency, seconds, level=3000):
    time = np.arange(round(seconds * RATE)) / RATE
    return np.repeat(level * np.sin(2 * np.pi * frequency * time)[:, None], 2, axis=1)


def choose(signal, *, seconds=6.0, offset=0):
    samples = np.rint(signal).astype(np.int16)
    return choose_excerpts(
        samples, sample_rate=RATE, low_rate=15000, seconds=seconds, offset=offset
    )


def add(signal, seconds, other):
    start = round(seconds * RATE)
    signal[start : start + len(other)] += other
    return signal


@pytest.fixture
def music():
    """Make 12 s of 440 Hz with a loud high tone from 3 to 5 s and a faint one from 8 to 10 s."""
    signal = add(tone(440, 12), 3, tone(10000, 2))
    return add(signal, 8, tone(9000, 2, level=500))


def test_excerpts_have_the_most_and_the_least_energy_above_the_low_nyquist(music):
    most, second, least = choose(music, seconds=2)
    assert [round(excerpt.start / RATE, 1) for excerpt in (most, second)] == [3.0, 8.0]
    assert most.title == "Most energy above 7.5 kHz"
    assert second.title == "Second most energy above 7.5 kHz"
    assert least.title == "Least energy above 7.5 kHz"
    assert {excerpt.frames for excerpt in (most, second, least)} == {2 * RATE}


def test_excerpts_do_not_overlap(music):
    starts = sorted(excerpt.start for excerpt in choose(music, seconds=2.6))
    assert len(starts) == 3
    assert np.diff(starts).min() >= round(2.6 * RATE)


def test_the_excerpt_with_the_least_energy_is_not_silent(music):
    music[: 2 * RATE] = 0
    music[-2 * RATE :] = 1  # nearly silent
    *_, least = choose(music, seconds=1)
    assert 2 * RATE <= least.start <= 9 * RATE
    assert np.abs(music[least.start :][: RATE // 10]).max() > 100


def test_silence_has_no_excerpt_with_the_least_energy():
    titles = [excerpt.title for excerpt in choose(np.zeros((10 * RATE, 2)), seconds=2)]
    assert titles == ["Most energy above 7.5 kHz", "Second most energy above 7.5 kHz"]


@pytest.mark.parametrize("frames", [1, 100, 11025, 30000, 6 * RATE])
def test_short_signals_are_one_excerpt(frames):
    excerpts = choose(tone(440, 6)[:frames])
    assert [(excerpt.start, excerpt.frames) for excerpt in excerpts] == [(0, frames)]


@pytest.mark.parametrize("frames", [20 * RATE, 20 * RATE + 1, 20 * RATE + 11024])
def test_excerpts_are_inside_the_signal(frames):
    signal = tone(440, 20.5)[:frames]
    signal[-RATE:] += tone(12000, 1)
    most, *_ = excerpts = choose(signal, offset=1000)
    assert all(1000 <= excerpt.start <= 1000 + frames - excerpt.frames for excerpt in excerpts)
    assert most.start + most.frames > 1000 + frames - RATE // 2


def test_excerpts_of_the_user(tmp_path, song):
    track = make_track(tmp_path / "song", song, low_rate=14700)
    early, late = excerpts_at(track, [0.5, 2.5], seconds=1)
    assert (early.start, early.frames) == (22050, RATE)
    assert early.title == "Chosen 1 (training part)"
    # ends with the song
    assert (late.start, late.frames, late.title) == (110250, 22050, "Chosen 2")
    with pytest.raises(UsageError, match=r"--excerpt 3 is after the end of song: it has 3\.0 s"):
        excerpts_at(track, [0, 3.0])
