"""A 16-bit sample as a binary vector, and back.

The network sees each sample as 16 zeros and ones: offset binary
(`sample + 32768`), most significant bit first. On disk the same vector is
packed into 2 bytes, so that unpacking is one call and a dataset of bits is no
larger than the samples themselves.

    -32768 -> 0000000000000000      0 -> 1000000000000000
        -1 -> 0111111111111111  32767 -> 1111111111111111
"""

from collections.abc import Callable

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE

BITS = 16  # length of the vector of one sample
PACKED_BYTES = 2  # bytes of one packed vector
_SIGN_BIT = np.uint16(0x8000)  # flipping it turns two's complement into offset binary


def pack(samples: np.ndarray) -> np.ndarray:
    """Encode samples as packed offset binary.

    Parameters
    ----------
    samples : ndarray, int16, shape (...,)

    Returns
    -------
    ndarray, uint8, shape (..., 2)
        High byte first.

    Raises
    ------
    TypeError
        If `samples` is not int16; a silent cast would wrap.
    """
    if samples.dtype != np.int16:
        raise TypeError(f"samples are {samples.dtype}, expected int16")
    words = np.ascontiguousarray(samples).view(np.uint16) ^ _SIGN_BIT
    return words.astype(">u2")[..., np.newaxis].view(np.uint8)


def unpack(packed: np.ndarray) -> np.ndarray:
    """Give the 16 zeros and ones of each packed vector.

    Parameters
    ----------
    packed : ndarray, uint8, shape (..., 2)

    Returns
    -------
    ndarray, uint8, shape (..., 16)
        Most significant bit first.
    """
    return np.unpackbits(packed, axis=-1)


def samples_of(packed: np.ndarray) -> np.ndarray:
    """Decode packed vectors to samples: the inverse of `pack`.

    Parameters
    ----------
    packed : ndarray, uint8, shape (..., 2)

    Returns
    -------
    ndarray, int16, shape (...,)
    """
    words = np.ascontiguousarray(packed).view(">u2")[..., 0]
    return (words.astype(np.uint16) ^ _SIGN_BIT).view(np.int16)


def encode(samples: np.ndarray) -> np.ndarray:
    """Encode samples as vectors of 16 zeros and ones.

    Parameters
    ----------
    samples : ndarray, int16, shape (...,)

    Returns
    -------
    ndarray, uint8, shape (..., 16)

    Examples
    --------
    >>> encode(np.array([-1], np.int16))
    array([[0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], dtype=uint8)
    """
    return unpack(pack(samples))


def decode(bits: np.ndarray) -> np.ndarray:
    """Decode vectors of zeros and ones to samples: the inverse of `encode`.

    Parameters
    ----------
    bits : ndarray, shape (..., 16)
        Zeros and ones of any dtype.

    Returns
    -------
    ndarray, int16, shape (...,)
    """
    return samples_of(np.packbits(np.asarray(bits, np.uint8), axis=-1))


def encode_input(samples: np.ndarray, encoding: str = "offset") -> np.ndarray:
    """Encode samples as the network takes them.

    Parameters
    ----------
    samples : ndarray, int16, shape (...,)
    encoding : str
        One of `ENCODINGS`.

    Returns
    -------
    ndarray, float32, shape (..., ENCODINGS[encoding])
    """
    kinds: dict[str, Callable] = {
        "offset": encode,
        "twos": _twos,
        "gray": _gray,
        "float": _value,
        "float+bits": encode,
    }
    encoded = kinds[encoding](samples).astype(np.float32)
    if encoding == "float+bits":
        encoded = np.concatenate([_value(samples), encoded], axis=-1)
    return encoded


def _twos(samples: np.ndarray) -> np.ndarray:
    # offset binary of the value with its highest bit flipped
    return encode(samples ^ np.int16(-32768))


def _gray(samples: np.ndarray) -> np.ndarray:
    # each bit against the one above it
    offset = encode(samples)
    offset[..., 1:] ^= offset[..., :-1].copy()
    return offset


def _value(samples: np.ndarray) -> np.ndarray:
    return (samples / np.float32(FULL_SCALE))[..., np.newaxis]
