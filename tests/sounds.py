"""Sounds and files of every format, made on the spot."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from super_resolution.audio.decoding import open_audio, open_stream

FULL_SCALE = 32768
RATE = 44100
SUBFORMAT = bytes.fromhex("000000001000800000aa00389b71")  # follows the format in a WAV's GUID


def noise(frames: int, channels: int = 2, seed: int = 0) -> np.ndarray:
    """Give noise at -10 dB, float64 (frames, channels), full scale 1."""
    return np.random.default_rng(seed).uniform(-0.3, 0.3, (frames, channels))


def tones(frames: int, channels: int, rate: int = RATE) -> np.ndarray:
    """Give another tone in each channel: 300, 500, 700 Hz and so on, at 0.2 of full scale."""
    time = np.arange(frames)[:, np.newaxis] / rate
    return 0.2 * np.sin(2 * np.pi * (300 + 200 * np.arange(channels)) * time)


def levels(signal: np.ndarray, channels: int, rate: int = RATE) -> np.ndarray:
    """Give the amplitude of each of the `tones` in each output, (channels, outputs)."""
    window = np.hanning(len(signal))[:, np.newaxis]
    time = np.arange(len(signal)) / rate
    frequencies = 300 + 200 * np.arange(channels)
    waves = np.exp(-2j * np.pi * frequencies[:, np.newaxis] * time)
    return 2 * np.abs(waves @ (signal * window)) / window.sum()


def band_level(signal: np.ndarray, low: float, high: float) -> float:
    """Give the power of a band of the first channel at `RATE`, from `low` to `high` Hz, in dB."""
    power = np.abs(np.fft.rfft(signal[:, 0] * np.hanning(len(signal)))) ** 2
    hertz = np.fft.rfftfreq(len(signal), 1 / RATE)
    return 10 * np.log10(power[(hertz >= low) & (hertz < high)].sum())


def encode(
    path: Path,
    codec: str,
    signal: np.ndarray,
    *,
    rate: int = RATE,
    layout: str = "stereo",
    options: dict | None = None,
    tags: dict | None = None,
) -> Path:
    """Write a file with one of FFmpeg's encoders; its ending is the container."""
    with av.open(str(path), "w", options=options or {}) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate=rate, layout=layout, options={"strict": "-2"})
        formats = [one.name for one in stream.codec_context.codec.audio_formats]
        # the first may be of 8 bits
        wide = next((name for name in ("s16", "s16p") if name in formats), formats[0])
        stream.codec_context.format = wide
        samples = np.ascontiguousarray(signal, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, "flt", layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    """Give a chunk of a WAV."""
    size = len(content) if size is None else size
    return name + struct.pack("<I", size) + content + bytes(len(content) % 2)


def pcm(signal: np.ndarray, width: int) -> bytes:
    """Give samples (float, full scale 1) as whole numbers of `width` bytes."""
    whole = np.rint(signal * 2.0**31).clip(-(2**31), 2**31 - 1).astype("<i4")
    data = whole.view(np.uint8).reshape(-1, 4)[:, 4 - width :]
    return (data ^ 0x80 if width == 1 else data).tobytes()


def wav(
    data: bytes,
    *,
    channels: int = 2,
    width: int = 2,
    rate: int = RATE,
    tag: int = 1,
    valid: int | None = None,
    mask: int = 0,
    size: int | None = None,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """Give a WAV byte for byte; `valid` bits or a channel `mask` make it an extensible one."""
    frame = width * channels
    extensible = valid is not None or mask
    form = struct.pack(
        "<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * frame, frame, 8 * width
    )
    if extensible:
        form += struct.pack("<HHIH", 22, valid or 8 * width, mask, tag) + SUBFORMAT
    body = b"WAVE" + chunk(b"fmt ", form) + before + chunk(b"data", data, size) + after
    return chunk(b"RIFF", body)


class Pipe:
    """A stream that cannot seek."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def isatty(self) -> bool:
        """Tell that it is none."""
        return False

    def read(self, size: int) -> bytes:
        """Give the next bytes."""
        given, self._content = self._content[:size], self._content[size:]
        return given


def read(path: Path) -> np.ndarray:
    """Decode a file; full scale is 1."""
    return np.concatenate(list(open_audio(path).blocks())) / FULL_SCALE


def read_pipe(content: bytes, raw: tuple[int, int] | None = None) -> np.ndarray:
    """Decode what comes through a pipe; full scale is 1."""
    return np.concatenate(list(open_stream(Pipe(content), Path("-"), raw).blocks())) / FULL_SCALE
