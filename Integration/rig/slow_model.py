# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A classifier that takes its time: a few kilobytes of ONNX whose constants unfold to large matrices.

Written byte by byte, so that the scenarios need no package for it. The field numbers are those of
onnx.proto3 (ModelProto, GraphProto, NodeProto, TensorProto, ValueInfoProto).
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

FLOAT, INT64 = 1, 7

DESCRIPTION = """\
kind: onnx
file: {{ name: model.onnx, sha256: {digest} }}
inputs: {{ X: [ rms(vib), kurtosis(vib), temp ] }}
outputs: {{ label: label, probabilities: probabilities }}
labels: [ healthy, worn, fault ]
confidence: {{ from: probabilities, method: max }}
budget: 500ms
"""


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _tensor(kind: int, dimensions: list[int], raw: bytes, name: str = "") -> bytes:
    return (b"".join(_number(1, d) for d in dimensions) + _number(2, kind)
            + (_bytes(8, name) if name else b"") + _bytes(9, raw))


def _attribute(name: str, kind: int, field: int, value) -> bytes:
    body = _number(field, value) if isinstance(value, int) else _bytes(field, value)
    return _bytes(5, _bytes(1, name) + body + _number(20, kind))


def _node(operator: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    return _bytes(1, b"".join(_bytes(1, i) for i in inputs) + _bytes(2, output)
                  + _bytes(4, operator) + b"".join(attributes))


def _place(name: str, kind: int, dimensions: list[int | str]) -> bytes:
    shape = b"".join(
        _bytes(1, _bytes(2, d) if isinstance(d, str) else _number(1, d)) for d in dimensions)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def onnx(width: int = 2000, layers: int = 24) -> bytes:
    """The model: `layers` dense layers of `width`, half a millisecond each or more."""
    nodes, constants = b"", b""
    for name, rows, columns, value in (("wide", 3, width, 1e-3), ("deep", width, width, 1e-4),
                                       ("out", width, 3, 1e-3)):
        constants += _bytes(5, _tensor(INT64, [2], struct.pack("<2q", rows, columns), name + "_s"))
        fill = _tensor(FLOAT, [1], struct.pack("<f", value))
        nodes += _node("ConstantOfShape", [name + "_s"], name, _attribute("value", 4, 5, fill))
    nodes += _node("MatMul", ["X", "wide"], "h0")
    for layer in range(layers):
        nodes += _node("MatMul", [f"h{layer}", "deep"], f"m{layer}")
        nodes += _node("Tanh", [f"m{layer}"], f"h{layer + 1}")
    nodes += _node("MatMul", [f"h{layers}", "out"], "logits")
    constants += _bytes(5, _tensor(FLOAT, [3], struct.pack("<3f", 0, 0, 6), "bias"))
    nodes += _node("Add", ["logits", "bias"], "sums")
    nodes += _node("Softmax", ["sums"], "probabilities", _attribute("axis", 2, 3, 1))
    nodes += _node("ArgMax", ["probabilities"], "label", _attribute("axis", 2, 3, 1),
                   _attribute("keepdims", 2, 3, 0))
    graph = (nodes + _bytes(2, "slow") + constants
             + _bytes(11, _place("X", FLOAT, ["n", 3]))
             + _bytes(12, _place("label", INT64, ["n"]))
             + _bytes(12, _place("probabilities", FLOAT, ["n", 3])))
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))


def write(repository: Path, name: str = "bearing-wear", layers: int = 24) -> Path:
    """A model repository in which `name` is slow, by its layers, and calls everything a fault."""
    folder = repository / name / "1"
    folder.mkdir(parents=True)
    model = onnx(layers=layers)
    (folder / "model.onnx").write_bytes(model)
    digest = hashlib.sha256(model).hexdigest()
    (folder / "model.yaml").write_text(DESCRIPTION.format(digest=digest))
    return repository
