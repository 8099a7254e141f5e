# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A hub's door as Azure IoT Hub keeps it, before a real broker: TLS, MQTT 3.1.1, a device's shared access
signature checked by its own arithmetic, one topic, QoS 1 at most, and out when the token ends.

(Azure IoT Hub, "Communicate with MQTT" and "Control access with shared access signatures".)
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ssl
import struct
import time
from urllib.parse import unquote

from .proxy import Proxy

LARGEST = 256 << 10
REFUSED = {"version": 1, "identifier": 2, "credentials": 5}


class Hub(Proxy):
    """Lets one device in; what it publishes goes to the broker behind."""

    def __init__(self, upstream: int, server: ssl.SSLContext, host: str, device: str, key: bytes):
        super().__init__(upstream, server=server)
        self.host, self.device, self.key = host, device, base64.b64encode(key).decode()
        # When each connection that was let in came, and when its token ends.
        self.admitted: list[tuple[float, int]] = []
        self.refused: list[str] = []
        self.expelled: list[str] = []

    def _judge(self, connect: bytes) -> tuple[str, int]:
        """What is wrong with a CONNECT (empty: nothing), and when its token ends."""
        name, rest = _text(connect)
        level, flags = rest[0], rest[1]
        if (name, level) != ("MQTT", 4):
            return "version", 0
        client, rest = _text(rest[4:])
        if client != self.device:
            return "identifier", 0
        if flags & 0xC0 != 0xC0 or flags & 0x04:
            return "credentials", 0
        user, rest = _text(rest)
        token, _ = _text(rest)
        if user != f"{self.host}/{self.device}/?api-version=2021-04-12":
            return "credentials", 0
        head, _, fields = token.partition(" ")
        said = dict(field.split("=", 1) for field in fields.split("&") if "=" in field)
        if head != "SharedAccessSignature" or set(said) != {"sr", "sig", "se"}:
            return "credentials", 0
        signed = hmac.new(base64.b64decode(self.key), f"{said['sr']}\n{said['se']}".encode(), hashlib.sha256)
        is_signed = hmac.compare_digest(unquote(said["sig"]), base64.b64encode(signed.digest()).decode())
        is_ours = unquote(said["sr"]) == f"{self.host}/devices/{self.device}"
        end = int(said["se"])
        return ("" if is_signed and is_ours and end > time.time() else "credentials"), end

    def _objection(self, kind: int, flags: int, body: bytes) -> str:
        """Why a packet ends the connection; empty where it does not."""
        if kind != 3:
            return ""
        topic, _ = _text(body)
        if not topic.startswith(f"devices/{self.device}/messages/events/"):
            return f"the topic {topic}"
        if (flags >> 1) & 3 > 1:
            return "QoS 2"
        return f"{len(body)} bytes" if len(body) > LARGEST else ""

    async def _serve(self, reader, writer) -> None:
        try:
            first = await asyncio.wait_for(_packet(reader), 10)
            problem, end = self._judge(first[1]) if first[0][0] >> 4 == 1 else ("version", 0)
            if problem:
                self.refused.append(problem)
                writer.write(bytes([0x20, 2, 0, REFUSED[problem]]))
                await writer.drain()
                writer.close()
                return
            self.admitted.append((time.time(), end))
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            writer.transport.abort()
            return
        ends = (writer, up_writer)
        self._open.update(ends)
        up_writer.write(b"".join(first))
        tasks = [asyncio.ensure_future(self._pump(up_reader, writer, True)),
                 asyncio.ensure_future(self._packets(reader, up_writer)),
                 asyncio.ensure_future(asyncio.sleep(max(0.0, end - time.time())))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[2] in done:
                self.expelled.append("the token has ended")
        finally:
            for task in tasks:
                task.cancel()
            for end in ends:
                self._open.discard(end)
                end.transport.abort()

    async def _packets(self, reader, writer) -> None:
        try:
            while True:
                head, body = await _packet(reader)
                objection = self._objection(head[0] >> 4, head[0] & 15, body)
                if objection:
                    self.expelled.append(objection)
                    return
                writer.write(head + body)
                await writer.drain()
        except (ConnectionError, ssl.SSLError, OSError, asyncio.IncompleteReadError):
            pass


def _text(data: bytes) -> tuple[str, bytes]:
    """A string with its length before it, and what is behind (MQTT 3.1.1, section 1.5.3)."""
    (length,) = struct.unpack_from(">H", data)
    return data[2:2 + length].decode(), data[2 + length:]


async def _packet(reader) -> tuple[bytes, bytes]:
    """One control packet: its fixed header and the rest."""
    head = await reader.readexactly(1)
    length = shift = 0
    while True:
        byte = await reader.readexactly(1)
        head += byte
        length |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            break
    return head, await reader.readexactly(length)
