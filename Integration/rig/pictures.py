# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Small pictures of noise, each like no other, and the search for anything of them in what went over a wire: as the
file, as pixels, as a model's numbers, written as they are, in Base64, in hexadecimal or as decimal text."""

from __future__ import annotations

import base64
import binascii
import itertools
import random
import re
import struct
import zlib

WIDTH, HEIGHT = 12, 8
# The parts that are looked for: so much is no chance.
BYTES, NUMBERS = 12, 6
SIGNATURE = b"\x89PNG\r\n\x1a\n"
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
HEXADECIMAL = re.compile(rb"(?:[0-9a-f]{2}){16,}|(?:[0-9A-F]{2}){16,}")


class Picture:
    """A PNG of random colours."""

    def __init__(self, seed: str):
        self.pixels = random.Random(seed).randbytes(3 * WIDTH * HEIGHT)
        rows = b"".join(b"\0" + self.pixels[3 * WIDTH * y:3 * WIDTH * (y + 1)] for y in range(HEIGHT))
        self.file = SIGNATURE + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in ((b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)),
                               (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")))
        self.planes = b"".join(self.pixels[colour::3] for colour in range(3))

    @property
    def text(self) -> str:
        return base64.b64encode(self.file).decode()


class Search:
    """Every part of many pictures, in every writing, by name; and the look for any of them in what was heard.

    Twice the length of a part in a row is always found, wherever it begins.
    """

    def __init__(self, pictures: dict[str, Picture]):
        # By their length.
        self.parts: dict[int, dict[bytes, tuple[str, str]]] = {}
        self.runs: dict[tuple[int, ...], str] = {}
        for name, picture in pictures.items():
            # A file's first and last bytes are every PNG's.
            marks = [("the file", BYTES, picture.file[41:-16])]
            for values in (picture.pixels, picture.planes):
                marks.append(("its pixels", BYTES, values))
                for order, size, scale in itertools.product("<>", "fd", (1, 255)):
                    width = struct.calcsize(size)
                    packed = struct.pack(f"{order}{len(values)}{size}", *(value / scale for value in values))
                    marks.append((f"numbers of {width} bytes", NUMBERS * width, packed))
                self.runs |= dict.fromkeys(windows(list(values)), name)
            for what, length, mark in marks:
                for place in range(0, len(mark) - length + 1, length):
                    self.parts.setdefault(length, {})[mark[place:place + length]] = (name, what)

    def found(self, heard: bytes) -> dict[str, set[str]]:
        """Which pictures anything is there of, and in which writings."""
        found: dict[str, set[str]] = {}
        plain = heard.replace(b"\\/", b"/")
        for how, piece in pieces(plain):
            for length, parts in self.parts.items():
                for place in range(len(piece) - length + 1):
                    if hit := parts.get(piece[place:place + length]):
                        found.setdefault(hit[0], set()).add(f"{hit[1]} {how}")
        numbers = [float(text) for text in NUMBER.findall(plain)]
        for how, scale in (("as samples", 1), ("as numbers from 0 to 1", 255)):
            for window in windows([whole(number * scale) for number in numbers]):
                if name := self.runs.get(window):
                    found.setdefault(name, set()).add(how)
        return found


def pieces(plain: bytes) -> list[tuple[str, bytes]]:
    """What was heard, as it is and with everything in it decoded that is written in another way."""
    found = [("as it is", plain)]
    for run in BASE64.findall(plain):
        run = run.replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            part = run[start:]
            found.append(("in Base64", binascii.a2b_base64(part[:len(part) // 4 * 4])))
    for run in HEXADECIMAL.findall(plain):
        found.append(("in hexadecimal", bytes.fromhex(run.decode())))
    for how, piece in list(found):
        if pixels := shown(piece):
            found.append((f"as another PNG {how}", pixels))
    return found


def whole(number: float) -> int:
    """A colour's sample; -1 for what is none."""
    near = round(number) if abs(number) < 1e6 else -1
    return near if 0 <= near <= 255 and abs(number - near) < 0.01 else -1


def windows(values: list[int]) -> set[tuple[int, ...]]:
    """Every few numbers in a row that are all samples, and not all alike."""
    every = (tuple(values[at:at + NUMBERS]) for at in range(len(values) - NUMBERS + 1))
    return {window for window in every if min(window) >= 0 and len(set(window)) > 3}


def shown(piece: bytes) -> bytes:
    """The samples of every PNG in it (8 bits each; the filters of its section 9)."""
    samples = b""
    at = piece.find(SIGNATURE)
    while at >= 0:
        try:
            samples += _samples(piece[at + len(SIGNATURE):])
        except (struct.error, zlib.error, IndexError):
            pass
        at = piece.find(SIGNATURE, at + 1)
    return samples


def _samples(chunks: bytes) -> bytes:
    packed, width, depth = b"", 0, 1
    while len(chunks) >= 8:
        (length,), kind = struct.unpack(">I", chunks[:4]), chunks[4:8]
        if kind == b"IHDR":
            width, depth = struct.unpack(">I", chunks[8:12])[0], {0: 1, 2: 3, 4: 2, 6: 4}.get(chunks[17], 1)
        elif kind == b"IDAT":
            packed += chunks[8:8 + length]
        elif kind == b"IEND":
            break
        chunks = chunks[12 + length:]
    rows, stride = zlib.decompress(packed), width * depth
    result, before = b"", bytes(stride)
    for start in range(0, len(rows), stride + 1):
        line = bytearray(rows[start + 1:start + 1 + stride])
        for i in range(len(line)):
            left = line[i - depth] if i >= depth else 0
            up, corner = before[i], before[i - depth] if i >= depth else 0
            line[i] = (line[i] + _predicted(rows[start], left, up, corner)) & 255
        before = bytes(line)
        result += before
    return result


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        guess = left + up - corner
        return min((left, up, corner), key=lambda value: abs(guess - value))
    return (0, left, up, (left + up) // 2)[kind]
