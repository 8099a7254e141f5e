# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A cloud: a real HTTP server that speaks the Open Inference Protocol and does as it is told.

Told to be slow, to fail, to answer garbage or to hang, it still counts every call by its
idempotency key, so that a scenario can say what was asked twice.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import Callable

from .web import Handler, Site

Answer = Callable[[str, list[float]], tuple[int, list[float]]]


def always(index: int, labels: int = 3, sure: float = 0.99) -> Answer:
    """A model that says the same of everything."""
    rest = (1 - sure) / (labels - 1)
    probabilities = [sure if i == index else rest for i in range(labels)]
    return lambda model, row: (index, probabilities)


class Cloud(Site):
    """A scriptable inference server on a free loopback port, in threads of this process."""

    def __init__(self, answer: Answer = always(2)):
        super().__init__()
        self.handler = _Asked
        self.answer = answer
        self.delay = 0.0
        self.status = 200
        self.garbage: bytes | None = None
        self.is_hanging = False
        # Asked with the key and the body of each call what becomes of it; see nasty.py.
        self.mischief: Callable[[str | None, bytes], str] | None = None
        self.keeps_bodies = True
        self.hook: Callable[[str, bytes, dict], None] | None = None
        self.calls = 0
        self.rows = 0
        self.keys: Counter[str] = Counter()
        self.bodies: list[bytes] = []
        # The `traceparent` fields of the calls that had one.
        self.parents: set[str] = set()
        self.hooks: list[tuple[str, bytes]] = []
        self._released = threading.Event()

    def start(self) -> "Cloud":
        """Listens; after `stop` on the same port again."""
        self._released.clear()
        return super().start()

    def stop(self) -> None:
        """Is gone: connections are cut, new ones refused, and who hangs is let go."""
        self._released.set()
        super().stop()

    def infer(self, model: str, request: dict) -> dict:
        """An infer request's answer."""
        tensor = request["inputs"][0]
        rows, width = tensor["shape"]
        flat = _flat(tensor["data"])
        labels, probabilities = [], []
        for i in range(rows):
            label, p = self.answer(model, flat[i * width : (i + 1) * width])
            labels.append(label)
            probabilities.extend(p)
        with self.lock:
            self.rows += rows
        return {
            "model_name": model,
            "model_version": "1",
            **({"id": request["id"]} if "id" in request else {}),
            "outputs": [
                {"name": "label", "datatype": "INT64", "shape": [rows], "data": labels},
                {
                    "name": "probabilities",
                    "datatype": "FP32",
                    "shape": [rows, len(probabilities) // rows],
                    "data": probabilities,
                },
            ],
        }


def _flat(data) -> list[float]:
    if data and isinstance(data[0], list):
        return [value for row in data for value in _flat(row)]
    return data


class _Asked(Handler):
    site: Cloud

    def misbehave(self, kind: str, body: bytes) -> bool:
        """Does what was drawn; false when that is to answer well."""
        if kind == "well":
            return False
        if kind in ("500", "429"):
            self.send_response(int(kind))
            if kind == "429":
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return True
        if kind == "garbage":
            self.reply(200, b'{"outputs": [{"name": "label", "data": [')
            return True
        if kind == "hang":
            self.site._released.wait(5)
        elif kind == "cut":
            model = self.path.split("/v2/models/")[1].split("/")[0]
            answer = json.dumps(self.site.infer(model, json.loads(body))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer[: len(answer) // 2])
        self.close_connection = True
        return True

    def do_GET(self) -> None:
        if self.site.is_hanging:
            self.site._released.wait()
            return
        time.sleep(self.site.delay)
        body = {"live": True, "ready": True, "name": self.path.split("/")[-1]}
        self.reply(self.site.status, json.dumps(body).encode())

    def do_POST(self) -> None:
        cloud = self.site
        body = self.body()
        if "/v2/models/" not in self.path:
            with cloud.lock:
                cloud.hooks.append((self.path, body))
            if cloud.hook:
                cloud.hook(self.path, body, dict(self.headers))
            self.reply(200, b"{}")
            return
        key = self.headers.get("Idempotency-Key")
        with cloud.lock:
            cloud.calls += 1
            if cloud.keeps_bodies:
                cloud.bodies.append(body)
            if parent := self.headers.get("traceparent"):
                cloud.parents.add(parent)
            if key:
                cloud.keys.update(part.strip() for part in key.split(","))
        if cloud.mischief and self.misbehave(cloud.mischief(key, body), body):
            return
        if cloud.is_hanging:
            cloud._released.wait()
            return
        if cloud.delay:
            cloud._released.wait(cloud.delay)
        if cloud._released.is_set():
            return
        if cloud.garbage is not None:
            self.reply(cloud.status, cloud.garbage)
        elif cloud.status != 200:
            self.reply(cloud.status, b'{"error": "told to fail"}')
        else:
            model = self.path.split("/v2/models/")[1].split("/")[0]
            try:
                self.reply(200, json.dumps(cloud.infer(model, json.loads(body))).encode())
            except (KeyError, ValueError, TypeError) as problem:
                self.reply(400, json.dumps({"error": repr(problem)}).encode())
