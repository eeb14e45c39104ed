"""ONNX files from strangers: nothing passes but the network that was asked for."""

import numpy as np
import onnx
import pytest
from helpers import SMALL_HIFI, SMALL_SEED, random_layers
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from super_resolution.engines import onnx_check
from super_resolution.errors import UserError
from super_resolution.network import onnx_network, saved_model
from super_resolution.network.saved_model import Model

MODELS = {
    preset.name: Model(preset, 44100, 15000, "soxr", 300.0, ())
    for preset in (SMALL_SEED, SMALL_HIFI)
}


def content_of(tmp_path, model: Model) -> bytes:
    onnx_network.write(tmp_path / "a.onnx", model.preset, model.grid, random_layers(model))
    return (tmp_path / "a.onnx").read_bytes()


@pytest.fixture
def parsed(tmp_path) -> onnx.ModelProto:
    return onnx.load_from_string(content_of(tmp_path, MODELS["hifi"]))


def check(content: bytes, model: Model = MODELS["hifi"]) -> None:
    graph = onnx_network.describe(model.preset, model.grid)
    onnx_check.check(content, graph, where="model.onnx")


def refused(content: bytes, match: str = "") -> None:
    with pytest.raises(UserError, match=rf"^model\.onnx does not hold the network.*{match}"):
        check(content)


@pytest.mark.parametrize("name", MODELS)
def test_what_we_write_passes_here_and_at_onnx(tmp_path, name):
    content = content_of(tmp_path, MODELS[name])
    check(content, MODELS[name])
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)


def test_another_presets_network_is_refused(tmp_path):
    refused(content_of(tmp_path, MODELS["seed"]), "another operators")


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff" * 40, b"text", b"\x3a\x7f"])
def test_what_is_no_onnx(content):
    refused(content)


def test_one_that_was_cut_off(parsed):
    content = parsed.SerializeToString()
    for end in (10, len(content) // 2, len(content) - 1):
        refused(content[:end])


def test_data_in_other_files_are_refused(parsed):
    tensor = parsed.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    refused(parsed.SerializeToString(), "field")
    tensor.ClearField("raw_data")
    refused(parsed.SerializeToString(), "field")


def test_operators_of_other_libraries_are_refused(parsed):
    parsed.graph.node[0].domain = "evil"
    refused(parsed.SerializeToString(), "field")
    parsed.graph.node[0].ClearField("domain")
    parsed.graph.node[0].op_type = "Loop"
    refused(parsed.SerializeToString(), "operators")


def _extra_node(model):
    model.graph.node.append(helper.make_node("Identity", ["fill"], ["more"]))


def _extra_weight(model):
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(1, np.float32), "more"))


def _twice_the_same_weight(model):
    model.graph.initializer.append(model.graph.initializer[0])


def _other_gather(model):
    index = [tensor.name for tensor in model.graph.initializer].index("used")
    used = onnx_network.describe(SMALL_HIFI, MODELS["hifi"].grid).constants["used"].copy()
    used[-1] = 10**9
    model.graph.initializer[index].CopyFrom(numpy_helper.from_array(used, "used"))


def _short_data(model):
    model.graph.initializer[0].raw_data = model.graph.initializer[0].raw_data[:-4]


def _huge_shape(model):
    model.graph.initializer[0].dims[1] = 2**40


def _other_units(model):
    node = next(node for node in model.graph.node if node.op_type == "LSTM")
    node.attribute[1].i += 1


def _other_type_of_attribute(model):
    node = next(node for node in model.graph.node if node.op_type == "LSTM")
    node.attribute[1].type = onnx.AttributeProto.FLOAT


def _a_graph_in_an_attribute(model):
    model.graph.node[0].attribute.add(name="body").g.CopyFrom(onnx.GraphProto())


def _a_function(model):
    model.functions.add(name="f", domain="evil")


def _another_opset(model):
    model.opset_import.append(helper.make_opsetid("evil", 1))


def _a_newer_opset(model):
    model.opset_import[0].version = 99


def _another_input(model):
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 99


def _doubles(model):
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.DOUBLE


CHANGES = [value for name, value in list(globals().items()) if name[:1] == "_" and name[1] != "_"]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_anything_else_is_refused(parsed, change):
    change(parsed)
    refused(parsed.SerializeToString())


def test_a_second_graph_that_others_would_merge_is_refused(parsed):
    more = onnx.ModelProto()
    more.graph.doc_string = "more"
    refused(parsed.SerializeToString() + more.SerializeToString())


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(content):
    refused(content)


def test_changed_bytes_are_refused_by_their_hash(tmp_path):
    content = content_of(tmp_path, MODELS["hifi"])
    arguments = lambda path: path.write_bytes(b"weights"), lambda path: path.write_bytes(content)
    saved = saved_model.save(tmp_path / "m", MODELS["hifi"], *arguments)
    assert saved.onnx_sha256 == saved_model.sha256(tmp_path / "m" / saved_model.ONNX)
    (tmp_path / "m" / saved_model.ONNX).write_bytes(content[:-1] + b"x")
    with pytest.raises(UserError, match=r"model\.onnx is not what model\.json names"):
        saved_model.load(tmp_path / "m")
    (tmp_path / "m" / saved_model.ONNX).unlink()
    with pytest.raises(UserError, match=r"model\.onnx is not what model\.json names"):
        saved_model.load(tmp_path / "m")


def test_weights_of_another_shape_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="expected"):
        onnx_network.write(tmp_path / "a", SMALL_SEED, MODELS["seed"].grid, {})
