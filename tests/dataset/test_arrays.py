"""The arrays of a dataset: what numpy writes is opened, in shards; all else is refused."""

import io
from pathlib import Path

import numpy as np
import pytest

from super_resolution.dataset import arrays
from super_resolution.dataset.arrays import ShardedArray, open_array


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


ROWS = np.random.default_rng(0).integers(-99, 99, (50, 3, 2)).astype(np.int16)  # 12 bytes each
KIND = (np.int16, (3, 2))


@pytest.fixture
def small_shards(monkeypatch):
    """Make shards of 7 rows of `ROWS`."""
    monkeypatch.setattr(arrays, "SHARD_BYTES", 7 * 12 + 5)


def written(folder: Path, rows: np.ndarray = ROWS) -> ShardedArray:
    array = ShardedArray.create(folder, "a", len(rows), *KIND)
    array.write(0, rows)
    return array


def test_rows_lie_in_shards_in_their_order(tmp_path, small_shards):
    written(tmp_path)
    paths = sorted(tmp_path.iterdir())
    assert [path.name for path in paths] == [f"a-{number:03}.npy" for number in range(8)]
    shards = [np.load(path) for path in paths]
    assert [len(shard) for shard in shards] == [7] * 7 + [1]
    assert np.array_equal(np.concatenate(shards), ROWS)


def test_shards_are_read_like_one_array(tmp_path, small_shards):
    written(tmp_path)
    array, rng = ShardedArray.open(tmp_path, "a", *KIND), np.random.default_rng(1)
    assert (len(array), array.nbytes) == (50, ROWS.nbytes)
    for rows in (np.arange(50), np.array([49]), np.array([6, 7, 6]), rng.integers(0, 50, 200)):
        read = array.read(rows)
        assert read.dtype == np.int16 and np.array_equal(read, ROWS[rows])
    assert array.read(np.zeros(0, int)).shape == (0, 3, 2)


@pytest.mark.parametrize("size", [1, 5, 7, 8, 50])
def test_rows_may_be_written_in_pieces_of_any_size(tmp_path, small_shards, size):
    array = ShardedArray.create(tmp_path, "a", len(ROWS), *KIND)
    # the channels of a track are written in turn
    for first in reversed(range(0, len(ROWS), size)):
        array.write(first, ROWS[first : first + size])
    assert np.array_equal(array.read(np.arange(50)), ROWS)


@pytest.mark.parametrize("rows", [1, 6, 7, 8, 14])
def test_shards_of_every_length_are_opened_again(tmp_path, small_shards, rows):
    written(tmp_path, ROWS[:rows])
    assert len(list(tmp_path.iterdir())) == -(-rows // 7)
    assert np.array_equal(
        ShardedArray.open(tmp_path, "a", *KIND).read(np.arange(rows)), ROWS[:rows]
    )


def test_a_row_larger_than_a_shard_has_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "SHARD_BYTES", 5)
    written(tmp_path, ROWS[:3])
    assert len(list(tmp_path.iterdir())) == 3


def test_other_names_are_other_arrays(tmp_path, small_shards):
    written(tmp_path)
    np.save(tmp_path / "ab-000.npy", ROWS)
    assert len(ShardedArray.open(tmp_path, "a", *KIND)) == 50


@pytest.mark.parametrize("missing", [0, 3, 6])
def test_a_missing_shard_is_noticed(tmp_path, small_shards, missing):
    written(tmp_path)
    (tmp_path / f"a-{missing:03}.npy").unlink()
    with pytest.raises(FileNotFoundError):
        ShardedArray.open(tmp_path, "a", *KIND)


def test_without_a_shard_there_is_no_array(tmp_path):
    with pytest.raises(FileNotFoundError, match="a-000"):
        ShardedArray.open(tmp_path, "a", *KIND)


@pytest.mark.parametrize(
    ("number", "rows"),
    [(0, ROWS[:6]), (3, ROWS[:6]), (3, ROWS[:8]), (7, ROWS[:8])],
    ids=["short first", "short", "long", "long last"],
)
def test_shards_of_other_lengths_are_refused(tmp_path, small_shards, number, rows):
    # rows would be looked up in the wrong places
    written(tmp_path)
    np.save(tmp_path / f"a-{number:03}.npy", rows)
    with pytest.raises(ValueError, match="other numbers of rows"):
        ShardedArray.open(tmp_path, "a", *KIND)


@pytest.mark.parametrize("number", [0, 3, 7])
@pytest.mark.parametrize("content", [b"", npy(ROWS[:7])[:-1], npy(ROWS[:7].astype(np.int32))])
def test_a_damaged_shard_is_refused(tmp_path, small_shards, number, content):
    written(tmp_path)
    (tmp_path / f"a-{number:03}.npy").write_bytes(content)
    with pytest.raises(ValueError, match=f"a-{number:03}"):
        ShardedArray.open(tmp_path, "a", *KIND)


def test_rows_of_another_shape_are_refused(tmp_path):
    array = ShardedArray.create(tmp_path, "a", len(ROWS), *KIND)
    with pytest.raises(ValueError, match="broadcast"):
        array.write(0, np.zeros((len(ROWS), 100), KIND[0]))
