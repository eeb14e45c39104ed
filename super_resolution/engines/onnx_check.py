"""Let no ONNX file pass but one that holds the network which model.json describes.

A model may come from a stranger, and ONNX can do more than a network needs: tensors that
lie in other files, operators of other libraries, shapes that take all memory. So the file
is read here, before any engine sees it, and compared operator by operator with what
`onnx_graph` describes. Only the values of the weights are its own.

ONNX is a protocol buffer: fields, each a key (number * 8 + kind) and a value. What this
project does not write is refused, whatever it means.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from super_resolution.errors import UserError
from super_resolution.network.onnx_network import IR, OPSET, Graph, Node

FLOAT, INT64 = 1, 7  # data types of tensors
DTYPES = {FLOAT: np.dtype("<f4"), INT64: np.dtype("<i8")}
ATTRIBUTES = {int: 2, str: 3, tuple: 7}  # types of attributes
VARINT, BYTES = 0, 2  # kinds of fields
MAX_VARINT = 10  # bytes


class _Foreign(Exception):
    """Something that this project does not write."""


def check(content: bytes, graph: Graph, *, where: Path) -> None:
    """Refuse a file that does not hold this graph.

    Parameters
    ----------
    content : bytes
        Of the file.
    graph : Graph
        What it must hold.
    where : Path
        The file, for the error.

    Raises
    ------
    UserError
        If it is damaged, holds another network, or anything more.
    """
    try:
        _compare(_message(memoryview(content), once={1, 2, 7}, many={8}), graph)
    except _Foreign as error:
        raise UserError(
            f"{where} does not hold the network that model.json describes ({error}): train it "
            f"again, or fetch it again"
        ) from error


def _compare(model: dict, graph: Graph) -> None:
    versions = [_message(opset, once={1, 2}) for opset in model[8]]
    _expect([(_text(one, 1), one[2]) for one in versions] == [("", [OPSET])], "version")
    _expect(model[1] == [IR] and len(model[7]) == 1, "version")
    body = _message(model[7][0], once={2}, many={1, 5, 11, 12})
    _expect([_node(node) for node in body[1]] == graph.nodes, "operators")
    ends = [_end(value) for value in (*body[11], *body[12])]
    _expect(len(body[11]) == 1 and ends == list(graph.ends.items()), "input or output")
    tensors = [_tensor(value) for value in body[5]]
    names = [name for name, *_ in tensors]
    _expect(sorted(names) == sorted([*graph.weights, *graph.constants]), "weights' names")
    for name, kind, shape, raw in tensors:
        if name in graph.weights:
            _expect((kind, shape) == (FLOAT, graph.weights[name]), f"shape of {name}")
        else:
            _expect(_same(graph.constants[name], kind, shape, raw), f"values of {name}")


def _same(expected: np.ndarray, kind: int, shape: tuple[int, ...], raw: memoryview) -> bool:
    if (DTYPES[kind], shape) != (expected.dtype, expected.shape):
        return False
    given = np.frombuffer(raw, expected.dtype).reshape(shape)
    # another machine's cosine may differ in the last digit
    return bool(np.allclose(given, expected, rtol=1e-5, atol=1e-6 * (kind == FLOAT)))


def _expect(right: bool, what: str) -> None:
    if not right:
        raise _Foreign(f"another {what}")


def _node(data: memoryview) -> Node:
    fields = _message(data, once={4}, many={1, 2, 5})
    _expect(len(fields[2]) == 1, "operator")
    inputs = tuple(_decoded(name) for name in fields[1])
    attributes = dict(_attribute(value) for value in fields[5])
    _expect(len(attributes) == len(fields[5]), "attribute")
    return Node(_text(fields, 4), inputs, _text(fields, 2), attributes)


def _attribute(data: memoryview) -> tuple[str, object]:
    fields = _message(data, once={1, 3, 4, 20}, many={8})
    values = [*fields[3], *(_decoded(value) for value in fields[4])]
    _expect(len(values) + bool(fields[8]) == 1, "attribute")
    value = values[0] if values else _integers(fields[8])
    _expect(type(value) in ATTRIBUTES and fields[20] == [ATTRIBUTES[type(value)]], "attribute")
    return _text(fields, 1), value


def _tensor(data: memoryview) -> tuple[str, int, tuple[int, ...], memoryview]:
    # where its data lie (field 14) and in which file (13) are fields that do not pass
    fields = _message(data, once={2, 8, 9}, many={1})
    kind, shape, raw = fields[2], _integers(fields[1]), fields[9]
    _expect(len(kind) == len(raw) == 1 and kind[0] in DTYPES, "kind of tensor")
    _expect(isinstance(raw[0], memoryview), "kind of tensor")
    sizes = np.array(shape, object)
    _expect(sizes.prod() * DTYPES[kind[0]].itemsize == len(raw[0]), "size of a tensor")
    return _text(fields, 8), kind[0], shape, raw[0]


def _end(data: memoryview) -> tuple[str, tuple[str | int, ...]]:
    value = _message(data, once={1, 2})
    of_tensor = _message(_only(value, 2), once={1})
    tensor = _message(_only(of_tensor, 1), once={1, 2})
    _expect(tensor[1] == [FLOAT], "type")
    sizes = []
    for size in _message(_only(tensor, 2), many={1})[1]:
        named = _message(size, once={1, 2})
        sizes += [*named[1], *(_decoded(name) for name in named[2])]
    return _text(value, 1), tuple(sizes)


def _only(fields: dict, number: int) -> memoryview:
    _expect(len(fields[number]) == 1, "structure")
    return fields[number][0]


def _text(fields: dict, number: int) -> str:
    return _decoded(fields[number][0]) if fields[number] else ""


def _decoded(value: object) -> str:
    _expect(isinstance(value, memoryview), "text")
    return bytes(value).decode("utf-8", "replace")


def _integers(values: list) -> tuple[int, ...]:
    # each a field of its own, or all packed into one
    numbers = []
    for value in values:
        if isinstance(value, int):
            numbers.append(value)
            continue
        place = 0
        while place < len(value):
            number, place = _varint(value, place)
            numbers.append(number)
    return tuple(numbers)


def _message(data: object, *, once: set = frozenset(), many: set = frozenset()) -> dict:
    # number: values; what may come once and does so twice would be merged by others
    _expect(isinstance(data, memoryview), "structure")
    found = {number: [] for number in (*once, *many)}
    for number, value in _fields(data):
        _expect(number in many or (number in once and not found[number]), f"field ({number})")
        found[number].append(value)
    return found


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        value, place = _varint(data, place)
        if key & 7 == BYTES:
            start, place = place, place + value
            _expect(place <= len(data), "length")
            value = data[start:place]
        else:
            _expect(key & 7 == VARINT, "kind of field")
        yield key >> 3, value


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    # seven bits a byte, the lowest first; the eighth says that more follow
    value = 0
    for shift in range(MAX_VARINT):
        _expect(place < len(data), "length")
        value |= (data[place] & 127) << 7 * shift
        place += 1
        if data[place - 1] < 128:
            return value, place
    raise _Foreign("another number")
