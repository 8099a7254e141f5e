# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Bedside monitors: vital signs that wander, and now and then an episode.

An *acute* crisis breaks the bounds of the early-warning score. A *creeping* one breaks none of them:
the heart races, oxygen and breath follow a little, and only together do they tell. A *stirred*
patient has visitors or walks the corridor: the heart races too, and nothing is wrong.

`name` and `patient_id` are in the payload on purpose: they are what must never leave.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

LABELS = ("normal", "critical")
NAMES = ("Ada Quist", "Boris Lund", "Chen Wei", "Dora Falk", "Emil Ortega", "Farah Nour")


@dataclass(frozen=True)
class Vitals:
    """One set of vital signs, and whether the patient truly was in a crisis."""

    heart_rate: float
    spo2: float
    resp_rate: float
    temperature: float
    systolic: float
    truth: str


# What each kind of episode adds: heart rate, oxygen saturation, breaths.
EPISODES = {
    "acute": ((45, 70), (-14, -8), (8, 14)),
    "creeping": ((30, 44), (-3.4, -2.0), (4.0, 6.5)),
    "stirred": ((28, 44), (-0.8, 0.2), (0.5, 3.0)),
}
STILL = ((0, 0), (0, 0), (0, 0))


class Patient:
    """One patient: a stable baseline, and an episode some of the time (a bad day, for the show)."""

    def __init__(self, seed: int | str, share_episodes: float = 0.02):
        self.random = random.Random(f"vitals/{seed}")
        r = self.random
        self.share_episodes = share_episodes
        self.name = r.choice(NAMES)
        self.patient_id = f"MRN{r.randrange(10**7):07d}"
        self.base_rate = r.uniform(62.0, 84.0)
        self.rate = self.base_rate
        self.spo2 = r.uniform(95.5, 98.5)
        self.resp = r.uniform(13.0, 17.0)
        self.heat = r.uniform(36.4, 37.2)
        self.systolic = r.uniform(112.0, 134.0)
        self.measured = 0
        self.episode = ""
        self.left = 0

    def measure(self) -> Vitals:
        """The next set of vital signs. The first sixty are calm: a detector learns from them."""
        r = self.random
        self.measured += 1
        if self.left > 0:
            self.left -= 1
        elif self.measured > 60 and r.random() < self.share_episodes:
            self.episode = r.choice(tuple(EPISODES))
            self.left = r.randint(6, 12)
        else:
            self.episode = ""
        self.rate += 0.15 * (self.base_rate - self.rate) + r.gauss(0, 0.9)
        rate, spo2, resp = EPISODES.get(self.episode, STILL)
        acute = self.episode == "acute"
        return Vitals(
            heart_rate=round(self.rate + r.uniform(*rate) + r.gauss(0, 0.8), 1),
            spo2=round(min(100.0, self.spo2 + r.uniform(*spo2) + r.gauss(0, 0.4)), 1),
            resp_rate=round(self.resp + r.uniform(*resp) + r.gauss(0, 0.6), 1),
            temperature=round(self.heat + r.gauss(0, 0.05), 2),
            systolic=round(self.systolic - (r.uniform(20, 35) if acute else 0)
                           + r.gauss(0, 2.5), 1),
            truth="critical" if self.episode in ("acute", "creeping") else "normal",
        )


def payload(vitals: Vitals, ts: int, n: int, name: str, patient_id: str) -> dict:
    """The message a bedside monitor publishes."""
    return {
        "ts": ts,
        "n": n,
        "heart_rate": vitals.heart_rate,
        "spo2": vitals.spo2,
        "resp_rate": vitals.resp_rate,
        "temperature": vitals.temperature,
        "systolic": vitals.systolic,
        "name": name,
        "patient_id": patient_id,
    }
