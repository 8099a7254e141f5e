# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Everything the gateway publishes, kept in a file by a program that keeps up, and the books of it."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from .native import native
from .policies import URGENT
from .process import expect

Key = tuple[str, int]


class Books:
    """What was said of each message: an oracle that knows nothing but the events."""

    def __init__(self):
        self.first: dict[Key, set[str]] = {}
        self.ids: set[str] = set()
        self.repeats = 0
        self.made_final = 0
        self.provisional: set[str] = set()
        self.deferred: set[str] = set()
        self.last_words: dict[str, set[str]] = {}
        # By device and whether its row was urgent: order is kept inside a priority.
        self.verdict_order: dict[tuple[str, bool], list[int]] = {}
        self.decision: dict[str, Key] = {}
        self.last_at = 0.0
        self.odd = 0
        self.unnumbered: set[str] = set()

    def add(self, at: float, topic: str, body: dict) -> None:
        """Enters one event."""
        self.last_at = at
        data = body["data"]
        if "sequence" not in data:
            # Of a message that had no number any more; which one it was, nobody can say.
            self.unnumbered.add(body["id"])
            return
        key = (body["subject"], int(data["sequence"]))
        identity = body["id"]
        decision = identity.partition(":")[0]
        self.decision[decision] = key
        if identity in self.ids:
            self.repeats += 1
            # Decided again after a kill that came between event and commit, with the cloud's answer now.
            if topic.startswith("alerts/") and data["standing"] != "provisional":
                if decision in self.provisional:
                    self.provisional.discard(decision)
                    self.made_final += 1
            return
        self.ids.add(identity)
        if topic.startswith("alerts/"):
            self.first.setdefault(key, set()).add(decision)
            if data["standing"] == "provisional":
                self.provisional.add(decision)
        else:
            if data["route"] == "defer":
                # Not acted on here: the cloud's word is the first and the last.
                self.first.setdefault(key, set()).add(decision)
                self.deferred.add(decision)
            words = self.last_words.setdefault(decision, set())
            if not words:
                stream = (key[0], data.get("rule") in URGENT)
                self.verdict_order.setdefault(stream, []).append(key[1])
            words.add(data["standing"])

    def without_last_word(self) -> set[str]:
        """Provisional decisions that nothing was said of afterwards."""
        return self.provisional - self.last_words.keys()

    def twice(self) -> list[Key]:
        """Messages decided under more than one id."""
        return [key for key, decisions in self.first.items() if len(decisions) > 1]

    def out_of_order(self) -> int:
        """Verdicts that came after a later one of the same device and priority."""
        wrong = 0
        for numbers in self.verdict_order.values():
            most = 0
            for number in numbers:
                wrong += number < most
                most = max(most, number)
        return wrong


class Collector:
    """The program, and the books kept of what it wrote so far."""

    def __init__(self, folder: Path, port: int, filters: list[str], name: str = "collector"):
        self.path = folder / f"{name}.events"
        self.books = Books()
        self._offset = 0
        self._process = subprocess.Popen(
            [native("collector"), str(port), name, str(self.path), *filters],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )
        expect(self._process.stdout.readline().strip() == "ready", f"{name} is subscribed")

    def read(self) -> Books:
        """Enters what has come since the last time."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            text = file.read()
        end = text.rfind(b"\n") + 1
        self._offset += end
        for line in text[:end].splitlines():
            at, _, rest = line.partition(b"\t")
            topic, _, payload = rest.partition(b"\t")
            try:
                self.books.add(float(at), topic.decode(), json.loads(payload))
            except (ValueError, KeyError, TypeError):
                self.books.odd += 1
        return self.books

    def has_grown(self) -> bool:
        """Whether something has come that is not entered yet."""
        return self.path.stat().st_size > self._offset

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
