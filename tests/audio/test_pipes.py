"""Pipes: headers as ffmpeg and sox write them, what is no audio, and what leaves again."""

import io

import numpy as np
import pytest
import soundfile
from sounds import Pipe, chunk, encode, noise, wav

from super_resolution.audio.decoding import open_stdin
from super_resolution.audio.wav import WavStream
from super_resolution.errors import UsageError, UserError

# what writers state that do not know the length, as the size of the samples
UNKNOWN_SIZES = {"ffmpeg": 0xFFFFFFFF, "sox": 0x7FFFF000, "other": 0x7FFFFFFF, "zero": 0}
INT16 = np.arange(-1000, 1002, dtype=np.int16).reshape(-1, 2)


def read(content: bytes, raw: tuple | None = None) -> np.ndarray:
    return np.concatenate(list(open_stdin(Pipe(content), raw).blocks()))


def test_sixteen_bits_come_in_exactly():
    audio = open_stdin(Pipe(wav(INT16.tobytes(), rate=15000)))
    assert (audio.sample_rate, audio.channels, audio.frames) == (15000, 2, len(INT16))
    assert audio.once
    assert np.array_equal(np.concatenate(list(audio.blocks())), INT16)
    assert audio.warning is None


@pytest.mark.parametrize("size", UNKNOWN_SIZES.values(), ids=UNKNOWN_SIZES)
def test_a_length_that_was_not_known_is_not_believed(size):
    audio = open_stdin(Pipe(wav(INT16.tobytes(), size=size)))
    assert np.array_equal(np.concatenate(list(audio.blocks())), INT16)
    assert audio.frames is None or audio.frames < 2**31
    assert audio.warning is None


def test_chunks_before_and_after_the_samples_are_no_sound():
    other = chunk(b"LIST", b"words") + chunk(b"JUNK", bytes(100_000))
    assert np.array_equal(read(wav(INT16.tobytes(), before=other, after=other)), INT16)


def test_the_length_of_an_rf64_is_in_another_chunk():
    ds64 = chunk(b"ds64", b"".join(n.to_bytes(8, "little") for n in (0, INT16.nbytes, 1001)))
    content = wav(INT16.tobytes(), size=0xFFFFFFFF, after=chunk(b"LIST", b"\xff" * 4000))
    content = b"RF64" + b"\xff" * 4 + b"WAVE" + ds64 + content[12:]
    assert np.array_equal(read(content), INT16)


def test_who_writes_more_than_the_audio_is_heard_out():
    pipe = Pipe(wav(INT16.tobytes()) + bytes(1_000_000))
    list(open_stdin(pipe).blocks())
    assert pipe.read(1) == b""


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.m4a", "aac"), ("a.webm", "libopus")],
)
def test_any_format_comes_in(tmp_path, name, codec):
    path = encode(tmp_path / name, codec, noise(48000), rate=48000)
    found = read(path.read_bytes())
    assert 48000 <= len(found) < 51000
    assert np.std(found) == pytest.approx(np.std(noise(48000)) * 32768, rel=0.25)


def test_raw_samples_need_no_header():
    audio = open_stdin(Pipe(INT16.tobytes()), (8000, 2))
    assert (audio.sample_rate, audio.channels, audio.frames) == (8000, 2, None)
    assert np.array_equal(np.concatenate(list(audio.blocks())), INT16)
    assert read(INT16.tobytes() * 3, (8000, 6)).shape == (len(INT16), 2)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "stdin is empty"),
        (bytes(50_000), "stdin is no audio that can be read"),
        (wav(b"\0" * 8, size=8)[:36], "stdin is no audio that can be read"),
        (
            wav(np.full((9, 2), np.nan, "<f4").tobytes(), width=4, tag=3),
            "are no numbers",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(content, line):
    with pytest.raises(UserError, match=line):
        read(content)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 65), (500, 2), (1_000_000, 2)])
def test_raw_samples_that_are_refused(rate, channels):
    with pytest.raises(UserError, match="expected 1 to 64 channels at 1000 to 768000 Hz"):
        read(bytes(1000), (rate, channels))


def test_a_terminal_is_no_pipe():
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(UsageError, match="terminal"):
        open_stdin(Terminal())


def test_what_goes_out_comes_in_again():
    file = io.BytesIO()
    out = WavStream(file, sample_rate=44100, channels=2)
    out.write(INT16[:600])
    out.write(INT16[600:])
    audio = open_stdin(Pipe(file.getvalue()))
    assert (audio.sample_rate, audio.channels) == (44100, 2)
    assert np.array_equal(np.concatenate(list(audio.blocks())), INT16)
    given, rate = soundfile.read(io.BytesIO(file.getvalue()), dtype="int16")
    assert rate == 44100
    assert np.array_equal(given, INT16)
