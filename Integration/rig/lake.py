# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A lake: a real HTTP server that takes JSON lines in bulk, refuses those it is told to, and keeps the
order in which it took the others."""

from __future__ import annotations

import gzip
import json
from typing import Callable

from .web import Handler, Site


class Lake(Site):
    """A scriptable store on a free loopback port, in threads of this process."""

    def __init__(self):
        super().__init__()
        self.handler = _Bulk
        self.refuses: Callable[[dict], bool] = lambda line: False
        self.lines: list[dict] = []
        self.calls = 0
        self.largest = 0
        self.refused = 0
        self.batch_keys: list[str] = []
        self.raw: list[bytes] = []

    @property
    def url(self) -> str:
        return f"{super().url}/lines"

    def take(self, key: str | None, body: bytes) -> int:
        """One bulk: all of it or, when one line is refused, nothing."""
        lines = [json.loads(line) for line in body.splitlines()]
        with self.lock:
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


class _Bulk(Handler):
    site: Lake

    def do_POST(self) -> None:
        body = self.body()
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        status = self.site.take(self.headers.get("Idempotency-Key"), body)
        answer = b"{}" if status == 200 else b'{"error": "told to refuse"}'
        self.reply(status, answer)
