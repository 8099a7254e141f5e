#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of a fuzz target, one a file: `seeds.py TARGET FOLDER`. See run.sh."""

import json
import pathlib
import struct
import sys

target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
seeds: list[bytes] = []
if target == "cel":
    # The expressions of the tests, checked and with declared values.
    lines = set()
    for path in pathlib.Path("Tests/CELTests/Language").glob("*Tests.swift"):
        for line in path.read_text().splitlines():
            if "  =>  " in line:
                lines.add(line.strip().split("  =>  ")[0])
    seeds = [bytes([number % 8]) + line.encode() for number, line in enumerate(sorted(lines))]
elif target == "decode":
    flat = {"ts": 1750000000000, "n": 7, "t": 21.5, "a": {"b": "x\u00e9\n"}, "v": [1, -2.5, 3e-1],
            "p": [[1], [2]], "f": "AAEC", "o": True, "other": [None, {}, []]}
    nested = {"d": {"r": [{"id": "a", "v": 1, "n": 1}, {"id": 9, "v": [2], "ts": 5}]}, "ts": 3, "n": 4}
    seeds = [b"\0" + json.dumps(flat).encode(), b"\0" + json.dumps(flat, ensure_ascii=False).encode(),
             b"\1" + json.dumps(nested).encode(), b"\0{}", b"\1[]"]
elif target == "reply":
    # A reply of each form; the first byte tells the form and how it is read (see ReplyFuzz.swift).
    tensors = (b'{"outputs":[{"name":"l","datatype":"BYTES","shape":[1],"data":["ok"]},'
               b'{"name":"p","datatype":"FP32","shape":[1,2],"data":[[0.25,0.75]]}]}')
    sized = b'"parameters":{"binary_data_size":'
    binary = (b'{"outputs":[{"name":"l","datatype":"BYTES","shape":[1],' + sized + b'6}},'
              b'{"name":"p","datatype":"FP16","shape":[1,2],' + sized + b'4}}]}')
    chat = (b'{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"content":"{\\"label\\":'
            b'\\"ok\\"}"},"logprobs":{"content":[{"token":"{\\"label\\":\\"","logprob":-0.1},'
            b'{"token":"ok\\"}","logprob":-0.2,"bytes":[111,107,34,125]}]}}]}')
    forms = {
        0: [b'{"predictions":[{"label":"ok","confidence":0.5}]}', b'{"predictions":[[0.25,0.75]]}',
            b'{"predictions":[{"classes":["fault","ok"],"scores":[0.25,0.75]}]}', b'{"predictions":["ok"]}'],
        1: [b'[1]', b'["fault"]', b'[{"probabilities":{"ok":1}}]'],
        2: [b"0.25,0.75\n", b"[ok, 0.5]\n", b'"fault"\r\n'],
        3: [tensors], 4: [binary + b"\n" + struct.pack("<I", 2) + b"ok" + b"\0\x34\0\x3a"],
        6: [chat], 7: [b'{"error":{"message":"no"}}', b"/a~1b/0", b"Sun, 06 Nov 1994 08:49:37 GMT", b"7"],
    }
    seeds = [bytes([places * 24 + form * 3]) + reply
             for form, replies in forms.items() for reply in replies for places in range(4)]
elif target == "settings":
    for path in [*pathlib.Path("Policies").glob("*/*.yaml"), *pathlib.Path("Integration/models").glob("*/*/*/*.yaml")]:
        if path.stat().st_size < 4096:
            seeds.append(path.read_bytes())
    seeds += [b"a: &x [1, 2]\nb: *x\n", b"a: |\n  text\nb: >-\n  more\n", b"%YAML 1.2\n---\na: !!str 1\n",
              b"{a: {b: [c, {d: 'e'}]}}", b"a: 250ms\nspool: 1GiB\nflag: yes\n"]
for number, seed in enumerate(seeds):
    (folder / f"{number:04}").write_bytes(seed)
