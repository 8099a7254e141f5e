# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Inspection stations: every part is weighed, measured in two directions and its gloss is read.

A good part varies; a bad one has a void (too light for its volume), is out of size, or is dull.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

LABELS = ("pass", "reject")

WIDTH, HEIGHT, WEIGHT, GLOSS = 40.0, 25.0, 120.0, 82.0  # mm, mm, g, gloss units


@dataclass(frozen=True)
class Part:
    """One inspected part: what the station measured, and what was true."""

    weight: float
    width: float
    height: float
    gloss: float
    truth: str


class Station:
    """One inspection station; about a quarter of its parts are bad (a bad day, for the show)."""

    def __init__(self, seed: int | str, share_bad: float = 0.25):
        self.random = random.Random(f"inspection/{seed}")
        self.share_bad = share_bad
        self.part_number = 0

    def measure(self) -> Part:
        """The next part on the belt."""
        r = self.random
        self.part_number += 1
        width = WIDTH + r.gauss(0, 0.09)
        height = HEIGHT + r.gauss(0, 0.17)
        density = 1.0 + r.gauss(0, 0.0025)
        gloss = GLOSS + r.gauss(0, 2.2)
        bad = r.random() < self.share_bad
        if bad:
            kind = r.choice(("void", "void", "size", "size", "dull"))
            if kind == "void":
                density -= r.uniform(0.012, 0.028)
            elif kind == "dull":
                gloss -= r.uniform(11.0, 24.0)
            else:
                side = r.choice((-1.0, 1.0))
                if r.random() < 0.5:
                    width += side * r.uniform(0.42, 0.9)
                else:
                    height += side * r.uniform(0.75, 1.3)
        weight = WEIGHT * density * (width / WIDTH) * (height / HEIGHT)
        return Part(
            weight=round(weight + r.gauss(0, 0.12), 3),
            width=round(width + r.gauss(0, 0.025), 3),
            height=round(height + r.gauss(0, 0.025), 3),
            gloss=round(gloss + r.gauss(0, 0.8), 2),
            truth="reject" if bad else "pass",
        )


def payload(part: Part, ts: int, n: int) -> dict:
    """The message an inspection station publishes."""
    return {
        "ts": ts,
        "n": n,
        "weight": part.weight,
        "width": part.width,
        "height": part.height,
        "gloss": part.gloss,
        "part": f"P{n:08d}",
    }
