"""A graph as the bytes of an ONNX file, which ONNX Runtime, OpenVINO and others read.

ONNX is a protocol buffer; the messages and field numbers below are those of onnx.proto
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that a network needs. The package
`onnx` has them all, and is larger than everything else that prediction installs but two.
"""

from functools import cache

import numpy as np

from super_resolution.network.onnx_network import INPUT, OUTPUT, Graph, Node

OPSET, IR_VERSION = 14, 8  # every ONNX Runtime since 1.10 reads them
FLOAT, INT64 = 1, 7  # TensorProto.DataType
ATTRIBUTE_TYPES = {int: 2, str: 3, tuple: 7}  # AttributeProto.AttributeType: INT, STRING, INTS
# message: (field, number, type); a type that ends in * is repeated
MESSAGES = {
    "Model": "ir_version 1 int64, producer_name 2 string, graph 7 Graph, opset_import 8 Opset*",
    "Opset": "domain 1 string, version 2 int64",
    "Graph": "node 1 Node*, name 2 string, initializer 5 Tensor*, "
    "input 11 Value*, output 12 Value*",
    "Node": "input 1 string*, output 2 string*, op_type 4 string, attribute 5 Attribute*",
    "Attribute": "name 1 string, i 3 int64, s 4 bytes, ints 8 int64*, type 20 int32",
    "Tensor": "dims 1 int64*, data_type 2 int32, name 8 string, raw_data 9 bytes",
    "Value": "name 1 string, type 2 Type",
    "Type": "tensor_type 1 TensorType",
    "TensorType": "elem_type 1 int32, shape 2 Shape",
    "Shape": "dim 1 Dimension*",
    "Dimension": "dim_value 1 int64, dim_param 2 string",
}


def to_bytes(graph: Graph) -> bytes:
    """Give the content of an ONNX file.

    Parameters
    ----------
    graph : Graph
        As `onnx_network.to_graph` makes it.
    """
    model = _messages()["Model"](ir_version=IR_VERSION, producer_name="rnn-super-resolution")
    model.opset_import.add(domain="", version=OPSET)
    body = model.graph
    body.name = "network"
    for node in graph.nodes:
        _add_node(body, node)
    for name, array in graph.arrays.items():
        kind = INT64 if array.dtype == np.int64 else FLOAT
        little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
        body.initializer.add(
            name=name, dims=array.shape, data_type=kind, raw_data=little_endian.tobytes()
        )
    _add_value(body.input, INPUT, ("batch", "steps", graph.width))
    _add_value(body.output, OUTPUT, ("batch", "frames"))
    return model.SerializeToString()


def _add_node(body, node: Node) -> None:
    added = body.node.add(op_type=node.op, input=node.inputs, output=[node.output])
    for name, value in node.attributes.items():
        attribute = added.attribute.add(name=name, type=ATTRIBUTE_TYPES[type(value)])
        if isinstance(value, int):
            attribute.i = value
        elif isinstance(value, str):
            attribute.s = value.encode()
        else:
            attribute.ints.extend(value)


def _add_value(values, name: str, shape: tuple[str | int, ...]) -> None:
    tensor = values.add(name=name).type.tensor_type
    tensor.elem_type = FLOAT
    for size in shape:
        if isinstance(size, int):
            tensor.shape.dim.add(dim_value=size)
        else:
            tensor.shape.dim.add(dim_param=size)


@cache
def _messages() -> dict[str, type]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="network.proto", syntax="proto2")
    for message, described in MESSAGES.items():
        descriptor = file.message_type.add(name=message)
        for entry in described.split(", "):
            name, number, kind = entry.split()
            repeated = kind.endswith("*")
            added = descriptor.field.add(name=name, number=int(number))
            added.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
            kind = kind.removesuffix("*")
            if kind in MESSAGES:
                added.type, added.type_name = field.TYPE_MESSAGE, f".{kind}"
            else:
                added.type = getattr(field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()  # of its own: `onnx` has messages in the shared one
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in MESSAGES
    }
