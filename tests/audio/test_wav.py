"""WAV files, and WAVs through pipes, with headers of ffmpeg and sox and damaged ones."""

import contextlib
import errno
import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from super_resolution.audio.wav import (
    BLOCK_FRAMES,
    WavStream,
    open_stdin,
    read_wav16,
    wav_writer,
)
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


def test_stdout_wav_can_be_read_from_stdin_and_by_libsndfile():
    signal, stream = noise(1001).astype(np.int16), io.BytesIO()
    out = WavStream(stream, sample_rate=44100, channels=2)
    out.write(signal[:600])
    out.write(signal[600:])
    audio = open_stdin(io.BytesIO(stream.getvalue()))
    assert (audio.sample_rate, audio.channels) == (44100, 2)
    assert np.array_equal(np.concatenate(list(audio.blocks())), signal)
    samples, rate = soundfile.read(io.BytesIO(stream.getvalue()), dtype="int16")
    assert rate == 44100 and np.array_equal(samples, signal)


def write(path: Path, signal: np.ndarray, size: int = 7) -> Path:
    with wav_writer(path, sample_rate=15000, channels=signal.shape[1]) as out:
        for first in range(0, len(signal), size):
            out.write(signal[first : first + size])
    return path


@pytest.mark.parametrize("frames", [0, 1, 2, 99, 100, 101, 2 * BLOCK_FRAMES + 1])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_is_read_back_exactly(tmp_path, frames, channels):
    signal = noise(frames, channels).astype(np.int16)
    path = write(tmp_path / "春.wav", signal, size=max(7, frames // 3))
    assert np.array_equal(read_wav16(path), signal)
    # the same bytes as libsndfile's
    assert path.read_bytes() == wav(signal)


@pytest.mark.parametrize(
    ("start", "frames"),
    [(0, 0), (0, 1), (7, 10), (7, -1), (99, 2), (90, 100), (100, 5), (101, 5), (200, -1)],
)
def test_a_part_is_a_slice_of_the_file(tmp_path, start, frames):
    signal = noise(100).astype(np.int16)
    path = write(tmp_path / "a.wav", signal)
    expected = signal[start:] if frames < 0 else signal[start : start + frames]
    part = read_wav16(path, start, frames)
    assert part.dtype == np.int16 and part.shape == expected.shape
    assert np.array_equal(part, expected)


def test_a_failed_write_keeps_the_existing_file(tmp_path):
    path = tmp_path / "a.wav"
    path.write_text("old")
    with pytest.raises(UserError, match="x"), wav_writer(path, sample_rate=8000, channels=1):
        raise UserError("x")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("frames", [1, 10**6])
def test_a_full_disk(monkeypatch, frames):
    full = contextlib.nullcontext(Path("/dev/full"))
    monkeypatch.setattr("super_resolution.audio.wav.replacing", lambda path: full)
    with pytest.raises(UserError, match=r"a\.wav cannot be written \(no space .* disk full"):
        write(Path("a.wav"), np.zeros((frames, 1), np.int16), size=frames)


def test_other_errors_while_writing_stay_what_they_are(tmp_path):
    error = OSError(errno.EIO, "input/output error")
    with pytest.raises(OSError) as caught, wav_writer(tmp_path / "a", sample_rate=1, channels=1):
        raise error
    assert caught.value is error


def test_more_than_4_gib_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("super_resolution.audio.wav.MAX_DATA_BYTES", 400)
    write(tmp_path / "a.wav", np.zeros((100, 2), np.int16))
    with pytest.raises(UserError, match=r"b\.wav would exceed 4 GiB"):
        write(tmp_path / "b.wav", np.zeros((101, 2), np.int16))
    assert not (tmp_path / "b.wav").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no audio",
        wav(np.zeros((9, 2), np.int16))[:30],
        wav(np.zeros((9, 2), np.int16))[:-4],
        wav(np.zeros((9, 2), np.int16))[:-3],
        # a chunk that is longer than all
        wav(np.zeros((9, 2), np.int16)).replace(b"fmt \x10", b"LIST\xff"),
        wav(np.zeros((9, 2)), "PCM_24"),
        wav(np.zeros((9, 2)), "FLOAT"),
    ],
)
def test_a_file_that_is_no_whole_16_bit_wav_is_refused(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.wav cannot be read \(.+\): scan the track again"):
        read_wav16(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="No such file.*scan the track again"):
        read_wav16(tmp_path / "a.wav")
