"""Fill holes below the cut-off of a file, as encoders leave them.

At low bit rates mp3 and AAC spend no bits on weak bands: for some hundredths of a second they are
empty. Single empty patches are also left by music, where the network expects too much. So where a
patch of the file is nearly empty, and far below the network's estimate, the estimate is added in
proportion to the share of all patches of the same time that are nearly empty. What holds sound
stays as it is, because the file knows better.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.blocks import FrameReader, branches
from super_resolution.audio.pcm import ROUNDING_POWER

FRAME, HOP = 1024, 512  # samples: 23 ms at 44.1 kHz, near the 26 ms of a block of mp3
READ = 64 * HOP
PATCH_BINS = 4  # 172 Hz at 44.1 kHz
# times the noise of rounding to 16 bits: with 60 times, quiet music would count as holes
EMPTY = 3.0
HOLE_DB = (15.0, 25.0)  # below the estimate: from none to all of it is added


def fill_holes(
    pairs: Iterable[np.ndarray], *, band: tuple[float, float], sample_rate: int
) -> Iterator[np.ndarray]:
    """Add an estimate to a signal where a patch of the signal is empty.

    Parameters
    ----------
    pairs : iterable of ndarray, float32, shape (frames, 2 * channels)
        The channels of the signal, then those of the estimate, in 16-bit units.
    band : tuple of float
        From and to which frequency holes are filled, in Hz.
    sample_rate : int
        In Hz.

    Yields
    ------
    ndarray, float32, shape (frames, 2 * channels)
        The filled signal, and the same estimate; in total as long as the input. A band that
        is narrower than a patch changes nothing.
    """
    first, end = (round(hertz * FRAME / sample_rate) for hertz in band)
    if end - first < PATCH_BINS:
        yield from pairs
        return
    for_fill, pairs = branches(pairs, 2)
    reader = FrameReader(pairs)
    for fill in _fills(FrameReader(for_fill), first, end):
        pair = reader.read(len(fill))
        missing = fill[: len(pair)]
        yield pair + np.concatenate([missing, np.zeros_like(missing)], axis=1)


def _fills(reader: FrameReader, first: int, end: int) -> Iterator[np.ndarray]:
    # (frames, channels): what is added, at least as long as what is read. Frame k begins at
    # (k - 1) HOP, so the output ends a hop before the input, and its first hop lies before 0.
    before: np.ndarray | None = None
    half: np.ndarray | None = None
    ended = False
    while not ended:
        block = reader.read(READ)
        ended = len(block) < READ
        if before is None and not len(block):
            return
        hops = -(-len(block) // HOP) + ended
        block = np.pad(block, ((0, hops * HOP - len(block)), (0, 0)))
        start = np.zeros_like(block[:HOP]) if before is None else before
        parts = _parts(np.concatenate([start, block]), first, end)
        done = parts[:, :HOP].copy()
        done[1:] += parts[:-1, HOP:]
        if half is not None:
            done[0] += half
        yield done[0 if before is not None else 1 :].reshape(-1, done.shape[2])
        before, half = block[-HOP:], parts[-1, HOP:]


def _parts(pairs: np.ndarray, first: int, end: int) -> np.ndarray:
    # (count, FRAME, channels): of each frame, what is added
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    views = np.lib.stride_tricks.sliding_window_view(pairs, FRAME, axis=0)[::HOP]
    spectra = np.fft.rfft(views * window)[..., first:end]  # (count, 2 * channels, bins)
    edges = np.arange(0, end - first - PATCH_BINS + 1, PATCH_BINS)
    widths = np.diff(edges, append=end - first)
    power = np.add.reduceat(np.abs(spectra) ** 2, edges, axis=2) / widths
    share = _shares(power, np.float32(ROUNDING_POWER * np.sum(window**2)))
    if not share.any():
        return np.zeros((len(views), FRAME, share.shape[1]), np.float32)
    added = np.zeros((len(views), share.shape[1], FRAME // 2 + 1), np.complex64)
    estimated = spectra[:, share.shape[1] :]
    added[..., first:end] = estimated * np.repeat(share, widths, axis=2)
    return np.fft.irfft(added, FRAME).transpose(0, 2, 1).astype(np.float32)


def _shares(power: np.ndarray, rounding: np.float32) -> np.ndarray:
    # (count, channels, patches) of the powers of signal and estimate: how much of the estimate
    # is added; `rounding` keeps silence beside silence from being a hole
    signal, estimate = np.split(power + rounding, 2, axis=1)
    none, all_of_it = HOLE_DB
    share = np.clip((10 * np.log10(estimate / signal) - none) / (all_of_it - none), 0, 1)
    empty = signal < (1 + EMPTY) * rounding
    return share * empty * empty.mean(axis=2, keepdims=True, dtype=np.float32)
