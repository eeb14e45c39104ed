"""Fill holes below the cut-off of a file, as encoders leave them.

At low bit rates mp3 and AAC spend no bits on weak bands: for some hundredths of a second they are
empty. Single empty patches are also left by music, where the network expects too much. So where a
patch of the file is nearly empty, and far below the network's estimate, the estimate is added, its
power in proportion to the share of all patches of the same time that are nearly empty. It is made
quieter where it is too loud in the patches around that hold sound; those beside an empty one may be
empty in part, and do not count. What holds sound stays as it is, because the file knows better.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from super_resolution.audio.blocks import FrameReader, branches, excerpt
from super_resolution.audio.filters import filter_blocks, mean_taps
from super_resolution.audio.pcm import ROUNDING_POWER

FRAME, HOP = 1024, 512  # samples: 23 ms at 44.1 kHz, near the 26 ms of a block of mp3
WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)
ROUNDING = np.float32(ROUNDING_POWER * np.sum(WINDOW**2))  # power of a bin
READ = 64 * HOP
PATCH_BINS = 4  # 172 Hz at 44.1 kHz
# times the noise of rounding to 16 bits: with 60 times, quiet music would count as holes
EMPTY = 3.0
HOLE_DB = (15.0, 25.0)  # below the estimate: from none to all of it is added
BESIDE = 2  # patches: so far the window spreads the sound beside a hole into it
AROUND_FRAMES, AROUND_PATCHES = 35, 5  # on either side: 0.4 s and 860 Hz
# of the estimate around, taken for right: without any sound around, it has its own level
TRUST = np.float32(0.002)


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
    added = _added(_spectra(FrameReader(for_fill), first, end))
    # the first hop lies before the signal
    for fill in excerpt(_overlap_added(added, first), HOP, None):
        pair = reader.read(len(fill))
        missing = fill[: len(pair)]
        yield pair + np.concatenate([missing, np.zeros_like(missing)], axis=1)


def _spectra(reader: FrameReader, first: int, end: int) -> Iterator[np.ndarray]:
    # (count, 2 * channels, bins); frame k begins at (k - 1) HOP, so all samples lie in two frames
    before: np.ndarray | None = None
    ended = False
    while not ended:
        block = reader.read(READ)
        ended = len(block) < READ
        if before is None:
            if not len(block):
                return
            before = np.zeros((HOP, block.shape[1]), np.float32)
        hops = -(-len(block) // HOP) + ended
        block = np.pad(block, ((0, hops * HOP - len(block)), (0, 0)))
        signal = np.concatenate([before, block])
        views = np.lib.stride_tricks.sliding_window_view(signal, FRAME, axis=0)[::HOP]
        yield np.fft.rfft(views * WINDOW)[..., first:end]
        before = block[-HOP:]


def _added(spectra: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    # (count, channels, bins): what is added to the signal
    for_powers, spectra = branches(spectra, 2)
    for_gains, powers = branches(map(_powers, for_powers), 2)
    gains = FrameReader(_gains(for_gains))
    for both, power in zip(spectra, powers, strict=True):
        factor = _shares(power)
        factor *= gains.read(len(power)).reshape(factor.shape)
        yield both[:, factor.shape[1] :] * np.repeat(factor, _widths(both.shape[2]), axis=2)


def _widths(bins: int) -> np.ndarray:
    # bins of each patch; the last one has those that are left
    return np.diff(np.arange(0, bins - PATCH_BINS + 1, PATCH_BINS), append=bins)


def _powers(spectra: np.ndarray) -> np.ndarray:
    # (count, 2 * channels, patches)
    widths = _widths(spectra.shape[2])
    edges = np.cumsum(widths) - widths
    power = np.add.reduceat(np.abs(spectra) ** 2, edges, axis=2) / widths
    # rounding keeps silence beside silence from being a hole
    return power.astype(np.float32) + ROUNDING


def _empty(signal: np.ndarray) -> np.ndarray:
    return signal < (1 + EMPTY) * ROUNDING


def _shares(power: np.ndarray) -> np.ndarray:
    # (count, channels, patches): which part of the estimate's amplitude is added
    signal, estimate = np.split(power, 2, axis=1)
    none, all_of_it = HOLE_DB
    share = np.clip((10 * np.log10(estimate / signal) - none) / (all_of_it - none), 0, 1)
    empty = _empty(signal)
    return share * empty * np.sqrt(empty.mean(axis=2, keepdims=True, dtype=np.float32))


def _gains(powers: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    # (count, channels * patches): signal over estimate in mean amplitudes, of the patches around
    # that hold sound. More than 1 would be too loud: what an encoder leaves out is weak.
    for_sound, powers = branches(powers, 2)
    sound = FrameReader(filter_blocks(map(_hold_sound, for_sound), np.ones(3, np.float32)))
    # in the frames before and after as well, so not in the first and the last one
    amplitudes = (_amplitudes(power, sound.read(len(power)) > 2.5) for power in powers)
    for sums in filter_blocks(amplitudes, mean_taps(AROUND_FRAMES)):
        signal, estimate, all_of_it = np.split(np.maximum(sums, 0), 3, axis=1)
        right = TRUST * all_of_it
        yield np.minimum((signal + right) / (estimate + right), 1)


def _hold_sound(power: np.ndarray) -> np.ndarray:
    # (count, channels * patches): 1 where no patch is empty, nor those beside it in frequency
    empty = _empty(np.split(power, 2, axis=1)[0])
    sound = ~empty
    for distance in range(1, BESIDE + 1):
        sound[..., distance:] &= ~empty[..., :-distance]
        sound[..., :-distance] &= ~empty[..., distance:]
    return sound.reshape(len(sound), -1).astype(np.float32)


def _amplitudes(power: np.ndarray, sound: np.ndarray) -> np.ndarray:
    # (count, 3 * channels * patches), summed over the patches around: of the signal and of the
    # estimate in patches with sound, and of the estimate in all
    signal, estimate = np.split(np.sqrt(power), 2, axis=1)
    sound = sound.reshape(signal.shape)
    parts = np.concatenate([signal * sound, estimate * sound, estimate], axis=1)
    patches = np.arange(power.shape[2])
    around = np.abs(patches[:, np.newaxis] - patches) <= AROUND_PATCHES
    sums = (parts @ around.astype(np.float32)).reshape(len(parts), -1)
    return sums.astype(np.float64)  # FFT errors in float32, beside loud sound, are no levels


def _overlap_added(spectra: Iterable[np.ndarray], first: int) -> Iterator[np.ndarray]:
    # (frames, channels) of spectra that begin at the bin `first`
    half: np.ndarray | None = None
    for block in spectra:
        count, channels, bins = block.shape
        if not block.any():
            parts = np.zeros((count, FRAME, channels), np.float32)
        else:
            whole = np.zeros((count, channels, FRAME // 2 + 1), np.complex64)
            whole[..., first : first + bins] = block
            parts = np.fft.irfft(whole, FRAME).transpose(0, 2, 1).astype(np.float32)
        done = parts[:, :HOP].copy()
        done[1:] += parts[:-1, HOP:]
        if half is not None:
            done[0] += half
        yield done.reshape(-1, channels)
        half = parts[-1, HOP:]
