"""Upsample a signal of any length: blocks in, blocks out.

    low blocks -+-> soxr ----------------------------------- base -+-> 16 bits
                +-> windows of bits -> engine -> high-pass -> fill -+
                +-> stereo: middle and side before, left and right after

Windows overlap by the context at both their ends, and what the network says
there is thrown away, so that each sample was heard from both sides and no seam
shows. Before and after the song lies silence. Memory does not grow with the
length, and the result does not depend on how the signal comes in blocks.
"""

from collections.abc import Iterable, Iterator
from itertools import tee

import numpy as np

from super_resolution.audio.blocks import (
    FrameReader,
    Lookup,
    resample_blocks,
    scaled_frames,
)
from super_resolution.audio.envelope import noise_gate, with_short_time_power
from super_resolution.audio.filters import filter_blocks, residual_high_pass
from super_resolution.audio.pcm import to_int16
from super_resolution.engines.base import Engine
from super_resolution.network.encodings import encode
from super_resolution.network.grid import Grid
from super_resolution.network.presets import Preset
from super_resolution.network.saved_model import Model
from super_resolution.upsampling import stereo


def upsample_blocks(
    blocks: Iterable[np.ndarray], engine: Engine, model: Model, *, channels: int
) -> Iterator[np.ndarray]:
    """Upsample a 16-bit signal.

    Parameters
    ----------
    blocks : iterable of ndarray, int16, shape (frames, channels)
        At the model's low rate.
    engine : Engine
    model : Model
    channels : int

    Yields
    ------
    ndarray, int16, shape (frames, channels)
        At 44.1 kHz; joined, `scaled_frames(frames, ratio)` long and aligned with
        the input to the sample.
    """
    for_base, for_network = tee(blocks)
    rates = {"orig_sr": model.low_rate, "target_sr": model.sample_rate}
    base = FrameReader(resample_blocks(for_base, **rates, channels=channels))
    paired = channels == 2 and model.preset.mid_side
    if paired:
        for_network, for_balance = tee(for_network)
        for_network = map(stereo.middle_side, for_network)
    fill = residual_blocks(for_network, engine, model, channels=channels)
    if model.preset.high_pass:
        taps = residual_high_pass(sample_rate=model.sample_rate, low_rate=model.low_rate)
        # what is heard decides, not how much of it is wanted
        fill = noise_gate(filter_blocks(fill, taps), model.sample_rate)
        gain = np.float32(10 ** (-model.preset.caution / 20))
        fill = (block * gain for block in fill)
    if paired:
        fill = _balanced(map(stereo.left_right, fill), for_balance, model)
    for block in fill:
        interpolated = base.read(len(block))
        added = interpolated if model.preset.target == "residual" else 0
        yield to_int16(added + block[: len(interpolated)])


def residual_blocks(
    blocks: Iterable[np.ndarray], engine: Engine, model: Model, *, channels: int
) -> Iterator[np.ndarray]:
    """Give what the network says of a signal, in LSB.

    Parameters are those of `upsample_blocks`.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        Joined, `scaled_frames(frames, ratio)` long.
    """
    grid, steps, context = model.grid, engine.steps, model.context
    hop = steps - 2 * context
    kept = slice(grid.frames_of(context), grid.frames_of(context + hop))
    windows = max(1, engine.batch // channels)
    low, given, end = Lookup(blocks, channels), 0, None
    while end is None or given < end:
        # (windows, steps): the steps of each window, the first one beginning before the song
        first = given // grid.frames_of(hop) * hop - context
        index = first + hop * np.arange(windows)[:, np.newaxis] + np.arange(steps)
        samples = low.read(grid.low_index(index))  # (windows, steps, channels)
        end = None if low.end is None else scaled_frames(low.end, grid.ratio)
        if end is not None:
            # where the song is over there is nothing to run
            samples = samples[: max(0, -(-(end - given) // grid.frames_of(hop)))]
        if len(samples):
            outputs = _run(engine, np.moveaxis(samples, 2, 0).reshape(-1, steps), model.preset)
            outputs = outputs.reshape(channels, len(samples), -1)[:, :, kept]
            out = outputs.reshape(channels, -1).T * np.float32(model.scale)
            yield out if end is None else out[: end - given]
        given += windows * grid.frames_of(hop)


def _run(engine: Engine, samples: np.ndarray, preset: Preset) -> np.ndarray:
    outputs = [
        engine.run(
            encode(samples[first : first + engine.batch], preset.encoding, signed=preset.signed)
        )
        for first in range(0, len(samples), engine.batch)
    ]
    return np.concatenate(outputs)


def _balanced(
    fill: Iterable[np.ndarray], low: Iterable[np.ndarray], model: Model
) -> Iterator[np.ndarray]:
    share = Lookup(stereo.shares(low, model.low_rate), 2, np.float32)
    given, hold = 0, Grid("hold", model.grid.ratio)
    for block, power in with_short_time_power(fill, model.sample_rate):
        # shares move so slowly that repeating them is as good as interpolating
        wanted = share.read(hold.low_index(given + np.arange(len(block))))
        yield block * stereo.gains(wanted, power)
        given += len(block)
