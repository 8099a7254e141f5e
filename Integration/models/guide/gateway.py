# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""From a trained model to a folder the gateway loads: `put` is all there is to it."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

OUT = Path(os.environ.get("GUIDE_OUT", "guide-out"))


def put(name, onnx, inputs, labels=(), **more):
    """Writes models/<name>/1/ with model.onnx and the model.yaml that holds its digest."""
    data = onnx if isinstance(onnx, bytes) else onnx.SerializeToString()
    file = {"name": "model.onnx", "sha256": hashlib.sha256(data).hexdigest()}
    says = {"kind": "onnx", "file": file, "inputs": inputs, "labels": [str(x) for x in labels], **more}
    folder = OUT / "models" / name / "1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(data)
    (folder / "model.yaml").write_text("".join(
        f"{key}: {json.dumps(value)}\n" for key, value in says.items() if value != []))


def tried(name, rows, labels=None, probabilities=None, values=None, first=1):
    """Keeps rows and what the framework itself says of them from the `first` on, for try.py to compare."""
    folder = OUT / "tries"
    folder.mkdir(parents=True, exist_ok=True)
    columns = {"labels": labels, "probabilities": probabilities, "values": values}
    said = {key: [v.tolist() if hasattr(v, "tolist") else v for v in column]
            for key, column in columns.items() if column is not None}
    said["labels"] = [str(label) for label in said.get("labels", [])]
    (folder / f"{name}.json").write_text(json.dumps({"rows": rows.to_dict("records"), "first": first, **said}))
