"""Bits against the slow obvious version, over every 16-bit value."""

import numpy as np
import pytest

from super_resolution.network import bits

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


def test_encode_equals_the_binary_text_of_every_sample():
    printed = [[int(digit) for digit in f"{int(s) + 32768:016b}"] for s in EVERY_SAMPLE]
    assert np.array_equal(bits.encode(EVERY_SAMPLE), printed)


def test_decoding_inverts_encoding_for_every_sample():
    assert np.array_equal(bits.decode(bits.encode(EVERY_SAMPLE)), EVERY_SAMPLE)
    assert np.array_equal(bits.samples_of(bits.pack(EVERY_SAMPLE)), EVERY_SAMPLE)


@pytest.mark.parametrize("shape", [(0,), (1,), (3, 50), (2, 3, 4)])
def test_shapes_gain_one_axis(shape):
    samples = np.zeros(shape, np.int16)
    assert bits.pack(samples).shape == (*shape, bits.PACKED_BYTES)
    assert bits.encode(samples).shape == (*shape, bits.BITS)
    assert bits.samples_of(bits.pack(samples)).shape == shape


def test_samples_with_strides_are_encoded_in_order():
    stereo = np.arange(-6, 6, dtype=np.int16).reshape(6, 2)
    assert np.array_equal(bits.decode(bits.encode(stereo[:, 1])), stereo[:, 1])


def test_bits_of_type_float_are_decoded():
    assert bits.decode(bits.encode(EVERY_SAMPLE[:5]).astype(np.float32)).tolist() == [
        -32768,
        -32767,
        -32766,
        -32765,
        -32764,
    ]


@pytest.mark.parametrize("dtype", [np.int32, np.float32, np.uint16])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match="expected int16"):
        bits.pack(np.array([40000], dtype))
