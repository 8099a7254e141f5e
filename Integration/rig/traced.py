# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What a process did to its socket and its disk, in one order: strace's, read back.

strace stops a process before and after each call, so the order of its lines is the order of what could
have caused what. A call that was interrupted is in two lines: it began at the first and ended at the
second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = ["strace", "-f", "-qq", "-yy", "-xx", "-s", "262144", "-e",
           "trace=read,recvfrom,recvmsg,write,sendto,sendmsg,writev,pwrite64,pwritev,fsync,fdatasync"]
# strace's -xx writes paths in hexadecimal, too.
_CALL = re.compile(r"^(?:(\d+) +)?(\w+)\((\d+)<(.*?)>(?:, |\)|$| <unfinished)")
_RESUMED = re.compile(r"^(?:(\d+) +)?<\.\.\. (\w+) resumed>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_RESULT = re.compile(r"\) += (-?\d+)")


@dataclass
class Call:
    """One system call on a file or a socket."""

    name: str
    path: str
    begun: int
    ended: int = 0
    result: int = -1
    data: bytes = b""


@dataclass
class Stream:
    """One direction of a socket: its bytes, and between which lines each of them went."""

    bytes: bytearray = field(default_factory=bytearray)
    marks: list[tuple[int, int]] = field(default_factory=list)  # (end offset, line)

    def add(self, data: bytes, line: int) -> None:
        self.bytes += data
        self.marks.append((len(self.bytes), line))

    def line(self, offset: int) -> int:
        """The line at which the byte at `offset` went."""
        return next(line for end, line in self.marks if offset < end)

    def packets(self):
        """(first byte, body, offset of the first byte, offset of the last) of each MQTT packet."""
        at, data = 0, self.bytes
        while at + 2 <= len(data):
            length, shift, head = 0, 0, at + 1
            while True:
                if head >= len(data):
                    return
                length |= (data[head] & 127) << shift
                shift += 7
                head += 1
                if data[head - 1] < 128:
                    break
            if head + length > len(data):
                return
            yield data[at], bytes(data[head:head + length]), at, head + length - 1
            at = head + length


def _plain(text: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)


def _bytes(line: str) -> bytes:
    return b"".join(bytes.fromhex(found.replace("\\x", "")) for found in _TEXT.findall(line))


def calls(trace: Path) -> list[Call]:
    """The calls of a trace, in the order in which they began."""
    found: list[Call] = []
    open_calls: dict[str, Call] = {}
    with trace.open(errors="replace") as file:
        for number, line in enumerate(file):
            if resumed := _RESUMED.match(line):
                call = open_calls.pop(resumed[1] or "", None)
                if call is None or call.name != resumed[2]:
                    continue
            elif matched := _CALL.match(line):
                call = Call(matched[2], _plain(matched[4]), number)
                found.append(call)
                if "<unfinished ...>" in line:
                    call.data = _bytes(line)
                    open_calls[matched[1] or ""] = call
                    continue
            else:
                continue
            call.ended = number
            call.data = call.data or _bytes(line)
            if result := _RESULT.search(line):
                call.result = int(result[1])
    return found


@dataclass
class Verdict:
    """What came of it."""

    acknowledged: int = 0
    early: int = 0
    syncs: int = 0
    found_in_file: int = 0


def judge(trace: Path, port: int, file: str, token) -> Verdict:
    """Compares each PUBACK with the fsync that covers its message.

    A message is covered by an fsync of `file` that began after the message was read and something
    was written to the file since, and that ended before the PUBACK's write began. Where the message's
    `token(payload)` is found among what was written, it must have been written before that fsync, too.
    """
    reads: dict[str, Stream] = {}
    writes: dict[str, Stream] = {}
    stores: list[Call] = []
    syncs: list[Call] = []
    for call in calls(trace):
        if call.result < 0:
            continue
        if call.path.startswith("TCP") and f":{port}]" in call.path:
            if call.name in ("read", "recvfrom", "recvmsg"):
                reads.setdefault(call.path, Stream()).add(call.data[:call.result], call.ended)
            elif call.name in ("write", "sendto", "sendmsg", "writev"):
                writes.setdefault(call.path, Stream()).add(call.data[:call.result], call.begun)
        elif file in call.path:
            if call.name in ("fsync", "fdatasync"):
                syncs.append(call)
            elif call.name in ("write", "pwrite64", "pwritev", "writev"):
                stores.append(call)
    verdict = Verdict(syncs=len(syncs))
    for path, stream in writes.items():
        if path not in reads:
            continue
        _judge_connection(verdict, reads[path], stream, stores, syncs, token)
    return verdict


def _judge_connection(verdict, received: Stream, sent: Stream, stores, syncs, token) -> None:
    messages: dict[int, list[tuple[int, bytes]]] = {}
    for first, body, _, last in received.packets():
        if first >> 4 == 3 and first >> 1 & 3 == 1:
            topic = int.from_bytes(body[:2], "big")
            identifier = int.from_bytes(body[2 + topic:4 + topic], "big")
            messages.setdefault(identifier, []).append((received.line(last), body[4 + topic:]))
    for first, body, at, _ in sent.packets():
        if first >> 4 != 4:
            continue
        identifier = int.from_bytes(body[:2], "big")
        if not messages.get(identifier):
            continue
        came, payload = messages[identifier].pop(0)
        left = sent.line(at)
        mark = token(payload)
        since = [store for store in stores if came < store.begun < left]
        marked = [store for store in since if mark in store.data]
        verdict.found_in_file += bool(marked)
        written = min((s.ended for s in marked or since), default=None)
        is_covered = written is not None and any(
            written < sync.begun and sync.ended < left for sync in syncs)
        verdict.acknowledged += 1
        verdict.early += not is_covered
