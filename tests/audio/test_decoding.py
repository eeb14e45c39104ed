"""Every kind of file, good and bad."""

import shutil

import av
import numpy as np
import pytest
import soundfile

from super_resolution.audio.decoding import open_audio
from super_resolution.errors import UsageError, UserError

RATE = 44100


def tone(seconds: float = 0.5, channels: int = 2) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return np.stack([0.4 * np.sin(2 * np.pi * f * time) for f in (440, 880)][:channels], axis=1)


def decoded(path) -> np.ndarray:
    return np.concatenate(list(open_audio(path).blocks()))


def encode_with_pyav(path, codec: str) -> None:
    samples = tone().T.astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48000 if codec == "libopus" else RATE)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
        frame.sample_rate = RATE
        for packet in stream.encode(frame):
            container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "DOUBLE", "PCM_U8"])
@pytest.mark.parametrize("channels", [1, 2])
def test_wav_in_16_bit_units(tmp_path, subtype, channels):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(channels=channels), RATE, subtype=subtype)
    audio = open_audio(path)
    assert (audio.sample_rate, audio.channels, audio.frames) == (RATE, channels, RATE // 2)
    tolerance = 257 if subtype == "PCM_U8" else 1
    assert np.abs(decoded(path) - tone(channels=channels) * 32768).max() < tolerance


def test_16_bit_comes_out_exactly(tmp_path):
    every = np.arange(-32768, 32768).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", every, RATE)
    assert np.array_equal(decoded(tmp_path / "a.wav")[:, 0], every)


@pytest.mark.parametrize(
    ("name", "format", "subtype"),
    [
        ("a.flac", "FLAC", "PCM_16"),
        ("a.ogg", "OGG", "VORBIS"),
        ("a.mp3", "MP3", "MPEG_LAYER_III"),
        ("a.aiff", "AIFF", "PCM_16"),
        ("no-ending", "WAV", "PCM_16"),
        ("wrong.flac", "WAV", "PCM_16"),
    ],
)
def test_what_soundfile_knows(tmp_path, name, format, subtype):
    soundfile.write(tmp_path / name, tone(), RATE, format=format, subtype=subtype)
    assert spectral_peak(decoded(tmp_path / name)) == pytest.approx(440, abs=3)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.m4a", "aac"), ("a.webm", "libopus"), ("a.mp4", "aac")]
)
def test_what_only_pyav_knows(tmp_path, name, codec):
    encode_with_pyav(tmp_path / name, codec)
    audio = open_audio(tmp_path / name)
    assert audio.channels == 2
    signal = decoded(tmp_path / name)
    assert len(signal) == pytest.approx(0.5 * audio.sample_rate, rel=0.1)
    assert spectral_peak(signal, audio.sample_rate) == pytest.approx(440, abs=3)
    middle = signal[len(signal) // 4 : -len(signal) // 4]
    assert np.std(middle) == pytest.approx(np.std(tone()) * 32768, rel=0.05)


def spectral_peak(signal: np.ndarray, rate: int = RATE) -> float:
    spectrum = np.abs(np.fft.rfft(signal[:, 0] * np.hanning(len(signal)), 1 << 17))
    return np.argmax(spectrum) * rate / (1 << 17)


@pytest.mark.parametrize("name", ["notes.wav", "notes.m4a", "notes.txt", "notes.raw", "a.m3u8"])
def test_text_is_no_audio(tmp_path, name):
    path = tmp_path / name
    path.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n" if "m3u8" in name else "hello")
    with pytest.raises(UserError, match="no audio that can be read") as error:
        open_audio(path)
    assert error.value.exit_code == 1


def test_an_empty_file(tmp_path):
    (tmp_path / "a.wav").touch()
    with pytest.raises(UserError, match="empty file"):
        open_audio(tmp_path / "a.wav")


@pytest.mark.parametrize("name", ["", "missing.wav"])
def test_a_folder_and_a_missing_file_are_wrong_calls(tmp_path, name):
    with pytest.raises(UsageError):
        open_audio(tmp_path / name)


def test_nan_is_refused(tmp_path):
    signal = tone()
    signal[1000] = np.nan
    soundfile.write(tmp_path / "a.wav", signal, RATE, subtype="FLOAT")
    with pytest.raises(UserError, match="no numbers"):
        decoded(tmp_path / "a.wav")


@pytest.mark.parametrize("ending", ["mp3", "flac"])
def test_a_cut_off_file_says_how_much_there_is(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (RATE * 4, 2))
    soundfile.write(path, noise, RATE)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(UserError, match="damaged|cut off"):
        decoded(path)


def test_the_start_of_a_cut_off_file_can_be_read(tmp_path):
    path = tmp_path / "a.mp3"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.3, 0.3, (RATE * 4, 2)), RATE)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    assert len(next(open_audio(path).blocks())) > RATE


def test_japanese_names(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(), RATE)
    shutil.move(tmp_path / "a.wav", tmp_path / "春の海 .wav")
    assert len(decoded(tmp_path / "春の海 .wav")) == RATE // 2
