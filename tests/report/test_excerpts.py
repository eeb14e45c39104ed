"""Excerpts are where there is something to hear."""

import numpy as np
import pytest
from helpers import make_track

from super_resolution.errors import UsageError
from super_resolution.report.excerpts import choose_excerpts, excerpts_at

RATE, LOW_RATE = 44100, 15000


def tone(hertz, seconds, level=3000):
    moments = np.arange(round(seconds * RATE)) / RATE
    return np.repeat(level * np.sin(2 * np.pi * hertz * moments)[:, None], 2, axis=1)


def choose(signal, **options):
    samples = np.rint(signal).astype(np.int16)
    return choose_excerpts(samples, sample_rate=RATE, low_rate=LOW_RATE, **options)


def add(signal, at, other):
    start = round(at * RATE)
    signal[start : start + len(other)] += other
    return signal


@pytest.fixture
def music():
    """Twelve seconds of 440 Hz, bright from 3 to 5 s and a little from 8 to 10 s."""
    signal = add(tone(440, 12), 3, tone(10000, 2))
    return add(signal, 8, tone(9000, 2, level=500))


def test_bursts_are_found(music):
    most, much, least = choose(music, seconds=2)
    assert [round(one.start / RATE, 1) for one in (most, much)] == [3.0, 8.0]
    assert (most.title, least.title) == ("Most above 7.5 kHz", "Least above 7.5 kHz")
    assert {one.frames for one in (most, much, least)} == {2 * RATE}


def test_excerpts_do_not_overlap(music):
    starts = sorted(one.start for one in choose(music, seconds=2.6))
    assert len(starts) == 3
    assert np.diff(starts).min() >= round(2.6 * RATE)


def test_the_quiet_one_is_not_silent(music):
    music[: 2 * RATE] = 0
    music[-2 * RATE :] = 1  # next to silent
    *_, least = choose(music, seconds=1)
    assert 2 * RATE <= least.start <= 9 * RATE
    assert np.abs(music[least.start :][: RATE // 10]).max() > 100


def test_silence_has_no_quiet_excerpt():
    chosen = choose(np.zeros((10 * RATE, 2)), seconds=2)
    assert [one.title for one in chosen] == ["Most above 7.5 kHz", "Much above 7.5 kHz"]


@pytest.mark.parametrize("frames", [1, 100, 11025, 30000, 6 * RATE])
def test_short_signals_are_one_excerpt(frames):
    chosen = choose(tone(440, 6)[:frames])
    assert [(one.start, one.frames) for one in chosen] == [(0, frames)]


@pytest.mark.parametrize("frames", [20 * RATE, 20 * RATE + 1, 20 * RATE + 11024])
def test_excerpts_lie_inside_the_signal(frames):
    signal = tone(440, 20.5)[:frames]
    signal[-RATE:] += tone(12000, 1)
    most, *_ = chosen = choose(signal, first=1000)
    assert all(1000 <= one.start <= 1000 + frames - one.frames for one in chosen)
    assert most.start + most.frames > 1000 + frames - RATE // 2


def test_a_person_may_choose(tmp_path, song):
    track = make_track(tmp_path / "song", song, low_rate=14700)
    early, late = excerpts_at(track, [0.5, 2.5], seconds=1)
    assert (early.start, early.frames) == (22050, RATE)
    assert early.title == "Chosen 1, in the part to learn from"
    # as long as the song goes on
    assert (late.start, late.frames, late.title) == (110250, 22050, "Chosen 2")
    with pytest.raises(UsageError, match=r"--excerpt 3 is after the end of song: it has 3\.0 s"):
        excerpts_at(track, [0, 3.0])
