"""A small real ONNX file, written byte by byte: one convolution of one voxel, which scores background and label."""

from __future__ import annotations

import struct
from pathlib import Path


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def _field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protobuf message: a number, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, dims: list[int], values: list[float], *more: bytes) -> bytes:
    """TensorProto: dims = 1, data_type = 2 (1 is float32), name = 8, raw_data = 9."""
    sizes = b"".join(_field(1, size) for size in dims)
    return sizes + _field(2, 1) + _field(8, name) + _field(9, struct.pack(f"<{len(values)}f", *values)) + b"".join(more)


def _value(name: str, dims: list[int | str]) -> bytes:
    """ValueInfoProto of a float32 tensor; a name as a size is one that varies."""
    shape = b"".join(_field(1, _field(1, size) if isinstance(size, int) else _field(2, size)) for size in dims)
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, shape)))


def onnx_file(path: Path, *, weights: list[float], biases: list[float], outside: bool = False) -> Path:
    """Writes ModelProto: `scores[c] = weights[c] × image + biases[c]`, on (1, 1, i, j, k) of any size.

    Args:
        path: of the file.
        weights: one for each class.
        biases: one for each class.
        outside: whether it claims that its weights lie in /etc/passwd.
    """
    entry = _field(13, _field(1, "location") + _field(2, "/etc/passwd")) + _field(14, 1) if outside else b""
    node = b"".join(_field(1, name) for name in "xwb") + _field(2, "y") + _field(4, "Conv")
    graph = (
        _field(1, node)
        + _field(2, "scores")
        + _field(5, _tensor("w", [len(weights), 1, 1, 1, 1], weights, entry))
        + _field(5, _tensor("b", [len(biases)], biases))
        + _field(11, _value("x", [1, 1, "i", "j", "k"]))
        + _field(12, _value("y", [1, len(weights), "i", "j", "k"]))
    )
    path.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 17)))
    return path
