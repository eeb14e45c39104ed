"""The built-in demo song: a pop band made of arithmetic, free of anybody's rights.

Three parts (drums, strings, voice) play every bar, each with its own random generator,
so bars never repeat. Six bars hold verse, chorus, fill and rest, and come round again.
Pitched sounds start from one band-limited sawtooth: no partial passes 20 kHz. Hats,
cymbals and consonants are shaped noise, and fill the octave a 15 kHz version loses.
"""

from typing import NamedTuple

import numpy as np
from scipy import signal

from super_resolution.errors import UsageError

SAMPLE_RATE = 44100  # Hz
SECONDS = 24.0  # twelve bars
STEPS = 16  # semiquavers in a bar
STEP_SECONDS = 0.125  # a semiquaver at 120 beats a minute
TOP_PARTIAL = 20000.0  # Hz
PEAK = 10 ** (-1.5 / 20)  # full scale is 1
FADE = 441  # samples (10 ms) at the very end
# pitches are MIDI note numbers, 69 = 440 Hz
HERTZ = 440 * 2 ** ((np.arange(128) - 69) / 12)
MAJOR = np.array((60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77))  # C major; chords stand on it
MELODY = (57, 60, 62, 64, 67, 69, 72, 74)  # the singer's notes, A minor pentatonic

# one character a step: x a stroke, o an open hat
GROOVES = {
    "verse": {"kick": "x......x..x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.o."},
    "chorus": {"kick": "x..x..x.x..x..x.", "snare": "....x.......x..x", "hat": "x.o.x.oxx.o.xxo."},
}
# lengths of the syllables of half a bar, in steps
RHYTHMS = ((2, 2, 2, 2), (3, 1, 2, 2), (2, 1, 1, 4), (3, 3, 2), (4, 4), (6, 2))
# centres in Hz of the formants that make a, e, i and o, and of one that all voices share
VOWELS = ((850, 1250, 2850), (480, 2000, 2750), (330, 2450, 3050), (480, 900, 2700))
SHARED_FORMANT = 3900
# lowest Hz, highest Hz, seconds, gain of s, sh and t
CONSONANTS = ((5500, 14000, 0.11, 0.14), (2800, 9500, 0.10, 0.10), (4500, 16000, 0.035, 0.16))


class Bar(NamedTuple):
    """What the band reads: who plays how much, over which two chords."""

    section: str
    chords: tuple[int, int]  # degrees of the scale, 0 is C
    crash: bool = False
    fill: bool = False
    steps: int = STEPS  # fewer: the band stops there and lets the room ring out


FORM = (
    Bar("verse", (5, 3)),
    Bar("verse", (0, 4), fill=True),
    Bar("chorus", (3, 4), crash=True),
    Bar("chorus", (2, 5), steps=10),
    Bar("verse", (1, 4), fill=True),
    Bar("chorus", (3, 0), crash=True),
)


class _Player(NamedTuple):
    """One part in one bar: where it is heard, when, and its random hand."""

    mix: np.ndarray  # float64 (frames, 2)
    start: int  # first step of the bar
    rng: np.random.Generator

    def play(self, sound: np.ndarray, step: float, gain: float, pan: float = 0.0) -> None:
        """Add a mono sound at a step, a little off; pan from -1 (left) to 1 (right)."""
        when = (self.start + step) * STEP_SECONDS + self.rng.normal(0, 0.004)
        first = max(0, round(when * SAMPLE_RATE))
        place = self.mix[first : first + len(sound)]
        # equal power: cos^2 + sin^2 = 1 wherever the sound stands
        angle = (pan + 1) * np.pi / 4
        sides = np.array([np.cos(angle), np.sin(angle)]) * gain * self.rng.uniform(0.75, 1.1)
        place += sound[: len(place), None] * sides


def synthesise(seconds: float = SECONDS, *, seed: int = 2018) -> np.ndarray:
    """Play the demo song.

    Parameters
    ----------
    seconds : float
        Length. A shorter song is the start of a longer one, but for its level and its end.
    seed : int
        Chooses the melody, the words and every stroke; 0 or more.

    Returns
    -------
    np.ndarray
        int16, shape (round(seconds * 44100), 2), 44.1 kHz stereo, peak about -1.5 dBFS.

    Raises
    ------
    UsageError
        If `seconds` is not a number of at least one sample.
    """
    if not 1 / SAMPLE_RATE <= seconds < np.inf:
        raise UsageError(f"the demo song cannot last {seconds} seconds: give a length above 0")
    mix = np.zeros((round(seconds * SAMPLE_RATE), 2))
    for number in range(int(np.ceil(seconds / STEP_SECONDS / STEPS))):
        for part, perform in enumerate((_drums, _strings, _voice)):
            rng = np.random.default_rng([seed, part, number])
            perform(_Player(mix, number * STEPS, rng), FORM[number % len(FORM)])

    rng = np.random.default_rng(seed)
    mix += _room(mix, rng)
    mix[-FADE:] *= np.linspace(1, 0, FADE)[-len(mix) :, None]
    mix *= PEAK / max(np.abs(mix).max(), 1e-3)
    # triangular dither of one LSB: the rests are quiet, never frozen
    return np.round(mix * 32767 + rng.triangular(-1, 0, 1, mix.shape)).astype(np.int16)


def _drums(player: _Player, bar: Bar) -> None:
    """Play the groove of the section, with a crash before and a fill behind it."""
    groove, rng = GROOVES[bar.section], player.rng
    for step in range(STEPS - 4 if bar.fill else bar.steps):
        if groove["kick"][step] == "x":
            player.play(_kick(), step, 1.0)
        if groove["snare"][step] == "x":
            player.play(_snare(rng), step, 0.7, 0.05)
        if groove["hat"][step] != "." or rng.random() < 0.2:
            ring = rng.uniform(0.15, 0.25) if groove["hat"][step] == "o" else 0.03
            player.play(_cymbal(rng, ring), step, 0.055 if step % 4 else 0.08, 0.35)
    if bar.crash:
        player.play(_cymbal(rng, 0.5), 0, 0.09, -0.4)
    if bar.fill:
        for step in rng.choice(np.arange(0, 4, 0.5), size=6, replace=False):
            player.play(_snare(rng), STEPS - 4 + step, 0.45 + 0.05 * step, -0.2 + 0.1 * step)


def _strings(player: _Player, bar: Bar) -> None:
    """Play the bass and pick the chord on the left; strum the chorus on the right."""
    rng, chorus = player.rng, bar.section == "chorus"
    for step in range(bar.steps):
        notes = MAJOR[bar.chords[step // 8] + np.array((0, 2, 4))]
        if step % 2 == 0:
            player.play(_pluck(HERTZ[notes[0] - rng.choice((12, 24, 24))], 0.28, 700), step, 0.55)
        if chorus or step % 2 == 0:
            pitch = HERTZ[rng.choice(notes) + rng.choice((0, 12))]
            player.play(_pluck(pitch, 0.5, 3500), step, 0.2, -0.6)
        if chorus and step % 4 == 0:
            for string, pitch in enumerate(HERTZ[notes]):
                player.play(_pluck(pitch, 0.7, 3500), step + 0.1 * string, 0.2, 0.6)


def _voice(player: _Player, bar: Bar) -> None:
    """Sing a random walk on the scale; in a chorus a second voice follows below."""
    rng, step, degree = player.rng, 0, player.rng.integers(2, 6)
    for half in rng.integers(len(RHYTHMS), size=2):
        for length in RHYTHMS[half]:
            degree = np.clip(degree + rng.integers(-2, 3), 0, len(MELODY) - 1)
            if step + length <= bar.steps:
                _sing(player, step, length, degree, bar.section == "chorus")
            step += length


def _sing(player: _Player, step: int, length: int, degree: int, together: bool) -> None:
    """Sing one syllable: a consonant just before the beat, a vowel on it."""
    rng, sung = player.rng, length * STEP_SECONDS * 0.9
    low, high, seconds, gain = rng.choice(CONSONANTS)
    consonant = _noise(rng, seconds, low, high)
    consonant *= signal.windows.tukey(len(consonant), 0.8)
    player.play(consonant, step - seconds / STEP_SECONDS, gain)
    vowel = VOWELS[rng.integers(len(VOWELS))]
    player.play(_vowel(rng, HERTZ[MELODY[degree]], sung, vowel), step, 0.9)
    if together:
        below = HERTZ[MELODY[max(0, degree - 2)]]
        player.play(_vowel(rng, below, sung, vowel), step, 0.5, rng.choice((-0.5, 0.5)))


def _times(seconds: float) -> np.ndarray:
    """Give the time of every sample, in seconds."""
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _noise(rng: np.random.Generator, seconds: float, low: float, high: float) -> np.ndarray:
    """Give noise of RMS 1 between two frequencies in Hz."""
    sos = signal.butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos")
    noise = signal.sosfilt(sos, rng.standard_normal(len(_times(seconds))))
    return noise / noise.std()


def _sawtooth(frequency: np.ndarray) -> np.ndarray:
    """Give a sawtooth from -1 to 1 with no partial above 20 kHz; frequency in Hz a sample.

    The Dirichlet kernel sums cos(k * phase) over |k| <= partials; so its running integral
    sums sin(k * phase) / k, which is a sawtooth. It starts at pi, where a sawtooth is 0.
    """
    half_phase = np.pi / 2 + np.cumsum(np.pi * frequency / SAMPLE_RATE)
    terms = 2 * int(TOP_PARTIAL // frequency.max()) + 1
    pulses = (np.sin(terms * half_phase) / np.sin(half_phase) - 1) / 2
    # the integral leaks a little, so that rounding cannot drift into an offset
    return signal.lfilter([1], [1, -0.999], 4 * frequency / SAMPLE_RATE * pulses)


def _pluck(frequency: float, seconds: float, dark: float) -> np.ndarray:
    """Give a plucked string: bright at first, soon only what lies below `dark` Hz."""
    time = _times(seconds)
    bright = _sawtooth(np.full(len(time), frequency))
    mellow = signal.lfilter(*signal.butter(2, dark, fs=SAMPLE_RATE), bright)
    string = mellow * np.exp(-time / 0.3) + bright * np.exp(-time / 0.02)
    return string * np.minimum(1, np.minimum(time / 0.002, (seconds - time) / 0.02))


def _vowel(rng, frequency: float, seconds: float, formants: tuple) -> np.ndarray:
    """Sing a vowel: a buzzing larynx with vibrato and breath, heard through formants."""
    time = _times(seconds)
    # slide into the note, then let the vibrato grow; all in semitones
    slide = rng.normal() * np.exp(-time / 0.03)
    vibrato = 0.35 * np.minimum(1, time / 0.3) * np.sin(2 * np.pi * rng.uniform(5, 6.2) * time)
    source = _sawtooth(frequency * 2 ** ((slide + vibrato) / 12))
    source += 0.03 * rng.standard_normal(len(time))
    sound = 0.1 * source  # what passes beside the formants: the brilliance above 5 kHz
    for centre in (*formants, SHARED_FORMANT):
        resonance = signal.iirpeak(centre, centre / (50 + centre / 15), SAMPLE_RATE)
        sound += signal.lfilter(*resonance, source)
    return sound * np.minimum(1, np.minimum(time / 0.03, (seconds - time) / 0.06))


def _kick() -> np.ndarray:
    """Give a kick: a sine that falls from 200 to 50 Hz."""
    time = _times(0.3)
    phase = 2 * np.pi * (50 * time + 150 * 0.03 * (1 - np.exp(-time / 0.03)))
    return np.sin(phase) * np.exp(-time / 0.09)


def _snare(rng: np.random.Generator) -> np.ndarray:
    """Give a snare: a short drum tone under a rattle of noise."""
    time = _times(0.3)
    tone = np.sin(2 * np.pi * rng.uniform(180, 200) * time) * np.exp(-time / 0.05)
    return tone + 0.25 * _noise(rng, 0.3, 900, 13000) * np.exp(-time / rng.uniform(0.05, 0.07))


def _cymbal(rng: np.random.Generator, ring: float) -> np.ndarray:
    """Give a hat or cymbal that rings for about `ring` seconds."""
    time = _times(5 * ring)
    # the highest frequencies die first
    high = _noise(rng, 5 * ring, 7000, 18000) * np.exp(-time / (0.7 * ring))
    low = _noise(rng, 5 * ring, 3000, 9000) * np.exp(-time / ring)
    return (high + low) * np.minimum(1, time / 0.001)


def _room(mix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give the echo of a room, float64 (frames, 2): decaying noise of its own for each side."""
    decay = np.exp(-_times(0.8) / 0.12) * 2 / np.sqrt(SAMPLE_RATE)
    room = np.stack([_noise(rng, 0.8, 400, 9000) * decay for _ in range(2)], axis=1)
    return signal.oaconvolve(mix, room, axes=0)[: len(mix)]
