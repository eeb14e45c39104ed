"""The `.npy` files of a dataset, which may be a stranger's: opened, never interpreted.

An array is cut into shards, `name-000.npy` and so on, of 1 GB at most. The header of each must be
byte for byte one that numpy writes, and the file as long as it says.
"""

import os
import re
from math import prod
from pathlib import Path

import numpy as np

MAGIC = b"\x93NUMPY\x01\x00"  # version 1.0
HEADER_BYTES = 128  # with magic and padding, for any shape of up to three dimensions
SHARD_BYTES = 1 << 30
HEADER = re.compile(
    rb"\x76\x00\{'descr': '([<|][a-z]\d)', 'fortran_order': False, "
    rb"'shape': \((\d{1,18}(?:, \d{1,18})*),?\), \} *\n"
)


def open_array(path: Path, dtype: type, shape_tail: tuple[int | None, ...]) -> np.memmap:
    """Map an array into memory.

    Parameters
    ----------
    path : Path
    dtype : type
        That the samples must have.
    shape_tail : tuple of int or None
        The dimensions after the first; None is any above 0.

    Returns
    -------
    memmap, dtype, shape (any above 0, *shape_tail)
        Read-only.

    Raises
    ------
    ValueError
        If the file is anything else.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    match = HEADER.fullmatch(head[len(MAGIC) :])
    if not head.startswith(MAGIC) or not match:
        raise ValueError(f"{path.name} has no header of an array")
    shape = tuple(map(int, match[2].split(b", ")))
    expected = (None, *shape_tail)
    fits = len(shape) == len(expected) and all(
        found > 0 and found == (wanted or found)
        for found, wanted in zip(shape, expected, strict=True)
    )
    if np.dtype(match[1].decode()) != dtype or not fits:
        raise ValueError(f"{path.name} holds {match[1].decode()} of shape {shape}")
    size = path.stat().st_size
    if size != HEADER_BYTES + prod(shape) * np.dtype(dtype).itemsize:
        raise ValueError(f"{path.name} has {size} bytes, which do not fit its shape {shape}")
    return np.memmap(path, dtype, "r", HEADER_BYTES, shape)


class ShardedArray:
    """An array of rows in several memory-mapped files.

    Parameters
    ----------
    shards : list of memmap, shape (rows, ...)
        All but the last one have the same number of rows.
    """

    def __init__(self, shards: list[np.memmap]) -> None:
        self._shards, self._capacity = shards, len(shards[0])

    @classmethod
    def create(
        cls, folder: Path, name: str, rows: int, dtype: type, row_shape: tuple[int, ...]
    ) -> "ShardedArray":
        """Make the files, with their space on the disk reserved.

        So a full disk is an error at once.
        """
        capacity = rows_in_shard(dtype, row_shape)
        shards: list[np.memmap] = []
        for first in range(0, rows, capacity):
            path = folder / f"{name}-{len(shards):03}.npy"
            shape = (min(capacity, rows - first), *row_shape)
            shards.append(np.lib.format.open_memmap(path, "w+", dtype, shape))
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
        return cls(shards)

    @classmethod
    def open(
        cls, folder: Path, name: str, dtype: type, row_shape: tuple[int, ...]
    ) -> "ShardedArray":
        """Open the files for reading.

        Raises
        ------
        ValueError
            If one is anything but a shard of such an array.
        OSError
            If there is none, or one cannot be read.
        """
        count = len(list(folder.glob(f"{name}-*.npy")))
        paths = [folder / f"{name}-{number:03}.npy" for number in range(max(1, count))]
        shards = [open_array(path, dtype, row_shape) for path in paths]
        capacity = rows_in_shard(dtype, row_shape)
        full = all(len(shard) == capacity for shard in shards[:-1])
        if not full or len(shards[-1]) > capacity:
            raise ValueError(f"the shards of {name} have other numbers of rows than were written")
        return cls(shards)

    def __len__(self) -> int:
        return sum(map(len, self._shards))

    @property
    def nbytes(self) -> int:
        """Bytes of all rows."""
        return sum(shard.nbytes for shard in self._shards)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Give rows by their numbers, shape (len(rows), ...)."""
        places = rows // self._capacity
        first = self._shards[0]
        values = np.empty((len(rows), *first.shape[1:]), first.dtype)
        for place in np.unique(places):
            chosen = places == place
            values[chosen] = self._shards[place][rows[chosen] - place * self._capacity]
        return values

    def write(self, first: int, values: np.ndarray) -> None:
        """Set consecutive rows from `first` on."""
        done = 0
        while done < len(values):
            place, row = divmod(first + done, self._capacity)
            count = min(len(values) - done, self._capacity - row)
            _write_rows(self._shards[place], row, values[done : done + count])
            done += count

    def sync(self) -> None:
        """Wait until all rows are on the disk."""
        for shard in self._shards:
            with Path(str(shard.filename)).open("rb") as file:
                os.fsync(file.fileno())


def _write_rows(shard: np.memmap, first: int, values: np.ndarray) -> None:
    # not through the map, whose pages would count as this process's memory
    rows = np.broadcast_to(values, (len(values), *shard.shape[1:]))
    with Path(str(shard.filename)).open("r+b") as file:
        file.seek(shard.offset + first * shard.strides[0])
        file.write(np.ascontiguousarray(rows, shard.dtype).data)


def rows_in_shard(dtype: type, row_shape: tuple[int, ...]) -> int:
    """Give the most rows of a shard."""
    return max(1, SHARD_BYTES // (np.dtype(dtype).itemsize * prod(row_shape)))
