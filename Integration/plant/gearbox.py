# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Gearboxes on their way to a broken tooth: the vibration grows faster and faster towards the end.

What is true is how many hours are left; beyond `HORIZON` nothing can be heard yet.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

HORIZON = 150.0  # hours
SAMPLES = 128
SAMPLE_RATE = 6400.0  # Hz


@dataclass(frozen=True)
class Reading:
    """One measurement and the hours that are left."""

    vib: list[float]
    temp: float
    hours_left: float


class Gearbox:
    """One gearbox; each has its own build, load and mounting."""

    def __init__(self, seed: int | str):
        self.random = random.Random(f"gearbox/{seed}")
        r = self.random
        self.mesh = r.uniform(560.0, 640.0)  # Hz, teeth that meet in a second
        self.build = r.uniform(0.9, 1.1)
        self.noise = r.uniform(0.08, 0.11)
        self.ambient = r.uniform(20.0, 24.0)

    def measure(self, hours_left: float) -> Reading:
        """A window of 20 ms, `hours_left` before the tooth breaks."""
        r = self.random
        damage = math.exp(-hours_left / 45.0)
        load = r.uniform(0.85, 1.1)
        phase = r.uniform(0, math.tau)
        step = math.tau * self.mesh / SAMPLE_RATE
        vib = [
            self.build * load * (0.3 + 0.25 * damage) * math.sin(phase + step * i)
            + r.gauss(0, self.noise * (1 + 1.5 * damage))
            for i in range(SAMPLES)
        ]
        # The cracked tooth comes round about three times a window.
        at = r.uniform(0, SAMPLES / 3)
        while at < SAMPLES:
            for i in range(int(at), min(SAMPLES, int(at) + 12)):
                vib[i] += 3.2 * damage * load * math.exp(-(i - at) / 4) * math.sin(1.9 * (i - at))
            at += SAMPLES / 3 * r.uniform(0.95, 1.05)
        temp = self.ambient + 22.0 * load + 18.0 * damage + r.gauss(0, 0.6)
        return Reading([round(v, 4) for v in vib], round(temp, 2), hours_left)


def payload(reading: Reading, ts: int, n: int) -> dict:
    """The message a vibration sensor publishes."""
    return {"ts": ts, "n": n, "vib": reading.vib, "temp": reading.temp}
