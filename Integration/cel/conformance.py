#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Runs rows of the CEL conformance suite through the built command and counts by section.

    Integration/cel/conformance.py SLUICE ROWS.jsonl

Prints a line a section (passed/rows, and how many were left out), the failures and the reasons for
what is left out; exits with 1 when a row that should pass does not.
"""

import json
import subprocess
import sys
from collections import Counter, defaultdict

# What Sluice leaves out, by what a row needs: it is no failure when such a row gives an error.
LEFT_OUT = {
    "protobuf": "protobuf messages: readings are JSON, no message type is ever declared",
    "enum": "protobuf enums: there are no messages to declare them in",
    "optional": "optionals: has() and a default say the same, and errors are absorbed",
    "extension": "extension libraries (strings, math, encoders, bindings, sets, network): not CEL's core",
}
FILES = {
    "proto2": "protobuf", "proto3": "protobuf", "proto2_ext": "protobuf", "dynamic": "protobuf",
    "wrappers": "protobuf", "enums": "enum", "optionals": "optional", "string_ext": "extension",
    "math_ext": "extension", "encoders_ext": "extension", "bindings_ext": "extension",
    "block_ext": "extension", "network_ext": "extension",
}


def left_out(row):
    """Why a row is left out, or None."""
    if row["file"] in FILES:
        return FILES[row["file"]]
    text = row["expr"]
    if "TestAllTypes" in text or "google.protobuf." in text and "{" in text:
        return "protobuf"
    if "optional." in text or "[?" in text:
        return "optional"
    return None


def same(left, right):
    """Whether two typed values are the same: doubles by number, maps in any order."""
    if left.get("t") != right.get("t"):
        return False
    kind, a, b = left["t"], left.get("v"), right.get("v")
    if kind == "double":
        return float(a) == float(b) or float(a) != float(a) and float(b) != float(b)
    if kind == "list":
        return len(a) == len(b) and all(map(same, a, b))
    if kind == "map":
        rest = list(b)
        for key, value in a:
            for index, (other_key, other) in enumerate(rest):
                if same(key, other_key) and same(value, other):
                    del rest[index]
                    break
            else:
                return False
        return not rest
    return a == b


def main():
    command, path = sys.argv[1:]
    # Not splitlines(): JSON text may hold other line separators.
    with open(path, encoding="utf-8", newline="\n") as file:
        rows = [json.loads(line) for line in file.read().split("\n") if line.strip()]
    done = subprocess.run(
        [command, "eval", "--conformance", path], capture_output=True, check=True, timeout=300
    )
    answers = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
    if [row["id"] for row in rows] != [answer["id"] for answer in answers]:
        sys.exit("the answers are not those of the rows, in their order")
    passed, skipped, failures, reasons = Counter(), Counter(), defaultdict(list), Counter()
    for row, answer in zip(rows, answers):
        section = f"{row['file']}/{row['section']}"
        wanted = row["expect"].get("value")
        if "value" in answer and wanted is not None and same(answer["value"], wanted):
            passed[section] += 1
        elif "error" in answer and wanted is None:
            passed[section] += 1
        elif reason := left_out(row):
            skipped[section] += 1
            reasons[reason] += 1
        else:
            failures[section].append((row, answer))
    sections = sorted({f"{row['file']}/{row['section']}" for row in rows})
    for section in sections:
        total = passed[section] + skipped[section] + len(failures[section])
        note = f"  ({skipped[section]} left out)" if skipped[section] else ""
        print(f"{passed[section]:4}/{total:<4} {section}{note}")
        for row, answer in failures[section]:
            print(f"     FAILED {row['name']}: {row['expr']}")
            print(f"       gave   {json.dumps(answer.get('value', answer.get('error')))}")
            print(f"       wanted {json.dumps(row['expect'])}")
    total, good = len(rows), sum(passed.values())
    print(f"{good} of {total} rows pass ({100 * good / max(1, total):.1f} %), "
          f"{sum(skipped.values())} left out, {sum(map(len, failures.values()))} fail")
    for reason, count in sorted(reasons.items()):
        print(f"left out, {count} rows: {LEFT_OUT[reason]}")
    sys.exit(1 if any(failures.values()) else 0)


if __name__ == "__main__":
    main()
