"""Streaming: exact lengths, alignment, and no trace of blocks or windows.

Small engines with known answers stand in for a network: one that says nothing,
one that echoes the sample it sees, and one that looks at its neighbours.
"""

import tracemalloc
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import soundfile
from helpers import SMALL_HIFI, SMALL_SEED, write_wav

from super_resolution.audio.blocks import resample, scaled_frames
from super_resolution.audio.decoding import open_audio
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.evaluation import baselines
from super_resolution.network import bits
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.jobs import upsample_file
from super_resolution.upsampling.stream import upsample_blocks

LENGTHS = [1, 2, 10, 49, 50, 51, 75, 99, 100, 101, 146, 147, 148, 1001]
RATES = {"orig_sr": 15000, "target_sr": 44100}


def model_of(preset, low_rate: int = 15000, scale: float = 1.0) -> Model:
    return Model(preset, 44100, low_rate, "soxr", scale, ())


HOLD = model_of(SMALL_SEED)
HOLD_WAVEFORM = model_of(replace(SMALL_SEED, target="waveform"))
POLYPHASE = model_of(replace(SMALL_HIFI, high_pass=False, caution=0.0))
POLYPHASE_WAVEFORM = model_of(
    replace(SMALL_HIFI, high_pass=False, mid_side=False, caution=0.0, target="waveform")
)
HIFI = model_of(SMALL_HIFI)


class Echo:
    """Give each high sample the mean of the low samples seen `reach` steps around it."""

    def __init__(self, model: Model, batch: int = 4, reach: int = 0, gain: float = 1.0) -> None:
        self.grid, self.gain = model.grid, gain
        self.steps = model.predict_steps
        self.batch, self.reach = batch, reach

    def run(self, batch: np.ndarray) -> np.ndarray:
        assert len(batch) <= self.batch and batch.shape[1:] == (self.steps, 16)
        assert batch.dtype == np.float32
        samples = bits.decode(batch > 0).astype(np.float32)
        width = 2 * self.reach + 1
        smooth = [np.convolve(row, np.ones(width) / width, mode="same") for row in samples]
        frames = np.arange(self.grid.frames_of(self.steps))
        if self.grid.name == "polyphase":
            frames = frames * self.grid.ratio.denominator // self.grid.ratio.numerator
        return self.gain * np.array(smooth)[:, frames]


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(frames).integers(-9000, 9000, (frames, channels)).astype(np.int16)


def upsampled(low, engine, model, size: int = 10**6) -> np.ndarray:
    blocks = [low[i : i + size] for i in range(0, len(low), size)]
    return np.concatenate(list(upsample_blocks(blocks, engine, model, channels=low.shape[1])))


@pytest.mark.parametrize("model", [HOLD, POLYPHASE, HIFI], ids=["hold", "polyphase", "hifi"])
@pytest.mark.parametrize("frames", LENGTHS)
def test_a_silent_network_leaves_soxr_at_every_length(model, frames):
    low = noise(frames)
    expected = to_int16(resample(low, **RATES))
    out = upsampled(low, Echo(model, gain=0), model)
    assert out.shape == (scaled_frames(frames, Fraction(147, 50)), 2)
    assert np.array_equal(out, expected)


@pytest.mark.parametrize("model", [HOLD_WAVEFORM, POLYPHASE_WAVEFORM], ids=["hold", "polyphase"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frames", LENGTHS)
def test_an_echo_is_sample_and_hold(model, channels, frames):
    low = noise(frames, channels)
    out = upsampled(low, Echo(model), model)
    assert np.array_equal(out, baselines.hold(low, **RATES))


@pytest.mark.parametrize("low_rate", [8000, 14700, 16000, 22050])
@pytest.mark.parametrize("preset", [HOLD_WAVEFORM.preset, POLYPHASE_WAVEFORM.preset])
def test_other_rates(low_rate, preset):
    model, low = model_of(preset, low_rate), noise(1001)
    expected = baselines.hold(low, orig_sr=low_rate, target_sr=44100)
    assert np.array_equal(upsampled(low, Echo(model), model), expected)


@pytest.mark.parametrize("model", [HOLD, HIFI], ids=["hold", "hifi"])
@pytest.mark.parametrize(("size", "batch"), [(1, 4), (7, 1), (333, 2), (100, 16)])
def test_blocks_and_batches_leave_no_trace(model, size, batch):
    low = noise(1501)
    whole = upsampled(low, Echo(model, batch=64, reach=8), model)
    parts = upsampled(low, Echo(model, batch=batch, reach=8), model, size)
    assert np.abs(parts.astype(int) - whole).max() <= (1 if model.preset.high_pass else 0)


@pytest.mark.parametrize("model", [HOLD_WAVEFORM, POLYPHASE_WAVEFORM])
def test_the_context_hides_the_windows(model):
    # a network that looks 10 steps around cannot tell where its windows were cut
    low = noise(2000, 1)
    seen = low[model.grid.low_index(np.arange(-100, 6200)).clip(0, 1999)][:, 0].astype(float)
    seen[:100] = 0
    if model.grid.name == "polyphase":
        seen = np.concatenate([np.zeros(10), low[:, 0], np.zeros(10)])
        smooth = np.convolve(seen, np.ones(21) / 21, mode="valid")
        expected = baselines.hold(smooth[:, np.newaxis], **RATES)[:, 0]
    else:
        expected = np.convolve(seen, np.ones(21) / 21, mode="same")[100:][:5880]
    out = upsampled(low, Echo(model, reach=10), model)[:, 0]
    assert np.abs(out - expected)[:5800].max() <= 1


def test_the_high_pass_keeps_the_known_band():
    time = np.arange(15000) / 15000
    low = to_int16(10000 * np.sin(2 * np.pi * 1000 * time))[:, np.newaxis]
    out = upsampled(low, Echo(HIFI), HIFI).astype(float)
    base = resample(low, **RATES)
    added = (out - base)[2000:-2000, 0]
    spectrum = np.abs(np.fft.rfft(added * np.hanning(len(added))))
    hertz = np.fft.rfftfreq(len(out) - 4000, 1 / 44100)
    assert spectrum[hertz < 6000].max() < 3e-3 * spectrum[hertz > 7000].max()


@pytest.mark.parametrize("model", [HOLD, HIFI], ids=["hold", "hifi"])
def test_memory_does_not_grow_with_the_length(model):
    def peak(count: int) -> int:
        engine = Echo(model, batch=256, gain=0)
        blocks = (noise(4096) for _ in range(count))
        tracemalloc.start()
        for _ in upsample_blocks(blocks, engine, model, channels=2):
            pass
        largest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return largest

    # 120 more blocks are 2 MB at 16 bits, and three times that upsampled; blocks and windows
    # do not fall alike in both
    assert peak(400) - peak(280) < 1.2e6


def test_loud_output_is_clipped_not_wrapped():
    low = np.full((500, 1), 30000, np.int16)
    out = upsampled(low, Echo(HOLD, gain=1), HOLD)
    assert out[200:-200].min() == 32767


@pytest.mark.parametrize("frames", [1, 500])
def test_the_scale_is_applied(frames):
    low = noise(frames, 1)
    model = replace(HOLD_WAVEFORM, scale=0.5)
    expected = to_int16(baselines.hold(low, **RATES) * np.float32(0.5))
    assert np.array_equal(upsampled(low, Echo(model), model), expected)


def test_caution_adds_less():
    low = noise(1000, 1)
    models = [replace(HIFI, preset=replace(SMALL_HIFI, caution=some)) for some in (0.0, 6.0)]
    plain = to_int16(resample(low, orig_sr=15000, target_sr=44100)).astype(float)
    given = [np.sum((upsampled(low, Echo(model), model) - plain) ** 2) for model in models]
    assert 10 * np.log10(given[0] / given[1]) == pytest.approx(6.0, abs=0.05)


def test_a_file_becomes_a_file(tmp_path):
    path = write_wav(tmp_path / "a.wav", noise(1501), 15000)
    frames = upsample_file(open_audio(path), tmp_path / "out.wav", Echo(HOLD, gain=0), HOLD)
    info = soundfile.info(tmp_path / "out.wav")
    assert (info.frames, info.samplerate, info.channels, info.subtype) == (
        frames,
        44100,
        2,
        "PCM_16",
    )
    assert frames == scaled_frames(1501, Fraction(147, 50))


def test_a_file_at_another_rate_is_brought_down_first(tmp_path):
    signal = noise(4800)
    path = write_wav(tmp_path / "a.wav", signal, 48000)
    upsample_file(open_audio(path), tmp_path / "out.wav", Echo(HOLD, gain=0), HOLD)
    low = to_int16(resample(signal, orig_sr=48000, target_sr=15000))
    expected = to_int16(resample(low, **RATES))
    assert np.array_equal(read_wav16(tmp_path / "out.wav"), expected)
