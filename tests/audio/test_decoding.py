"""Every format: samples, length, start and the level of each channel."""

import os
import shutil
import struct
import subprocess
from itertools import product

import numpy as np
import pytest
import soundfile
from sounds import (
    FULL_SCALE,
    RATE,
    encode,
    levels,
    noise,
    pcm,
    read,
    read_pipe,
    tones,
    wav,
)

from super_resolution.audio.decoding import open_audio

FORMATS = ["WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "FLAC"]
SUBTYPES = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]
WRITABLE = [pair for pair in product(FORMATS, SUBTYPES) if soundfile.check_format(*pair)]
LOSSLESS = {
    "a.flac": "flac",
    "a.wv": "wavpack",
    "a.tta": "tta",
    "a.m4a": "alac",
    "a.caf": "pcm_s16be",
    "a.aiff": "pcm_s16be",
    "a.w64": "pcm_s16le",
    "a.au": "pcm_s16be",
    "a.mov": "pcm_s16le",
    "a.mkv": "flac",
    "a.avi": "pcm_s16le",
}
# name -> codec, and by how many samples it is late where the container does not make up for it
LOSSY = {
    "a.mp3": ("libmp3lame", 0),
    "a.m4a": ("aac", 0),
    "a.mp4": ("aac", 0),
    "a.webm": ("libopus", 0),
    "a.opus": ("libopus", 0),
    "a.aac": ("aac", 1024),
    "a.flv": ("aac", 1024),
    "a.ts": ("aac", 1024),
    "a.ac3": ("ac3", 256),
    "a.eac3": ("eac3", 256),
    "a.mp2": ("mp2", 481),
}
EXACT = {"a.mp3", "a.webm", "a.opus"}  # these state how long the sound is


def lag(signal: np.ndarray, reference: np.ndarray) -> int:
    """Give by how many samples `signal` is late."""
    size = 2 * max(len(signal), len(reference))
    spectra = [np.fft.rfft(x[:, 0], size) for x in (signal, reference)]
    found = int(np.fft.irfft(spectra[0] * spectra[1].conj()).argmax())
    return found if found < size // 2 else found - size


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("format", "subtype"), WRITABLE)
def test_samples_come_out_as_soundfile_gives_them(tmp_path, format, subtype, channels):
    path = tmp_path / "a"
    soundfile.write(path, noise(5000, channels), RATE, subtype=subtype, format=format)
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    audio = open_audio(path)
    assert (audio.sample_rate, audio.channels, audio.frames) == (RATE, channels, 5000)
    assert np.array_equal(read(path), expected)
    assert np.array_equal(read_pipe(path.read_bytes()), expected)


def test_every_16_bit_sample_comes_out_exactly(tmp_path):
    every = np.arange(-32768, 32768).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", every, RATE)
    blocks = list(open_audio(tmp_path / "a.wav").blocks())
    assert blocks[0].dtype == np.float32
    assert np.array_equal(np.concatenate(blocks)[:, 0], every)


@pytest.mark.parametrize(
    ("valid", "width"), [(24, 4), (20, 4), (16, 4), (20, 3), (16, 3), (12, 2), (8, 2)]
)
def test_samples_narrower_than_their_place(tmp_path, valid, width):
    signal = np.floor(noise(3000) * 2 ** (valid - 1)) / 2 ** (valid - 1)
    content = wav(pcm(signal, width), width=width, valid=valid, mask=3)
    (tmp_path / "a.wav").write_bytes(content)
    assert np.array_equal(read(tmp_path / "a.wav"), signal.astype(np.float32))
    assert np.array_equal(read_pipe(content), signal.astype(np.float32))


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats(tmp_path, name):
    signal = np.rint(noise(RATE) * FULL_SCALE) / FULL_SCALE
    path = encode(tmp_path / name, LOSSLESS[name], signal)
    assert np.array_equal(read(path), signal.astype(np.float32))
    assert np.array_equal(read_pipe(path.read_bytes()), signal.astype(np.float32))
    audio = open_audio(path)
    list(audio.blocks())
    assert audio.warning is None


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_formats(tmp_path, name):
    codec, delay = LOSSY[name]
    rate = 48000 if codec == "libopus" else RATE
    signal = tones(rate, 2, rate) * np.linspace(0, 1, rate)[:, np.newaxis]
    audio = open_audio(encode(tmp_path / name, codec, signal, rate=rate))
    found = np.concatenate(list(audio.blocks())) / FULL_SCALE
    assert (audio.sample_rate, audio.channels, audio.warning) == (rate, 2, None)
    assert 0 <= len(found) - rate <= (0 if name in EXACT else 3000)
    assert lag(found, signal) == delay
    inner = found[delay : delay + rate]
    assert np.allclose(levels(inner, 2, rate), levels(signal, 2, rate), atol=0.01)


@pytest.mark.parametrize("name", ["no-ending", "wrong.flac", "wrong.mp3", "春の海 .wav", "%d.wav"])
def test_the_content_decides_not_the_name(tmp_path, name):
    soundfile.write(tmp_path / name, noise(500), RATE, format="WAV")
    assert len(read(tmp_path / name)) == 500


def test_a_name_of_any_bytes(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    soundfile.write(tmp_path / "a.wav", noise(500), RATE)
    shutil.move(tmp_path / "a.wav", path)
    assert len(read(path)) == 500


def test_tags_that_are_no_utf_8(tmp_path):
    for name, codec in (("a.m4a", "aac"), ("a.mkv", "flac")):
        path = encode(tmp_path / name, codec, noise(RATE), tags={"title": "QQQQ"})
        path.write_bytes(path.read_bytes().replace(b"QQQQ", b"\xff\xfe\xe9Q"))
        assert len(read(path)) >= RATE


HALF = np.sqrt(0.5)
MATRICES = {
    "2.1": [(1, 0), (0, 1), (0, 0)],
    "3.0": [(1, 0), (0, 1), (HALF, HALF)],
    "quad": [(1, 0), (0, 1), (HALF, 0), (0, HALF)],
    "5.1": [(1, 0), (0, 1), (HALF, HALF), (0, 0), (HALF, 0), (0, HALF)],
    "5.1(side)": [(1, 0), (0, 1), (HALF, HALF), (0, 0), (HALF, 0), (0, HALF)],
    "7.1": [(1, 0), (0, 1), (HALF, HALF), (0, 0)] + [(HALF, 0), (0, HALF)] * 2,
}


@pytest.mark.parametrize("layout", MATRICES)
@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.flac", "flac"), ("a.wav", "pcm_s16le"), ("a.mov", "pcm_s24le"), ("a.m4a", "aac")],
)
def test_surround_goes_where_it_belongs(tmp_path, name, codec, layout):
    matrix = np.array(MATRICES[layout], float)
    matrix /= matrix.sum(axis=0).max()
    signal = tones(RATE, len(matrix))
    path = encode(tmp_path / name, codec, signal, layout=layout)
    audio = open_audio(path)
    assert (audio.source_channels, audio.channels) == (len(matrix), 2)
    assert np.allclose(levels(read(path)[:RATE], len(matrix)), 0.2 * matrix, atol=0.01)


@pytest.mark.parametrize(("name", "codec"), [("a.ogg", "libopus"), ("a.webm", "libopus")])
def test_surround_in_an_order_of_its_own(tmp_path, name, codec):
    matrix = np.array(MATRICES["5.1"]) / (1 + 2 * HALF)
    path = encode(tmp_path / name, codec, tones(48000, 6, 48000), rate=48000, layout="5.1")
    found = levels(read(path)[:48000], 6, 48000)
    assert np.allclose(np.delete(found, 3, 0), 0.2 * np.delete(matrix, 3, 0), atol=0.02)


@pytest.mark.parametrize("channels", [3, 5, 8, 9, 12, 16, 31, 64])
def test_many_channels_cannot_clip(tmp_path, channels):
    loud = np.full((2000, channels), 0.999)
    (tmp_path / "a.wav").write_bytes(wav(pcm(loud, 2), channels=channels))
    found = read(tmp_path / "a.wav")
    assert found.shape == (2000, 2)
    assert 0.5 < np.abs(found).max() <= 1


@pytest.mark.parametrize("labels", [[2, 1], [2, 1, 4], [1, 2, 3, 1], [3, 1, 2, 2**32 - 1]])
def test_layouts_that_are_not_standard(tmp_path, labels):
    def big(name: bytes, content: bytes) -> bytes:
        return name + len(content).to_bytes(8, "big") + content

    def numbers(*values: int) -> bytes:
        return b"".join(value.to_bytes(4, "big") for value in values)

    count, width = len(labels), 2 * len(labels)
    described = struct.pack(">d", RATE) + b"lpcm" + numbers(0, width, 1, count, 16)
    order = numbers(0, 0, count) + b"".join(numbers(label, 0, 0, 0, 0) for label in labels)
    samples = np.full((RATE, count), 1000, ">i2").tobytes()
    chunks = big(b"desc", described) + big(b"chan", order) + big(b"data", numbers(0) + samples)
    (tmp_path / "a.caf").write_bytes(b"caff\0\1\0\0" + chunks)
    # PyAV frees such a layout twice: without care this ends the interpreter
    found = read(tmp_path / "a.caf") * FULL_SCALE
    assert found.shape == (RATE, 2)
    assert np.allclose(found, 1000, atol=1)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="compares with the ffmpeg command")
@pytest.mark.parametrize("name", [*LOSSY, *LOSSLESS])
def test_length_and_start_are_those_of_the_ffmpeg_command(tmp_path, name):
    codec = LOSSY[name][0] if name in LOSSY else LOSSLESS[name]
    rate = 48000 if codec == "libopus" else RATE
    path = encode(tmp_path / name, codec, noise(2 * rate), rate=rate)
    call = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-f", "f32le", "-"]
    done = subprocess.run(call, capture_output=True, check=True)
    expected = np.frombuffer(done.stdout, "<f4").reshape(-1, 2)
    found = read(path)
    assert found.shape == expected.shape
    assert np.allclose(found, expected, atol=1e-4)
