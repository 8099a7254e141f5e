#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Compares the keys of the packaged sluice.yaml, commented ones too, with the command's own schema.

    configuration_keys.py [SLUICE]      exits with 1 when either has a key that the other has not
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEY = re.compile(r"^(\s*)#?(- )?([a-z_][\w-]*):(?:\s|$)")


def schema_keys(command: str) -> set[str]:
    """Every path of the schema; `*` stands for a name the user chooses, `[]` for an item."""
    schema = json.loads(subprocess.run([command, "schema", "config"], check=True,
                                       capture_output=True, text=True).stdout)
    found: set[str] = set()

    def walk(node: dict, path: str) -> None:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].split("/")[-1]]
        for key, value in (node.get("properties") or {}).items():
            found.add(path + key)
            walk(value, path + key + ".")
        if isinstance(node.get("additionalProperties"), dict):
            walk(node["additionalProperties"], path + "*.")
        if isinstance(node.get("items"), dict):
            walk(node["items"], path + "[].")
        for choice in ("oneOf", "anyOf", "allOf"):
            for other in node.get(choice, []):
                walk(other, path)

    walk(schema, "")
    return found


def file_keys(text: str) -> set[str]:
    """Every path of the file by its indentation; a comment of words has a space behind its `#`."""
    found: set[str] = set()
    stack: list[tuple[int, str]] = []
    for line in text.splitlines():
        if not (match := KEY.match(line)):
            continue
        depth = len(match[1])
        if match[2]:
            depth += 2
            while stack and stack[-1][0] >= depth:
                stack.pop()
            if not stack or stack[-1][1] != "[]":
                stack.append((depth - 1, "[]"))
        while stack and stack[-1][0] >= depth:
            stack.pop()
        stack.append((depth, match[3]))
        found.add(".".join(name for _, name in stack))
    return found


def main() -> int:
    known = schema_keys(sys.argv[1] if len(sys.argv) > 1 else "sluice")
    # Names that users choose, in the file's examples.
    patterns = {re.compile("^" + re.escape(key).replace(r"\*", r"[\w-]+") + "$"): key
                for key in known}
    seen, strange = set(), []
    for path in sorted(file_keys((HERE / "sluice.yaml").read_text())):
        matched = {key for pattern, key in patterns.items() if pattern.match(path)}
        seen |= matched
        is_name = any(key.startswith(re.sub(r"\.[\w-]+$", ".*.", path)) or re.match(
            "^" + re.escape(key.rsplit(".", 1)[0]).replace(r"\*", r"[\w-]+") + "$", path)
            for key in known)
        if not matched and not is_name:
            strange.append(path)
    for key in sorted(known - seen):
        print(f"the file has no {key}")
    for path in strange:
        print(f"the schema has no {path}")
    return 1 if strange or known - seen else 0


if __name__ == "__main__":
    sys.exit(main())
