"""The arrays of a dataset: what numpy writes is opened, anything else is refused."""

import io

import numpy as np
import pytest

from super_resolution.dataset.arrays import open_array


def npy(array: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npz(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, array)
    return file.getvalue()


GOOD = np.arange(24, dtype=np.int16).reshape(4, 6)
WIDE = GOOD.astype(np.int64)


@pytest.mark.parametrize(
    ("array", "tail"),
    [
        (GOOD, (6,)),
        (GOOD, (None,)),
        (np.zeros((3, 5, 2), np.uint8), (5, 2)),
        (np.zeros((1, 1), np.float32), (None,)),
    ],
)
def test_arrays_of_numpy_are_mapped(tmp_path, array, tail):
    np.save(tmp_path / "a.npy", array)
    opened = open_array(tmp_path / "a.npy", array.dtype.type, tail)
    assert isinstance(opened, np.memmap) and not opened.flags.writeable
    assert opened.dtype == array.dtype and np.array_equal(opened, array)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no array",
        npz(GOOD),
        npy(GOOD)[:100],
        npy(GOOD)[:-1],
        npy(GOOD) + b"x",
        npy(GOOD[:, :5]),
        npy(GOOD[:0]),
        npy(GOOD.reshape(-1)),
        npy(GOOD.reshape(2, 2, 6)),
        npy(GOOD.T),
        npy(WIDE),
        npy(GOOD.astype(">i2")),
        npy(np.array([{}, {}]), allow_pickle=True),
        npy(np.zeros(4, [("a", "<i2")])),
        npy(GOOD).replace(b"(4, 6)", b"(-4, 6)"),
        npy(GOOD).replace(b"(4, 6), }" + b" " * 16, b"(4, 999999999999999999, 6), }"[:25]),
        npy(GOOD).replace(b"'<i2'", b"'|O8'"),
        npy(GOOD).replace(b"\x01\x00v", b"\x02\x00v"),
        npy(GOOD).replace(b"{", b"[" * 1),
        npy(GOOD)[:10] + b"(" * 118,
    ],
)
def test_all_else_is_refused(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(ValueError, match="a.npy"):
        open_array(tmp_path / "a.npy", np.int16, (6,))
