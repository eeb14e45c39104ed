"""The built-in demo song: pop music synthesised from formulas, free of copyright.

Three parts (drums, strings, voice) play each bar, each with its own random generator, so
that no two bars are the same. The form is six bars long and repeats. Pitched sounds are
made of a band-limited sawtooth without partials above 20 kHz. Hi-hats, cymbals and
consonants are filtered noise with energy above 7.5 kHz, which a 15 kHz version lacks.
"""

from typing import NamedTuple

import numpy as np
from scipy import signal

from super_resolution.errors import UsageError

SAMPLE_RATE = 44100  # Hz
SECONDS = 24.0  # twelve bars
STEPS = 16  # sixteenth notes in a bar
STEP_SECONDS = 0.125  # a sixteenth note at 120 beats a minute
MAX_PARTIAL_HZ = 20000.0
PEAK = 10 ** (-1.5 / 20)  # full scale is 1
FADE_FRAMES = 441  # 10 ms, at the end
NOTE_HZ = 440 * 2 ** ((np.arange(128) - 69) / 12)  # of MIDI note numbers
MAJOR_SCALE = np.array((60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77))  # C major, for the chords
MELODY_NOTES = (57, 60, 62, 64, 67, 69, 72, 74)  # A minor pentatonic, for the voice

# one character a step: x is a stroke, o an open hi-hat
GROOVES = {
    "verse": {"kick": "x......x..x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.o."},
    "chorus": {"kick": "x..x..x.x..x..x.", "snare": "....x.......x..x", "hat": "x.o.x.oxx.o.xxo."},
}
# lengths of the syllables of half a bar, in steps
RHYTHMS = ((2, 2, 2, 2), (3, 1, 2, 2), (2, 1, 1, 4), (3, 3, 2), (4, 4), (6, 2))
# formant frequencies of a, e, i and o, in Hz, and of a formant of all vowels
VOWELS = ((850, 1250, 2850), (480, 2000, 2750), (330, 2450, 3050), (480, 900, 2700))
SHARED_FORMANT_HZ = 3900
# lowest and highest frequency in Hz, length in seconds and gain of s, sh and t
CONSONANTS = ((5500, 14000, 0.11, 0.14), (2800, 9500, 0.10, 0.10), (4500, 16000, 0.035, 0.16))


class Bar(NamedTuple):
    """The arrangement of one bar."""

    section: str  # a key of GROOVES
    chords: tuple[int, int]  # their roots, as degrees of the scale: 0 is C
    crash: bool = False  # a crash cymbal at the start
    fill: bool = False  # a drum fill in the last four steps
    steps: int = STEPS  # that are played; a rest follows


FORM = (
    Bar("verse", (5, 3)),
    Bar("verse", (0, 4), fill=True),
    Bar("chorus", (3, 4), crash=True),
    Bar("chorus", (2, 5), steps=10),
    Bar("verse", (1, 4), fill=True),
    Bar("chorus", (3, 0), crash=True),
)


class _Player(NamedTuple):
    """One part in one bar: the mix that it adds to, its first step, its random generator."""

    mix: np.ndarray  # float64 (frames, 2)
    start: int  # first step of the bar
    rng: np.random.Generator

    def play(self, sound: np.ndarray, step: float, gain: float, pan: float = 0.0) -> None:
        """Add a mono sound near a step of the bar; pan from -1 (left) to 1 (right)."""
        seconds = (self.start + step) * STEP_SECONDS + self.rng.normal(0, 0.004)
        first = max(0, round(seconds * SAMPLE_RATE))
        part = self.mix[first : first + len(sound)]
        # equal-power panning: cos^2 + sin^2 = 1
        angle = (pan + 1) * np.pi / 4
        gains = np.array([np.cos(angle), np.sin(angle)]) * gain * self.rng.uniform(0.75, 1.1)
        part += sound[: len(part), None] * gains


def synthesise(seconds: float = SECONDS, *, seed: int = 2018) -> np.ndarray:
    """Synthesise the demo song.

    Parameters
    ----------
    seconds : float
        Length. A shorter song is the start of a longer one, except for its gain and its end.
    seed : int
        Random seed, 0 or more: selects melody, syllables and strokes.

    Returns
    -------
    ndarray, int16, shape (round(seconds * 44100), 2)
        Stereo at 44.1 kHz, peak about -1.5 dBFS.

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
    mix[-FADE_FRAMES:] *= np.linspace(1, 0, FADE_FRAMES)[-len(mix) :, None]
    mix *= PEAK / max(np.abs(mix).max(), 1e-3)
    # triangular dither of one LSB, so that rests are not digital silence
    return np.round(mix * 32767 + rng.triangular(-1, 0, 1, mix.shape)).astype(np.int16)


def _drums(player: _Player, bar: Bar) -> None:
    """Play the groove of the section, a crash at the start and a fill at the end."""
    groove, rng = GROOVES[bar.section], player.rng
    for step in range(STEPS - 4 if bar.fill else bar.steps):
        if groove["kick"][step] == "x":
            player.play(_kick(), step, 1.0)
        if groove["snare"][step] == "x":
            player.play(_snare(rng), step, 0.7, 0.05)
        if groove["hat"][step] != "." or rng.random() < 0.2:
            decay = rng.uniform(0.15, 0.25) if groove["hat"][step] == "o" else 0.03
            player.play(_cymbal(rng, decay), step, 0.055 if step % 4 else 0.08, 0.35)
    if bar.crash:
        player.play(_cymbal(rng, 0.5), 0, 0.09, -0.4)
    if bar.fill:
        for step in rng.choice(np.arange(0, 4, 0.5), size=6, replace=False):
            player.play(_snare(rng), STEPS - 4 + step, 0.45 + 0.05 * step, -0.2 + 0.1 * step)


def _strings(player: _Player, bar: Bar) -> None:
    """Play the bass, broken chords on the left and, in a chorus, strummed ones on the right."""
    rng, chorus = player.rng, bar.section == "chorus"
    for step in range(bar.steps):
        notes = MAJOR_SCALE[bar.chords[step // 8] + np.array((0, 2, 4))]
        if step % 2 == 0:
            player.play(_pluck(NOTE_HZ[notes[0] - rng.choice((12, 24, 24))], 0.28, 700), step, 0.55)
        if chorus or step % 2 == 0:
            pitch = NOTE_HZ[rng.choice(notes) + rng.choice((0, 12))]
            player.play(_pluck(pitch, 0.5, 3500), step, 0.2, -0.6)
        if chorus and step % 4 == 0:
            for string, pitch in enumerate(NOTE_HZ[notes]):
                player.play(_pluck(pitch, 0.7, 3500), step + 0.1 * string, 0.2, 0.6)


def _voice(player: _Player, bar: Bar) -> None:
    """Sing a random walk on the scale; in a chorus a second voice follows two notes below."""
    rng, step, degree = player.rng, 0, int(player.rng.integers(2, 6))
    for half in rng.integers(len(RHYTHMS), size=2):
        for length in RHYTHMS[half]:
            degree = int(np.clip(degree + rng.integers(-2, 3), 0, len(MELODY_NOTES) - 1))
            if step + length <= bar.steps:
                _sing(player, step, length, degree, bar.section == "chorus")
            step += length


def _sing(player: _Player, step: int, length: int, degree: int, harmony: bool) -> None:
    """Sing one syllable: a consonant that ends at the step, a vowel that begins there."""
    rng, vowel_seconds = player.rng, length * STEP_SECONDS * 0.9
    low, high, seconds, gain = rng.choice(CONSONANTS)
    consonant = _noise(rng, seconds, low, high)
    consonant *= signal.windows.tukey(len(consonant), 0.8)
    player.play(consonant, step - seconds / STEP_SECONDS, gain)
    formants = VOWELS[rng.integers(len(VOWELS))]
    player.play(_vowel(rng, NOTE_HZ[MELODY_NOTES[degree]], vowel_seconds, formants), step, 0.9)
    if harmony:
        below = NOTE_HZ[MELODY_NOTES[max(0, degree - 2)]]
        player.play(_vowel(rng, below, vowel_seconds, formants), step, 0.5, rng.choice((-0.5, 0.5)))


def _times(seconds: float) -> np.ndarray:
    """Return the time of each sample, in seconds."""
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _noise(rng: np.random.Generator, seconds: float, low: float, high: float) -> np.ndarray:
    """Return noise of RMS 1 between two frequencies in Hz."""
    sos = signal.butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos")
    noise = signal.sosfilt(sos, rng.standard_normal(len(_times(seconds))))
    return noise / noise.std()


def _sawtooth(frequency: np.ndarray) -> np.ndarray:
    """Return a sawtooth from -1 to 1 without partials above 20 kHz; frequency in Hz a sample.

    The Dirichlet kernel is the sum of cos(k * phase) over |k| <= partials, so its integral is
    the sum of sin(k * phase) / k: a sawtooth. It starts at phase pi, where a sawtooth is 0.
    """
    half_phase = np.pi / 2 + np.cumsum(np.pi * frequency / SAMPLE_RATE)
    terms = 2 * int(MAX_PARTIAL_HZ // frequency.max()) + 1
    pulses = (np.sin(terms * half_phase) / np.sin(half_phase) - 1) / 2
    # a leaky integral, so that rounding errors do not add up to an offset
    return signal.lfilter([1], [1, -0.999], 4 * frequency / SAMPLE_RATE * pulses)


def _pluck(frequency: float, seconds: float, cutoff: float) -> np.ndarray:
    """Return a plucked string; partials above `cutoff` Hz decay faster than the others."""
    time = _times(seconds)
    bright = _sawtooth(np.full(len(time), frequency))
    mellow = signal.lfilter(*signal.butter(2, cutoff, fs=SAMPLE_RATE), bright)
    string = mellow * np.exp(-time / 0.3) + bright * np.exp(-time / 0.02)
    return string * np.minimum(1, np.minimum(time / 0.002, (seconds - time) / 0.02))


def _vowel(
    rng: np.random.Generator, frequency: float, seconds: float, formants: tuple[float, ...]
) -> np.ndarray:
    """Return a sung vowel: a sawtooth with vibrato and breath noise, filtered by formants."""
    time = _times(seconds)
    # pitch in semitones: a glide into the note, and a vibrato that grows
    slide = rng.normal() * np.exp(-time / 0.03)
    vibrato = 0.35 * np.minimum(1, time / 0.3) * np.sin(2 * np.pi * rng.uniform(5, 6.2) * time)
    source = _sawtooth(frequency * 2 ** ((slide + vibrato) / 12))
    source += 0.03 * rng.standard_normal(len(time))
    sound = 0.1 * source  # unfiltered, for energy above 5 kHz
    for centre in (*formants, SHARED_FORMANT_HZ):
        resonance = signal.iirpeak(centre, centre / (50 + centre / 15), SAMPLE_RATE)
        sound += signal.lfilter(*resonance, source)
    return sound * np.minimum(1, np.minimum(time / 0.03, (seconds - time) / 0.06))


def _kick() -> np.ndarray:
    """Return a kick drum: a sine whose frequency falls from 200 to 50 Hz."""
    time = _times(0.3)
    phase = 2 * np.pi * (50 * time + 150 * 0.03 * (1 - np.exp(-time / 0.03)))
    return np.sin(phase) * np.exp(-time / 0.09)


def _snare(rng: np.random.Generator) -> np.ndarray:
    """Return a snare drum: a short sine and decaying noise."""
    time = _times(0.3)
    tone = np.sin(2 * np.pi * rng.uniform(180, 200) * time) * np.exp(-time / 0.05)
    return tone + 0.25 * _noise(rng, 0.3, 900, 13000) * np.exp(-time / rng.uniform(0.05, 0.07))


def _cymbal(rng: np.random.Generator, decay: float) -> np.ndarray:
    """Return a hi-hat or cymbal: noise that falls to 1/e in `decay` seconds."""
    time = _times(5 * decay)
    high = _noise(rng, 5 * decay, 7000, 18000) * np.exp(-time / (0.7 * decay))  # decays faster
    low = _noise(rng, 5 * decay, 3000, 9000) * np.exp(-time / decay)
    return (high + low) * np.minimum(1, time / 0.001)


def _room(mix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the reverberation of the mix, float64 (frames, 2): other noise in each channel."""
    decay = np.exp(-_times(0.8) / 0.12) * 2 / np.sqrt(SAMPLE_RATE)
    room = np.stack([_noise(rng, 0.8, 400, 9000) * decay for _ in range(2)], axis=1)
    return signal.oaconvolve(mix, room, axes=0)[: len(mix)]
