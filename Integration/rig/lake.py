# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A lake: a real HTTP server that takes JSON lines in bulk, refuses those it is told to, and keeps the
order in which it took the others."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable


class Lake:
    """A scriptable store on a free loopback port, in threads of this process."""

    def __init__(self):
        self.refuses: Callable[[dict], bool] = lambda line: False
        self.lines: list[dict] = []
        self.calls = 0
        self.largest = 0
        self.refused = 0
        self.batch_keys: list[str] = []
        self.raw: list[bytes] = []
        self.port = 0
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/lines"

    def start(self) -> "Lake":
        """Listens; after `stop` on the same port again."""
        handler = type("Handler", (_Handler,), {"lake": self})
        self._server = _Server(("127.0.0.1", self.port), handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Is gone."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def take(self, key: str | None, body: bytes) -> int:
        """One bulk: all of it or, when one line is refused, nothing."""
        lines = [json.loads(line) for line in body.splitlines()]
        with self._lock:
            self.calls += 1
            self.raw.append(body)
            self.largest = max(self.largest, len(lines))
            if key:
                self.batch_keys.append(key)
            if any(self.refuses(line) for line in lines):
                self.refused += 1
                return 422
            self.lines += lines
        return 200


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_) -> None:
        """A caller that went away is what scenarios are about."""


class _Handler(BaseHTTPRequestHandler):
    lake: Lake
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self.lake._lock:
            self.lake._open.add(self.connection)

    def finish(self) -> None:
        with self.lake._lock:
            self.lake._open.discard(self.connection)
        try:
            super().finish()
        except OSError:
            pass

    def log_message(self, *_) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        status = self.lake.take(self.headers.get("Idempotency-Key"), body)
        answer = b"{}" if status == 200 else b'{"error": "told to refuse"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
