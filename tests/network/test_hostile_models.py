"""Model files from strangers: refused in one line, before anything large is allocated."""

import json
import tracemalloc
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_model, random_weights
from safetensors.numpy import save as to_bytes

from super_resolution.errors import UserError, describe
from super_resolution.network import saved_model
from super_resolution.network.presets import HIFI, MAX_LAYERS, MAX_UNITS

MODEL = make_model(SMALL_HIFI)
WEIGHTS = random_weights(MODEL)
DESCRIPTION = json.loads(json.dumps(asdict(MODEL)))
CONTENT = to_bytes(WEIGHTS, {saved_model.METADATA_KEY: json.dumps(DESCRIPTION)})
HUGE = 10**400  # more than a float can hold
MAX_ALLOCATED = 1 << 20  # bytes, for a file that is refused
LONGEST_LINE = 600  # characters


def load_all(folder: Path, content: bytes) -> dict[str, np.ndarray]:
    """Write the content as a model's file and read it, as every command does."""
    folder.mkdir(exist_ok=True)
    (folder / saved_model.WEIGHTS).write_bytes(content)
    return saved_model.load_weights(folder, saved_model.load(folder))


def refusal(folder: Path, content: bytes) -> str:
    """Give the line that the user sees; fails if the file is taken, or if much is allocated."""
    folder.mkdir()
    tracemalloc.start()
    try:
        with pytest.raises(UserError) as caught:
            load_all(folder, content)
        allocated = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert allocated < MAX_ALLOCATED + len(content)
    line = describe(caught.value)
    assert line.isprintable() and len(line) < LONGEST_LINE
    assert str(folder / saved_model.WEIGHTS) in line
    return line


def with_description(content: object) -> bytes:
    return to_bytes(WEIGHTS, {saved_model.METADATA_KEY: json.dumps(content)})


def with_header(old: str, new: str) -> bytes:
    """Replace a text in the header of the file, and correct the header's length."""
    size = int.from_bytes(CONTENT[:8], "little")
    header, rest = CONTENT[8 : 8 + size], CONTENT[8 + size :]
    assert old.encode() in header
    header = header.replace(old.encode(), new.encode())
    return len(header).to_bytes(8, "little") + header + rest


def test_the_file_itself_is_taken(tmp_path):
    weights = load_all(tmp_path, CONTENT)
    assert all(np.array_equal(weights[name], WEIGHTS[name]) for name in WEIGHTS)


@pytest.mark.parametrize(
    "content",
    {
        "empty": b"",
        "text": b"these are not weights\n" * 100,
        "HTML": b"<!DOCTYPE html><html><body>404</body></html>",
        "ONNX": b"\x08\x08\x12\x14rnn-super-resolution" * 50,
        "pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.",
        "cut in the length": CONTENT[:5],
        "cut in the header": CONTENT[:100],
        "cut in the arrays": CONTENT[:-4],
        "longer than its arrays": CONTENT + b"1234",
        "header of 4 EiB": (1 << 62).to_bytes(8, "little") + b"{}",
        "header of 99 MB": (99_000_000).to_bytes(8, "little") + b"{}",
        "header without JSON": (2).to_bytes(8, "little") + b"{{",
    }.items(),
    ids=lambda item: item[0],
)
def test_a_file_that_is_no_safetensors_is_refused(tmp_path, content):
    assert "is damaged" in refusal(tmp_path / "a", content[1])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"dtype":"F32"', '"dtype":"\\u001b[31mF32"'),
        ('"envelope.kernel"', '"\\ud800"'),
        ('"envelope.kernel"', '"envelope.kernel\\u001b[2J\\n"'),
        ('"data_offsets":[0,', '"data_offsets":[4,'),
        ('"data_offsets":[0,', '"data_offsets":[99999999999999999999999,'),
        ('"data_offsets":[0,', '"data_offsets":[-1,'),
    ],
)
def test_a_damaged_header_is_refused(tmp_path, old, new):
    refusal(tmp_path / "a", with_header(old, new))


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt"}])
def test_weights_without_a_description_are_refused(tmp_path, metadata):
    line = refusal(tmp_path / "a", to_bytes(WEIGHTS, metadata))
    assert "holds no description of a network" in line


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "3", "{'scale': 1}", "[" * 100_000, '{"scale": ' + "1" * 5000 + "}"],
    ids=lambda text: text[:12],
)
def test_a_description_that_is_no_json_object_is_refused(tmp_path, text):
    line = refusal(tmp_path / "a", to_bytes(WEIGHTS, {saved_model.METADATA_KEY: text}))
    assert "is damaged" in line


@pytest.mark.parametrize(
    "change",
    [
        {"preset": {}},
        {"preset": None},
        {"sample_rate": "44100"},
        {"sample_rate": 44100.0},
        {"sample_rate": HUGE},
        {"low_rate": 0},
        {"low_rate": -15000},
        {"low_rate": 44100},
        {"low_rate": 1},
        {"low_rate": True},
        {"downsample": None},
        {"scale": float("nan")},
        {"scale": float("inf")},
        {"scale": HUGE},
        {"scale": -1},
        {"scale": "1"},
        {"tracks": "abc"},
        {"tracks": ["abc"]},
        {"tracks": None},
        {"trained": 2026},
        {"metrics": []},
        {"extra": 1},
        {"\x1b[31m\n": 1},
    ],
    ids=str,
)
def test_a_value_out_of_bounds_is_refused(tmp_path, change):
    refusal(tmp_path / "a", with_description(DESCRIPTION | change))


@pytest.mark.parametrize("entry", DESCRIPTION)
def test_a_missing_entry_is_refused(tmp_path, entry):
    content = {name: value for name, value in DESCRIPTION.items() if name != entry}
    refusal(tmp_path / "a", with_description(content))


@pytest.mark.parametrize(
    "change",
    [
        {"tracks": [{"title": "\ud800"}]},
        {"tracks": [{"\udfff": "a"}]},
        {"metrics": {"\ud83c": 1}},
        {"trained": "\ud800"},
        {"downsample": "\udcff"},
    ],
    ids=ascii,
)
def test_texts_that_cannot_be_printed_are_refused(tmp_path, change):
    refusal(tmp_path / "a", with_description(DESCRIPTION | change))


def test_a_pair_of_surrogates_is_a_character(tmp_path):
    content = DESCRIPTION | {"tracks": [{"title": "🎵"}]}
    assert "\\ud83c\\udfb5" in json.dumps(content)
    load_all(tmp_path, with_description(content))
    assert saved_model.load(tmp_path).tracks == ({"title": "🎵"},)


@pytest.mark.parametrize("rates", [(999_999, 999_983), (44100, 14700), (48000, 15000)])
def test_rates_that_the_network_does_not_fit_are_refused(tmp_path, rates):
    change = dict(zip(("sample_rate", "low_rate"), rates, strict=True))
    line = refusal(tmp_path / "a", with_description(DESCRIPTION | change))
    assert "does not fit its rates" in line


def test_a_large_network_described_beside_small_arrays_is_refused(tmp_path):
    large = [MAX_UNITS] * MAX_LAYERS
    preset = changed(HIFI, network={"lstm_units": tuple(large), "dense_units": tuple(large)})
    described = asdict(replace(MODEL, preset=preset))
    shapes = saved_model.weight_shapes(preset.network)
    small = {name: np.zeros([1] * len(shape), np.float32) for name, shape in shapes.items()}
    for arrays in (small, WEIGHTS, {}):
        content = to_bytes(arrays, {saved_model.METADATA_KEY: json.dumps(described)})
        line = refusal(tmp_path / str(len(arrays)), content)
        assert "does not hold the network that it describes" in line or "weights" in line


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32, np.uint8, np.bool_])
@pytest.mark.parametrize("names", [["envelope.kernel"], list(WEIGHTS)], ids=["one", "all"])
def test_weights_of_another_type_are_refused(tmp_path, dtype, names):
    arrays = WEIGHTS | {name: WEIGHTS[name].astype(dtype) for name in names}
    content = to_bytes(arrays, {saved_model.METADATA_KEY: json.dumps(DESCRIPTION)})
    assert "does not hold the network" in refusal(tmp_path / "a", content)


@pytest.mark.parametrize(
    "change",
    [
        {"envelope.kernel": WEIGHTS["envelope.kernel"].T.copy()},
        {"envelope.kernel": WEIGHTS["envelope.kernel"].ravel()},
        {"envelope.kernel": WEIGHTS["envelope.kernel"][:, :-1].copy()},
        {"envelope.kernel": np.zeros((0,), np.float32)},
        {"envelope.kernel": np.zeros((), np.float32)},
        {"more": np.zeros(1, np.float32)},
        {"envelope.bias": np.zeros(1, np.float32)},
    ],
    ids=["transposed", "flat", "narrower", "empty", "scalar", "one more", "another bias"],
)
def test_weights_of_another_network_are_refused(tmp_path, change):
    content = to_bytes(WEIGHTS | change, {saved_model.METADATA_KEY: json.dumps(DESCRIPTION)})
    assert "does not hold the network" in refusal(tmp_path / "a", content)


def test_the_weights_of_another_preset_are_refused(tmp_path):
    arrays = random_weights(make_model(SMALL_FAITHFUL))
    content = to_bytes(arrays, {saved_model.METADATA_KEY: json.dumps(DESCRIPTION)})
    assert "does not hold the network" in refusal(tmp_path / "a", content)


def test_a_large_array_is_not_read_before_its_shape_is_known(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    arrays = WEIGHTS | {"envelope.kernel": np.zeros((1 << 12, 1 << 12), np.float32)}
    content = to_bytes(arrays, {saved_model.METADATA_KEY: json.dumps(DESCRIPTION)})
    (folder / saved_model.WEIGHTS).write_bytes(content)
    tracemalloc.start()
    with pytest.raises(UserError, match="does not hold the network"):
        saved_model.load_weights(folder, saved_model.load(folder))
    allocated = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert allocated < MAX_ALLOCATED


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_not_finite_are_refused(tmp_path, name, value):
    damaged = WEIGHTS[name].copy()
    damaged.flat[-1] = value
    content = to_bytes(
        WEIGHTS | {name: damaged}, {saved_model.METADATA_KEY: json.dumps(DESCRIPTION)}
    )
    assert name in refusal(tmp_path / "a", content)
