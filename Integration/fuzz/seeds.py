#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of a fuzz target, one a file: `seeds.py TARGET FOLDER`. See run.sh."""

import json
import math
import pathlib
import sqlite3
import struct
import sys
import tempfile
import zlib

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
elif target in ("trace", "files"):
    finding = {"model": "m/1", "digest": "0123456789ab", "label": "ok", "score": 0.75, "confidence": 0.5, "margin": 0.5,
               "probabilities": [0.25, 0.75], "labels": ["fault", "ok"], "latency_ms": 1.5, "stage": 2}
    identity = "0123456789abcdef0123456789abcdef"
    decision = {"kind": "decision", "id": identity, "policy": "p", "version": "v", "topic": "a/b", "device": "d",
                "time": "2026-01-31T12:00:00.5Z", "clock": "arrival", "arrived": "2026-01-31T12:00:01Z", "sequence": 7,
                "retained": True, "whole": True,
                "fields": {"a": 1.5, "b": "x\u00e9", "c": True, "d": [1, 2e3], "e": None}, "withheld": ["f"],
                "finding": finding, "earlier": [{"model": "n/2", "failed": "no"}, {"model": "o", "skipped": "s"},
                                                {"model": "q/1", "value": 2.5}],
                "cloud": {"up": True, "p50_ms": 1, "p95_ms": 2, "samples": 3, "in_flight": 1, "breaker": "open",
                          "budget_left": 0.5, "money_left": 1.5, "calls_left": 3},
                "deadline": {"total_ms": 250, "left_ms": 12.5}, "rule": "r", "route": "escalate", "provisional": True,
                "queue": {"depth": 1, "bytes": 2, "fill": 0.5, "oldest_ms": 3, "head_room_ms": 4},
                "bound": {"estimate": 0.1, "lower": 0, "upper": 1, "samples": 9, "broken": False},
                "fallback": "local", "priority": "high", "actions": ["x"], "audit": 0.5, "latency_ms": 2.25}
    boxes = {"model": "q/1", "detections": [{"label": "a", "score": 0.5, "box": [0, 1, 2, 3]}]}
    header = {"trace": 1, "site": "s", "started": "2026-01-31T12:00:00Z", "scope": "local", "sluice": "1",
              "sample": 0.5}
    verdict = {"kind": "verdict", "id": identity, "label": "ok", "confidence": 0.5, "probabilities": [0.5],
               "endpoint": "e", "model": "m/1", "latency_ms": 3, "source": "audit", "late": True,
               "time": "2026-01-31T12:00:00Z"}
    lines = [json.dumps(line).encode() for line in
             (header, decision, {**decision, "finding": boxes, "earlier": []}, verdict, {"kind": "later", "x": [{}]})]
    labels = json.dumps({"id": identity, "label": "ok", "by": {"x": [1]}}).encode() + b"\n\n"
    seeds = (lines if target == "trace" else [bytes([n]) + b"\n".join(lines) for n in range(2)] + [b"\2" + labels])
elif target == "tables":
    rows = [{"id": "r1", "p_edge": [0.9, 0.1], "p_cloud": [0.8, 0.2], "y": 0, "device": "4/17",
             "time": "2026-11-21T06:00:00.5+01:00", "block": "shift \u00e9"},
            {"id": 7, "p_edge": [0.25, 0.75], "p_cloud": [0, 1], "y": 1, "time": 1750000000.5, "other": [{}, None]}]
    seeds = [b"\1" + b"\n".join(json.dumps(row).encode() for row in part) for part in (rows[:1], rows[1:], rows * 2)]
    seeds += [b"\0t,v\n2026-01-31 12:00:00.5+02:00,1.5\r\n1750000000,\"2\"\n1.75e18,nan\n,\n",
              b"\x84a,\"b \"\"q\"\"\"\n1,2\n3,-4e5\n"]
elif target == "features":
    series = [[41.5, *(math.sin(step / 3) for step in range(count))] for count in (3, 70, 130)]
    series.append([1.0, 1e308, -1e308, 5e-324, 0.0, 1.0])
    seeds = [bytes([choice]) + b"".join(struct.pack(">d", number) for number in numbers)
             for choice in range(40) for numbers in series]
elif target == "serve":
    tensors = [("FP32", [[1.5, -2e3]]), ("INT64", [1, 2]), ("BOOL", [True, False]), ("BYTES", ["x\u00e9", "y"]),
               ("UINT64", [18446744073709551615, 0]), ("FP64", [[1e300], [0.5]])]
    seeds = [b"\1" + json.dumps({"id": "7", "inputs": [{"name": "x", "shape": [1, 2], "datatype": kind, "data": data}],
                                 "outputs": [{"name": "p"}], "parameters": {"a": [None]}}).encode()
             for kind, data in tensors]
    seeds += [b'\1{"inputs":[{"data":[1,[2,[3]]],"name":"x","shape":[3],"datatype":"FP16"}]}',
              b"\x48event: decision\ndata: {}\ndata: 2\n\n: note\n\ndata:x\n\n"]
elif target == "frames":
    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    def picture(width: int, height: int, depth: int, kind: int, woven: int, row: int, *more: bytes) -> bytes:
        rows = b"".join(b"\0" + bytes((7 * y + x) % 256 for x in range(row)) for y in range(height))
        return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, woven))
                + b"".join(more) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))

    pictures = [picture(5, 4, 8, 2, 0, 15), picture(5, 4, 8, 0, 0, 5), picture(3, 3, 16, 6, 0, 24),
                picture(4, 4, 8, 3, 0, 4, part(b"PLTE", bytes(range(48))), part(b"tRNS", b"\0\x80")),
                picture(9, 2, 1, 0, 0, 2), picture(1, 1, 8, 4, 1, 2)]
    # A grey JPEG of 8 by 8 with the shortest tables, and one that Exif turns.
    grey = (b"\xff\xd8\xff\xdb\0\x43\0" + bytes([16] * 64) + b"\xff\xc0\0\x0b\x08\0\x08\0\x08\1\1\x11\0"
            + b"\xff\xc4\0\x14\0\1" + bytes(15) + b"\0" + b"\xff\xc4\0\x14\x10\1" + bytes(15) + b"\0"
            + b"\xff\xda\0\x08\1\1\0\0\x3f\0\x3f\xff\xd9")
    exif = b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    turned = grey[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + grey[2:]
    seeds = [bytes([number]) + frame for number, frame in enumerate([*pictures, grey, turned, grey, turned])]
elif target == "spool":
    with tempfile.TemporaryDirectory() as scratch:
        path = f"{scratch}/s"
        db = sqlite3.connect(path)
        db.execute("PRAGMA page_size=512")
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB, c REAL, d INTEGER)")
        db.execute("CREATE TABLE w (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID")
        db.execute("CREATE INDEX i ON t (a, d)")
        for number in range(12):
            row = (f"n{number}\u00e9", bytes(200 * (number % 5)), number / 3, (-1) ** number << 5 * number)
            db.execute("INSERT INTO t (a, b, c, d) VALUES (?, ?, ?, ?)", row)
            db.execute("INSERT INTO w VALUES (?, ?)", (f"k{number}" * 9, bytes(60)))
        db.commit()
        db.close()
        pages = pathlib.Path(path).read_bytes()
    # A page alone, and one before those that it may point to.
    for start in range(0, len(pages), 512):
        seeds += [b"\0" + pages[start:start + 512], b"\1" + pages[start:start + 2048]]
    seeds.append(b"\x80" + pages[:1024])
    frame = struct.pack(">IIIIII", 1, 1, 7, 9, 0, 0) + bytes(64)
    seeds.append(b"\4" + struct.pack(">IIIIIIII", 0x377F0682, 3007000, 64, 0, 7, 9, 0, 0) + frame * 3)
    seeds += [b"\5" + bytes(100), b"\5(\xb5/\xfd \x04!\0\0abcd", b"\6\1\0a\2\0bcd", b"\7abcdefghijklmnop"]
elif target == "settings":
    for path in [*pathlib.Path("Policies").glob("*/*.yaml"), *pathlib.Path("Integration/models").glob("*/*/*/*.yaml")]:
        if path.stat().st_size < 4096:
            seeds.append(path.read_bytes())
    seeds += [b"a: &x [1, 2]\nb: *x\n", b"a: |\n  text\nb: >-\n  more\n", b"%YAML 1.2\n---\na: !!str 1\n",
              b"{a: {b: [c, {d: 'e'}]}}", b"a: 250ms\nspool: 1GiB\nflag: yes\n"]
for number, seed in enumerate(seeds):
    (folder / f"{number:04}").write_bytes(seed)
