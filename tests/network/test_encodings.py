"""The five encodings of the network's input: known vectors, and no sample is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from super_resolution.network import bits
from super_resolution.network.bits import encode_input
from super_resolution.network.presets import ENCODINGS

SAMPLES = np.array([-32768, -1, 0, 1, 2, 32767], np.int16)


def text(row: np.ndarray) -> str:
    return "".join(str(int(bit)) for bit in row)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_shape_and_type(encoding):
    encoded = encode_input(SAMPLES.reshape(2, 3), encoding)
    assert encoded.shape == (2, 3, ENCODINGS[encoding])
    assert encoded.dtype == np.float32


@pytest.mark.parametrize(
    ("encoding", "of_minus_one", "of_zero", "of_two"),
    [
        ("offset", "0" + "1" * 15, "1" + "0" * 15, "1" + "0" * 13 + "10"),
        ("twos", "1" * 16, "0" * 16, "0" * 14 + "10"),
        ("gray", "01" + "0" * 14, "11" + "0" * 14, "11" + "0" * 12 + "11"),
    ],
)
def test_known_vectors(encoding, of_minus_one, of_zero, of_two):
    encoded = encode_input(SAMPLES, encoding)
    assert [text(encoded[i]) for i in (1, 2, 4)] == [of_minus_one, of_zero, of_two]


@given(st.integers(-32768, 32766))
def test_gray_neighbours_differ_in_one_bit(sample):
    pair = encode_input(np.array([sample, sample + 1], np.int16), "gray")
    assert np.abs(pair[0] - pair[1]).sum() == 1


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=50))
def test_every_encoding_keeps_the_sample(values):
    samples = np.array(values, np.int16)
    assert np.array_equal(bits.decode(encode_input(samples, "offset")), samples)
    twos = encode_input(samples, "twos") @ (2.0 ** np.arange(15, -1, -1))
    assert np.array_equal(np.where(twos < 32768, twos, twos - 65536), samples)
    gray = np.bitwise_xor.accumulate(encode_input(samples, "gray").astype(np.uint8), axis=-1)
    assert np.array_equal(bits.decode(gray), samples)
    assert np.array_equal(encode_input(samples, "float")[:, 0] * 32768, samples)
    both = encode_input(samples, "float+bits")
    assert np.array_equal(both[:, 0] * 32768, samples)
    assert np.array_equal(bits.decode(both[:, 1:]), samples)


@pytest.mark.parametrize("encoding", ["offset", "twos", "gray"])
def test_bits_are_zero_and_one(encoding):
    assert set(np.unique(encode_input(SAMPLES, encoding))) == {0, 1}
