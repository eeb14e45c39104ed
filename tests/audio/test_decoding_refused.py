"""What is no audio or must not be decoded, and what comes in unusual ways."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sounds import (
    RATE,
    Pipe,
    chunk,
    noise,
    pcm,
    read,
    read_pipe,
    wav,
)

from super_resolution.audio.decoding import open_audio, open_stream
from super_resolution.errors import UsageError, UserError


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.wav", b"hello"),
        ("notes.txt", b"hello" * 1000),
        ("notes.raw", b"hello"),
        ("a.sw", bytes(range(256)) * 100),
        ("a.m3u8", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n"),
        ("a.mp3", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n"),
        ("a.ffconcat", b"ffconcat version 1.0\nfile secret.wav\n"),
        ("a.srt", b"1\n00:00:00,000 --> 00:00:01,000\nhello\n"),
        ("a.zero", bytes(100_000)),
        ("half.wav", b"RIFF"),
        ("none.wav", wav(b"", size=0)[:36]),
        ("a.ogg", b"OggS" * 20_000),
    ],
)
def test_what_is_no_audio(tmp_path, name, content):
    soundfile.write(tmp_path / "secret.wav", noise(500), RATE)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match="no audio that can be read") as error:
        open_audio(tmp_path / name)
    assert error.value.exit_code == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "is empty"),
        (wav(b""), "holds no samples|no audio that can be read"),
        (wav(pcm(noise(99), 2), tag=0xFFFF), "codec that FFmpeg does not know"),
        (wav(pcm(noise(99), 2), rate=1), "at 1 Hz: expected 1 to 64 channels at 1000 to 768000"),
        (wav(pcm(noise(99), 2), rate=999), "at 999 Hz"),
        (wav(pcm(noise(99), 2), rate=768_001), "at 768001 Hz"),
        (wav(pcm(noise(99), 2), rate=0), "can be read|0 Hz"),
        (wav(pcm(noise(99, 65), 2), channels=65), "65 channels"),
        (wav(np.full((99, 2), np.nan, "<f4").tobytes(), width=4, tag=3), "no numbers"),
        (wav(np.full((99, 2), -np.inf, "<f4").tobytes(), width=4, tag=3), "no numbers"),
    ],
)
def test_what_is_refused_is_said_in_a_line(tmp_path, content, line):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(UserError, match=line):
        read(tmp_path / "a.wav")
    with pytest.raises(UserError, match=line):
        read_pipe(content)


@pytest.mark.parametrize("rate", [1000, 8000, 11025, 15000, 768_000])
def test_the_rates_that_are_taken(tmp_path, rate):
    (tmp_path / "a.wav").write_bytes(wav(pcm(noise(99), 2), rate=rate))
    assert open_audio(tmp_path / "a.wav").sample_rate == rate


def test_a_video_without_sound(tmp_path):
    # the container alone: no stream in it
    (tmp_path / "a.avi").write_bytes(b"RIFF\x04\0\0\0AVI ")
    with pytest.raises(UserError):
        open_audio(tmp_path / "a.avi")


@pytest.mark.parametrize("name", ["", "missing.wav"])
def test_a_folder_and_a_missing_file_are_wrong_calls(tmp_path, name):
    with pytest.raises(UsageError):
        open_audio(tmp_path / name)


def test_a_device_is_a_wrong_call():
    with pytest.raises(UsageError, match="no file"):
        open_audio(Path("/dev/null"))


def test_a_named_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    content = wav(pcm(noise(RATE), 2), after=chunk(b"LIST", bytes(200_000)))
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()
    audio = open_audio(tmp_path / "pipe")
    assert audio.once
    assert sum(map(len, audio.blocks())) == RATE
    writer.join(10)
    assert not writer.is_alive()


def test_a_file_that_grows_while_it_is_read(tmp_path):
    content = wav(pcm(noise(10 * RATE), 2), size=0xFFFFFFFF)
    (tmp_path / "a.wav").write_bytes(content[: len(content) // 2])
    blocks = open_audio(tmp_path / "a.wav").blocks()
    got = len(next(blocks))
    with (tmp_path / "a.wav").open("ab") as file:
        file.write(content[len(content) // 2 :])
    assert got + sum(map(len, blocks)) == 10 * RATE


def test_what_reading_raises_is_not_the_end_of_the_song():
    class Broken(Pipe):
        def read(self, size: int) -> bytes:
            given = super().read(size)
            if not given:
                raise self.error
            return given

    for error in (OSError(5, "Input/output error"), KeyboardInterrupt()):
        stream = Broken(wav(pcm(noise(5 * RATE), 2), size=0xFFFFFFFF))
        stream.error = error
        with pytest.raises(type(error)):
            list(open_stream(stream, Path("-")).blocks())
