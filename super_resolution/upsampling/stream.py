"""Upsample a signal of any length: blocks at the low rate in, blocks at 44.1 kHz out.

    low blocks -+-> soxr --------------------------------------- base -+-> sum
                +-> windows of bits -> engine -> high-pass -> residual -+
                +-> stereo: mid and side before, left and right after

Windows overlap by the context at both ends, and the output there is thrown away: every
sample that is kept has context on both sides, and there is no seam. The signal is followed
and preceded by silence. Memory does not grow with the length, and the result does not
depend on the sizes of the blocks.
"""

from collections.abc import Iterable, Iterator
from itertools import tee

import numpy as np

from super_resolution.audio.blocks import FrameReader, Lookup, resample_blocks, scaled_frames
from super_resolution.audio.envelope import noise_gate, with_short_time_power
from super_resolution.audio.filters import filter_blocks, residual_high_pass
from super_resolution.engines.base import Engine
from super_resolution.network.bits import encode_input
from super_resolution.network.grid import Grid
from super_resolution.network.saved_model import Model
from super_resolution.upsampling import stereo

BLOCK_FRAMES = 1 << 13  # low samples a channel: about half a second


def upsample_blocks(
    blocks: Iterable[np.ndarray],
    engine: Engine,
    model: Model,
    *,
    channels: int,
    gain_db: float = 0.0,
) -> Iterator[np.ndarray]:
    """Upsample a 16-bit signal.

    Parameters
    ----------
    blocks : iterable of ndarray, int16, shape (frames, channels)
        At the model's low rate.
    engine : Engine
    model : Model
    channels : int
        1 or 2.
    gain_db : float
        Gain of the added band.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        In 16-bit units, neither rounded nor clipped; joined, `scaled_frames(frames, ratio)`
        long and aligned with the input to the sample.
    """
    for_base, for_network = tee(equal_blocks(blocks, BLOCK_FRAMES))
    base = FrameReader(
        resample_blocks(
            for_base, orig_sr=model.low_rate, target_sr=model.sample_rate, channels=channels
        )
    )
    paired = channels == 2 and model.preset.prediction.mid_side
    if paired:
        for_network, for_balance = tee(for_network)
        for_network = map(stereo.mid_side, for_network)
    added = network_blocks(for_network, engine, model, channels=channels)
    if model.preset.network.restores_treble:
        taps = residual_high_pass(sample_rate=model.sample_rate, low_rate=model.low_rate)
        # the gate comes before the gain: it judges the network's own level
        gated = noise_gate(filter_blocks(added, taps), model.sample_rate)
        gain = np.float32(10 ** (gain_db / 20))
        added = (block * gain for block in gated)
    if paired:
        added = _balanced(map(stereo.left_right, added), for_balance, model)
    for block in added:
        interpolated = base.read(len(block))
        if model.preset.network.target == "residual":
            yield interpolated + block[: len(interpolated)]
        else:
            yield block[: len(interpolated)]


def equal_blocks(blocks: Iterable[np.ndarray], frames: int) -> Iterator[np.ndarray]:
    """Cut and join blocks to `frames` frames each; the last one may be shorter.

    The Fourier transforms of the filters round in other places for other blocks: with equal
    ones, the result does not depend on the blocks of the caller.
    """
    parts: list[np.ndarray] = []
    missing = frames
    for block in blocks:
        while len(block) >= missing:
            yield np.concatenate([*parts, block[:missing]])
            block, parts, missing = block[missing:], [], frames
        if len(block):
            parts.append(block)
            missing -= len(block)
    if parts:
        yield np.concatenate(parts)


def network_blocks(
    blocks: Iterable[np.ndarray], engine: Engine, model: Model, *, channels: int
) -> Iterator[np.ndarray]:
    """Run the network over a signal, window by window.

    Parameters are those of `upsample_blocks`.

    Yields
    ------
    ndarray, float32, shape (frames, channels)
        The network's output in 16-bit units; joined, `scaled_frames(frames, ratio)` long.
    """
    grid, steps, context = model.grid, engine.steps, model.context
    hop = steps - 2 * context
    hop_frames = grid.samples_of_steps(hop)
    kept = slice(grid.samples_of_steps(context), grid.samples_of_steps(context + hop))
    windows = max(1, engine.batch_size // channels)
    low, done, end = Lookup(blocks, channels), 0, None
    while end is None or done < end:
        # index (windows, steps): each window begins one context before the output kept of it
        first = done // hop_frames * hop - context
        index = first + hop * np.arange(windows)[:, np.newaxis] + np.arange(steps)
        samples = low.read(grid.low_index(index))  # (windows, steps, channels)
        end = None if low.end is None else scaled_frames(low.end, grid.ratio)
        if end is not None:
            # no windows beyond the end
            samples = samples[: max(0, -(-(end - done) // hop_frames))]
        if len(samples):
            outputs = _run(engine, np.moveaxis(samples, 2, 0).reshape(-1, steps), model)
            outputs = outputs.reshape(channels, len(samples), -1)[:, :, kept]
            out = outputs.reshape(channels, -1).T * np.float32(model.scale)
            yield out if end is None else out[: end - done]
        done += windows * hop_frames


def _run(engine: Engine, samples: np.ndarray, model: Model) -> np.ndarray:
    # (windows, steps) int16 -> (windows, frames) float32
    network, size = model.preset.network, engine.batch_size
    return np.concatenate(
        [
            engine.run(encode_input(samples[i : i + size], network.encoding))
            for i in range(0, len(samples), size)
        ]
    )


def _balanced(
    added: Iterable[np.ndarray], low: Iterable[np.ndarray], model: Model
) -> Iterator[np.ndarray]:
    shares = Lookup(stereo.power_shares(low, model.low_rate), 2, np.float32)
    done, hold = 0, Grid("hold", model.grid.ratio)
    for block, power in with_short_time_power(added, model.sample_rate):
        # shares change so slowly that repeating them is as good as interpolating
        share = shares.read(hold.low_index(done + np.arange(len(block))))
        yield block * stereo.balance_gains(share, power)
        done += len(block)
