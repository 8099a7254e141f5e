# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A network that can be told to misbehave: a TCP proxy in a thread of its own.

With certificates it ends TLS on one side and begins it anew on the other, and gathers what the broker
sends, so that several MQTT packets share a TLS record.
"""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
import struct
import threading
from concurrent.futures import Future

from .process import Failed, free_port


class Proxy:
    """Everything that comes to `port` goes to `upstream`, and back; settings may change at any time."""

    def __init__(self, upstream: int, server: ssl.SSLContext | None = None,
                 client: ssl.SSLContext | None = None):
        self.upstream = upstream
        self.port = free_port()
        self.is_black_hole = False
        self.delay = 0.0
        self.slice = 0
        self.flip = 0.0
        self.gather = 0.0
        # What went up, byte for byte, when it is a bytearray.
        self.heard: bytearray | None = None
        self.connections = 0
        self.flipped = 0
        self._server, self._client = server, client
        self._chance = random.Random(11)
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        # A connection that ends while its handshake goes on is no news here.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._ready: Future = Future()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"{'mqtts' if self._server else 'mqtt'}://127.0.0.1:{self.port}"

    def start(self) -> "Proxy":
        self._thread.start()
        self._ready.result(10)
        return self

    def stop(self) -> None:
        if not self._thread.is_alive():
            return

        async def end() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0.05)
            self._loop.stop()

        asyncio.run_coroutine_threadsafe(end(), self._loop)
        self._thread.join(5)

    def reset(self) -> int:
        """RST to both ends of every connection; how many there were."""

        def cut() -> int:
            count = 0
            for writer in list(self._open):
                raw = writer.get_extra_info("socket")
                if raw is not None:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                count += 1
            return count // 2

        return asyncio.run_coroutine_threadsafe(_as_coroutine(cut), self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(asyncio.start_server(
                self._serve, "127.0.0.1", self.port, ssl=self._server, limit=1 << 20))
        except OSError as problem:
            self._ready.set_exception(Failed(f"the proxy cannot listen: {problem}"))
            return
        self._ready.set_result(None)
        self._loop.run_forever()
        server.close()

    async def _serve(self, reader, writer) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection(
                "127.0.0.1", self.upstream, ssl=self._client, limit=1 << 20)
        except OSError:
            writer.transport.abort()
            return
        self.connections += 1
        ends = (writer, up_writer)
        for end in ends:
            raw = end.get_extra_info("socket")
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.update(ends)
        pumps = [asyncio.ensure_future(self._pump(reader, up_writer, False)),
                 asyncio.ensure_future(self._pump(up_reader, writer, True))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for end in ends:
                self._open.discard(end)
                end.transport.abort()

    async def _pump(self, reader, writer, is_down: bool) -> None:
        try:
            while data := await reader.read(1 << 16):
                if self.heard is not None and not is_down:
                    self.heard += data
                while self.is_black_hole:
                    await asyncio.sleep(0.05)
                if self.delay:
                    await asyncio.sleep(self.delay)
                if is_down and self.gather:
                    data = await self._gathered(reader, data)
                if self.flip and self._chance.random() < self.flip:
                    damaged = bytearray(data)
                    damaged[self._chance.randrange(len(damaged))] ^= 1 << self._chance.randrange(8)
                    data = bytes(damaged)
                    self.flipped += 1
                # It may be set anew while a piece is under way, of which nothing may be left out.
                if size := self.slice:
                    for at in range(0, len(data), size):
                        writer.write(data[at:at + size])
                        await asyncio.sleep(0)
                else:
                    writer.write(data)
                await writer.drain()
        except (ConnectionError, ssl.SSLError, OSError, asyncio.IncompleteReadError):
            pass

    async def _gathered(self, reader, data: bytes) -> bytes:
        """What comes within a moment, in one piece and so in one record."""
        end = self._loop.time() + self.gather
        while len(data) < 16_000 and (left := end - self._loop.time()) > 0:
            try:
                more = await asyncio.wait_for(reader.read((1 << 14) - len(data)), left)
            except asyncio.TimeoutError:
                break
            if not more:
                break
            data += more
        return data


async def _as_coroutine(action):
    return action()
