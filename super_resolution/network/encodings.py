"""How the network sees a sample: five encodings of a 16-bit value.

offset      16 bits, offset binary, as `bits` has it (the author's)
twos        16 bits, two's complement: only the highest bit differs
gray        16 bits, Gray code of offset binary: neighbours differ in one bit
float       the value itself, in [-1, 1)
float+bits  the value and the 16 bits of offset binary
"""

from collections.abc import Callable

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.network import bits

ENCODINGS = {  # name: numbers a sample
    "offset": bits.BITS,
    "twos": bits.BITS,
    "gray": bits.BITS,
    "float": 1,
    "float+bits": 1 + bits.BITS,
}
DEFAULT = "offset"


def encode(samples: np.ndarray, encoding: str = DEFAULT, *, signed: bool = False) -> np.ndarray:
    """Encode samples as the network takes them.

    Parameters
    ----------
    samples : ndarray, int16, shape (...,)
    encoding : str
        One of `ENCODINGS`.
    signed : bool
        Bits are -1 and 1 instead of 0 and 1.

    Returns
    -------
    ndarray, float32, shape (..., ENCODINGS[encoding])
    """
    kinds: dict[str, Callable] = {
        "offset": bits.encode,
        "twos": _twos,
        "gray": _gray,
        "float": _value,
        "float+bits": bits.encode,
    }
    encoded = kinds[encoding](samples).astype(np.float32)
    if signed and encoding != "float":
        encoded *= 2
        encoded -= 1
    if encoding == "float+bits":
        encoded = np.concatenate([_value(samples), encoded], axis=-1)
    return encoded


def _twos(samples: np.ndarray) -> np.ndarray:
    # offset binary of the value with its highest bit flipped
    return bits.encode(samples ^ np.int16(-32768))


def _gray(samples: np.ndarray) -> np.ndarray:
    # each bit against the one above it
    offset = bits.encode(samples)
    offset[..., 1:] ^= offset[..., :-1].copy()
    return offset


def _value(samples: np.ndarray) -> np.ndarray:
    return (samples / np.float32(FULL_SCALE))[..., np.newaxis]
