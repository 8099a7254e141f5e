# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Coolant pumps: four slow numbers a minute, none of which tells much by itself.

Demand follows the day and the shifts, and moves everything together. A *leak* lets the pressure sink
within a quarter of an hour; *cavitation* shakes the pump and makes flow and pressure flutter. Whether a
single reading is of a leak or of a busy shift can hardly be told: it takes some minutes of them.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

LABELS = ("normal", "leak", "cavitation")
FIELDS = ("pressure", "flow", "temp", "vibration")
DAY = 1440  # readings, one a minute


@dataclass(frozen=True)
class Telemetry:
    """One reading, and what was true."""

    pressure: float
    flow: float
    temp: float
    vibration: float
    truth: str


class Pump:
    """One pump with its own build. Faults come after `calm` readings, last about an hour and are repaired."""

    def __init__(self, seed: int | str, share_faults: float = 0.01, calm: int = 260):
        self.random = random.Random(f"pump/{seed}")
        r = self.random
        self.share_faults = share_faults
        self.calm = calm
        self.pressure = r.uniform(3.8, 4.4)  # bar
        self.flow = r.uniform(108.0, 128.0)  # litres a minute
        self.heat = r.uniform(38.0, 44.0)  # °C
        self.shake = r.uniform(1.3, 1.9)  # mm/s
        self.minute = r.randrange(DAY)
        self.wander = 0.0
        self.warmth = 0.0
        self.rest = calm
        self.fault = ""
        self.left = 0
        self.size = 0.0

    def _age(self) -> None:
        r = self.random
        self.minute += 1
        if self.left > 0:
            self.left -= 1
            self.size = min(1.0, self.size + (1 / 15 if self.fault == "leak" else 1 / 6))
            if self.left == 0:
                self.fault, self.size, self.rest = "", 0.0, self.calm // 2
        elif self.rest > 0:
            self.rest -= 1
        elif r.random() < self.share_faults:
            self.fault = r.choice(LABELS[1:])
            self.left = r.randint(60, 90)

    @property
    def truth(self) -> str:
        """The fault once it has begun to show."""
        return self.fault if self.size > 0.2 else "normal"

    def measure(self) -> Telemetry:
        """The next minute."""
        self._age()
        r = self.random
        hour = self.minute % DAY / 60
        shift = 0.5 if 6 <= hour < 22 else 0.0
        self.wander += 0.05 * -self.wander + r.gauss(0, 0.03)
        demand = shift + 0.25 * math.sin(math.tau * (hour - 9) / 24) + self.wander
        self.warmth += 0.04 * (demand - self.warmth)
        leak = self.size if self.fault == "leak" else 0.0
        foam = self.size if self.fault == "cavitation" else 0.0
        jitter = 1 + 2 * foam
        return Telemetry(
            pressure=round(self.pressure - 0.25 * demand - 0.8 * leak
                           + r.gauss(0, 0.03) * jitter, 3),
            flow=round(self.flow + 9 * demand + 2.5 * leak - 2 * foam + r.gauss(0, 0.8) * jitter, 2),
            temp=round(self.heat + 4 * self.warmth + r.gauss(0, 0.15), 2),
            vibration=round(max(0.1, self.shake + 0.25 * demand + 0.8 * foam
                                + r.gauss(0, 0.12) * jitter), 3),
            truth=self.truth,
        )


def payload(telemetry: Telemetry, ts: int, n: int) -> dict:
    """The message a pump's controller publishes."""
    return {
        "ts": ts,
        "n": n,
        "pressure": telemetry.pressure,
        "flow": telemetry.flow,
        "temp": telemetry.temp,
        "vibration": telemetry.vibration,
    }
