"""The `.npy` files of a dataset, which may be a stranger's: opened, never interpreted.

The header must be byte for byte one that numpy writes, and the file as long as it says.
"""

import re
from math import prod
from pathlib import Path

import numpy as np

MAGIC = b"\x93NUMPY\x01\x00"  # version 1.0
HEADER_BYTES = 128  # with magic and padding, for any shape of up to three dimensions
HEADER = re.compile(
    rb"\x76\x00\{'descr': '([<|][a-z]\d)', 'fortran_order': False, "
    rb"'shape': \((\d{1,18}(?:, \d{1,18})*),?\), \} *\n"
)


def open_array(path: Path, dtype: type, shape_tail: tuple[int | None, ...]) -> np.ndarray:
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
    ndarray, dtype, shape (any above 0, *shape_tail)
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
