"""The types of samples that `Upsampler` takes and gives: int16, or float in [-1, 1]."""

from collections.abc import Iterator

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE, to_int16


class CheckedBlocks:
    """Blocks of an input in 16-bit units, checked and counted as they pass.

    Parameters
    ----------
    blocks : iterator of ndarray, shape (frames, channels)
    dtype : dtype
        int16, or a float type with samples in [-1, 1].
    channels : int

    Attributes
    ----------
    frames : int
        Samples a channel so far.
    ended : bool
        No more will come.
    """

    def __init__(self, blocks: Iterator[np.ndarray], dtype: np.dtype, channels: int) -> None:
        if dtype != np.int16 and dtype.kind != "f":
            raise ValueError(f"samples are {dtype}, expected int16, or float in [-1, 1]")
        self._blocks, self._dtype, self.channels = blocks, dtype, channels
        self.frames, self.ended = 0, False

    def __iter__(self) -> Iterator[np.ndarray]:
        for block in self._blocks:
            if block.dtype != self._dtype or block.ndim != 2 or block.shape[1] != self.channels:
                raise ValueError(
                    f"a block is {block.dtype} of shape {block.shape}, expected {self._dtype} "
                    f"of shape (frames, {self.channels})"
                )
            if not np.isfinite(block).all():
                raise ValueError("samples hold NaN or infinity, expected floats in [-1, 1]")
            self.frames += len(block)
            yield block if block.dtype == np.int16 else block * np.float32(FULL_SCALE)
        self.ended = True


def as_type(block: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Bring float32 in 16-bit units to the type of the input."""
    if dtype == np.int16:
        return to_int16(block)
    return (block / np.float32(FULL_SCALE)).astype(dtype)
