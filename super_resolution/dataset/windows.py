"""What a dataset holds for each window of a channel, by the network's architecture.

faithful   bits      uint8    (steps, 2)   packed bits of the low version, the input
           target    int16    (samples,)   the original
           base      float32  (samples,)   the low version, interpolated by soxr
hifi       features  float16  (108,)       log10 energies and flatness of the low version, the input
           envelope  float16  (60,)        of the treble: log10 powers, shares of noise, weights

A window of `hifi` is one step of its LSTM, 10 ms. Its channels of a stereo song are left, middle
and side: middle and side are what `--predict` gives it.
"""

from collections.abc import Iterator

import numpy as np

from super_resolution.audio.blocks import FrameReader, resample_blocks
from super_resolution.audio.decoding import open_audio
from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.audio.wav import read_wav16
from super_resolution.dataset import envelopes
from super_resolution.network import architecture, bits
from super_resolution.network.filterbank import BANDS, HIGH_HOP, LOW_HOP, STEP
from super_resolution.network.grid import Grid
from super_resolution.network.presets import Preset
from super_resolution.tracks.track import Track

BLOCK_STEPS = 1 << 17  # steps of each channel read at once
# windows of 10 ms on either side that the filterbank and soxr's overlap see
MARGIN = 4

Kinds = dict[str, tuple[type, tuple[int, ...]]]
Rows = dict[str, np.ndarray]


def kinds(preset: Preset, grid: Grid) -> Kinds:
    """Give the type and the shape of a window's row, by the array's name."""
    steps = grid.whole_steps(preset.training.window)
    if preset.network.restores_treble:
        return {
            "features": (np.float16, (architecture.FEATURES,)),
            "envelope": (np.float16, (3 * BANDS,)),
        }
    samples = grid.samples_of_steps(steps)
    return {
        "bits": (np.uint8, (steps, bits.PACKED_BYTES)),
        "target": (np.int16, (samples,)),
        "base": (np.float32, (samples,)),
    }


def channels_of(track: Track, preset: Preset) -> int:
    """Count the channels of a track in a dataset."""
    stereo = track.info.channels == 2
    return 3 if stereo and preset.network.restores_treble else track.info.channels


def rows(track: Track, preset: Preset, windows: int) -> Iterator[Rows]:
    """Give the windows of a track from its start, in blocks of consecutive ones.

    Yields
    ------
    dict of ndarray, shape (channels_of(track, preset), any, ...)
        As `kinds` says.
    """
    make = _envelope_rows if preset.network.restores_treble else _waveform_rows
    return make(track, preset, windows)


def _base(track: Track) -> FrameReader:
    info = track.info
    return FrameReader(
        resample_blocks(
            open_audio(track.low).blocks(),
            orig_sr=info.low_rate,
            target_sr=info.sample_rate,
            channels=info.channels,
        )
    )


def _waveform_rows(track: Track, preset: Preset, windows: int) -> Iterator[Rows]:
    grid = Grid.of(preset.network, track.ratio)
    steps = grid.whole_steps(preset.training.window)
    samples, base = grid.samples_of_steps(steps), _base(track)
    at_once = max(1, BLOCK_STEPS // steps)
    for first in range(0, windows, at_once):
        count = min(at_once, windows - first)
        low = _low_of_steps(track, grid, first * steps, count * steps)
        high = read_wav16(track.original, first * samples, count * samples)
        yield {
            "bits": bits.pack(low.T).reshape(-1, count, steps, bits.PACKED_BYTES),
            "target": high.T.reshape(-1, count, samples),
            "base": base.read(count * samples).T.reshape(-1, count, samples),
        }


def _low_of_steps(track: Track, grid: Grid, start: int, count: int) -> np.ndarray:
    # (count, channels): the low sample that each step sees
    index = grid.low_index(np.arange(start, start + count))
    return read_wav16(track.low, index[0], index[-1] + 1 - index[0])[index - index[0]]


def _envelope_rows(track: Track, preset: Preset, windows: int) -> Iterator[Rows]:
    base, high_step = _base(track), STEP // LOW_HOP * HIGH_HOP
    weights = envelopes.band_weights(track.info.bandwidth).astype(np.float16)
    at_once = BLOCK_STEPS // STEP
    # what was read and is looked at again: the windows before the block and those after it
    low = np.zeros((MARGIN * STEP, track.info.channels), np.float32)
    residual = np.zeros((MARGIN * high_step, track.info.channels), np.float32)
    read = 0
    for first in range(0, windows, at_once):
        count = min(at_once, windows - first)
        missing = first + count + MARGIN - read
        more = read_wav16(track.low, read * STEP, missing * STEP)
        low = np.concatenate([low, _filled(more, missing * STEP)])
        more = read_wav16(track.original, read * high_step, missing * high_step)
        interpolated = _filled(base.read(missing * high_step), missing * high_step)
        more = _filled(more, missing * high_step) - interpolated
        residual = np.concatenate([residual, more])
        read += missing
        pairs = zip(_mixed(low), _mixed(residual), strict=True)
        yield _stacked([_envelope_row(*pair, weights) for pair in pairs])
        low, residual = low[-2 * MARGIN * STEP :], residual[-2 * MARGIN * high_step :]


def _envelope_row(low: np.ndarray, residual: np.ndarray, weights: np.ndarray) -> Rows:
    inner = slice(MARGIN, -MARGIN)
    features = envelopes.low_features(low)[inner].astype(np.float16)
    treble = envelopes.treble_envelope(residual)[inner].astype(np.float16)
    repeated = np.broadcast_to(weights, (len(treble), BANDS))
    return {"features": features, "envelope": np.concatenate([treble, repeated], axis=1)}


def _stacked(channels: list[Rows]) -> Rows:
    return {name: np.stack([row[name] for row in channels]) for name in channels[0]}


def _filled(block: np.ndarray, frames: int) -> np.ndarray:
    # float32, with silence after the song's end
    return np.pad(block.astype(np.float32), ((0, frames - len(block)), (0, 0)))


def _mixed(signal: np.ndarray) -> list[np.ndarray]:
    # mono as it is; left, middle and side of stereo; in [-1, 1)
    signal = signal.T / np.float32(FULL_SCALE)
    if len(signal) == 1:
        return [signal[0]]
    left, right = signal
    return [left, (left + right) / 2, (left - right) / 2]
