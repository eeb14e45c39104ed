"""Pipes: headers as ffmpeg and sox write them, damaged ones, and what leaves again."""

import io
import struct

import numpy as np
import pytest
import soundfile

from super_resolution.audio.wav import WavStream, open_stdin
from super_resolution.errors import UsageError, UserError

UNKNOWN_LENGTHS = {"ffmpeg": b"\xff\xff\xff\xff", "sox": b"\x00\xf0\xff\x7f", "zero": bytes(4)}


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(frames).integers(-(2**15), 2**15, (frames, channels))


def wav(signal: np.ndarray, subtype: str = "PCM_16", form: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, 15000, subtype=subtype, format=form)
    return file.getvalue()


def read(content: bytes, raw: tuple | None = None) -> np.ndarray:
    return np.concatenate(list(open_stdin(io.BytesIO(content), raw).blocks()))


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
def test_sixteen_bits_come_in_exactly(form, channels):
    signal = noise(70000, channels).astype(np.int16)
    audio = open_stdin(io.BytesIO(wav(signal, form=form)))
    assert (audio.sample_rate, audio.channels, audio.frames) == (15000, channels, 70000)
    assert np.array_equal(np.concatenate(list(audio.blocks())), signal)


@pytest.mark.parametrize(
    ("subtype", "error"), [("PCM_U8", 255), ("PCM_24", 0), ("PCM_32", 0), ("FLOAT", 0)]
)
def test_other_kinds_come_in_sixteen_bit_units(subtype, error):
    signal = noise(1000).astype(np.int16)
    given = read(wav(signal / 2.0**15, subtype))
    assert given.dtype == np.float32
    assert np.abs(given - signal).max() <= error


@pytest.mark.parametrize("writer", UNKNOWN_LENGTHS)
def test_a_length_that_was_not_known_is_not_believed(writer):
    signal = noise(1001).astype(np.int16)
    content = bytearray(wav(signal))
    content[40:44] = UNKNOWN_LENGTHS[writer]
    assert open_stdin(io.BytesIO(content)).frames is None
    assert np.array_equal(read(bytes(content)), signal)


def test_chunks_before_and_after_the_samples_are_no_sound():
    signal, other = noise(100).astype(np.int16), b"LIST" + struct.pack("<I", 5) + b"words\0"
    content = wav(signal)
    assert np.array_equal(read(content[:12] + other + content[12:] + other), signal)


def test_raw_samples_need_no_header():
    signal = noise(1001).astype(np.int16)
    audio = open_stdin(io.BytesIO(signal.tobytes()), (8000, 2))
    assert (audio.sample_rate, audio.channels, audio.frames) == (8000, 2, None)
    assert np.array_equal(read(signal.tobytes(), (8000, 2)), signal)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "stdin is empty"),
        (b"fLaC" + bytes(40), "is no WAV"),
        (b"RIFF", "is no WAV"),
        (b"RIFF    WAVE", "without samples"),
        (wav(np.zeros((9, 1), np.int16))[:36], "without samples"),
        (wav(np.zeros((0, 1))), "no samples"),
        (wav(np.zeros((9, 1)), "ULAW"), "WAV format 7 with 8 bits"),
        (wav(np.zeros((9, 2), np.int16))[:-20], "damaged or cut off"),
        (wav(np.full((9, 1), np.nan), "FLOAT"), "no numbers"),
        (wav(np.zeros((9, 1), np.int16)).replace(b"\x98\x3a\0\0", bytes(4)), "at 0 Hz"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(content, line):
    with pytest.raises(UserError, match=line):
        read(content)


def test_half_a_frame_means_wrong_channels():
    with pytest.raises(UserError, match="in the middle of a sample"):
        read(bytes(10), (8000, 2))
    with pytest.raises(UserError, match="expected 1 to 64 channels"):
        read(bytes(10), (8000, 65))


def test_a_terminal_is_no_pipe():
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(UsageError, match="terminal"):
        open_stdin(Terminal())


def test_what_goes_out_comes_in_again():
    signal, file = noise(1001).astype(np.int16), io.BytesIO()
    out = WavStream(file, sample_rate=44100, channels=2)
    out.write(signal[:600])
    out.write(signal[600:])
    audio = open_stdin(io.BytesIO(file.getvalue()))
    assert (audio.sample_rate, audio.channels) == (44100, 2)
    assert np.array_equal(np.concatenate(list(audio.blocks())), signal)
    given, rate = soundfile.read(io.BytesIO(file.getvalue()), dtype="int16")
    assert rate == 44100 and np.array_equal(given, signal)
