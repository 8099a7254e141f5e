# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A cloud that misbehaves by lot, and keeps the books that a server which honours keys would keep."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter

MISCHIEF = ["500", "429", "hang", "swallow", "cut", "garbage"]


class Mischief:
    """What becomes of each call, and what was applied under which key.

    A message is recognised by the number it carries in the last column, so that one which comes under
    a second key is found out.
    """

    def __init__(self, share: float, seed: int = 10):
        self.share = share
        self.done: Counter[str] = Counter()
        self.keys_of: dict[int, set[str]] = {}
        self.applied: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, key: str | None, body: bytes) -> str:
        with self._lock:
            kind = "well"
            if self._chance.random() < self.share:
                kind = self._chance.choice(MISCHIEF)
            self.done[kind] += 1
            if kind not in ("500", "429", "hang"):
                self._apply(key, body)
            return kind

    def _apply(self, key: str | None, body: bytes) -> None:
        request = json.loads(body)
        tensor = request["inputs"][0]
        count, width = tensor["shape"]
        listed = request.get("parameters", {}).get("sluice_keys")
        keys = listed.split(",") if listed else [key or "none"]
        for row, name in zip(range(count), keys, strict=True):
            tag = int(tensor["data"][row * width + width - 1])
            self.keys_of.setdefault(tag, set()).add(name)
            self.applied[name] += 1

    @property
    def doubled(self) -> dict[int, set[str]]:
        """Messages that were applied under more than one key."""
        return {tag: keys for tag, keys in self.keys_of.items() if len(keys) > 1}
