# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Machines with one rolling bearing each: vibration, temperature and motor current.

A spall on the outer race is hit by every ball that rolls over it: a train of impulses at the
ball-pass frequency, each of which rings the housing at its own resonance and dies away. The
impulses grow with the size of the spall and with the load. What makes the task hard is what makes
it hard in a plant: imbalance and misalignment shake a healthy machine too, load changes everything
at once, and 64 samples hold only about two impulses.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

LABELS = ("healthy", "worn", "fault")

SAMPLE_RATE = 3200.0  # Hz, one message is a window of 20 ms
SAMPLES = 64
BALL_PASS_ORDER = 3.57  # outer-race impacts in one turn of the shaft (a 6205 bearing)

# Spall width in millimetres. Between the stages it grows quickly, so few messages fall in between.
SPALL = {"healthy": (0.0, 0.12), "worn": (0.5, 0.8), "fault": (1.5, 2.5)}


@dataclass(frozen=True)
class Reading:
    """One measurement: what the sensors said, and what was true."""

    vib: list[float]
    temp: float
    current: float
    truth: str


class Machine:
    """One machine with its own build, its own load and a bearing that wears, fails, is replaced."""

    def __init__(self, seed: int | str, stage_length: tuple[int, int] = (30, 90)):
        self.random = random.Random(f"bearing/{seed}")
        r = self.random
        self.stage_length = stage_length
        self.serial = f"SKB-{r.randrange(10**6):06d}"
        self.speed = r.uniform(24.0, 29.5)  # turns per second
        self.imbalance = r.uniform(0.06, 0.26)  # g at full load
        self.misalignment = r.uniform(0.01, 0.10)
        self.phase = r.uniform(0, math.tau)
        self.resonance = r.uniform(980.0, 1220.0)  # Hz
        self.decay = r.uniform(0.0009, 0.0015)  # s
        self.noise = r.uniform(0.05, 0.08)
        self.gain = r.uniform(0.97, 1.03)  # sensor mounting
        self.ambient = r.uniform(19.0, 25.0)
        self.rated_current = r.uniform(11.6, 12.4)
        self.load = r.uniform(0.6, 1.0)
        self.stage = "healthy"
        self.left = r.randint(*stage_length)
        self.spall = r.uniform(*SPALL["healthy"])
        self.target = self.spall
        self.temperature = self._steady_temperature()

    def _steady_temperature(self) -> float:
        return self.ambient + 24.0 * self.load**1.4 + 6.0 * math.sqrt(max(self.spall, 0.0))

    def _age(self) -> None:
        """One message further in the bearing's life."""
        r = self.random
        self.left -= 1
        if self.left <= 0:
            if self.stage == "fault":  # maintenance: a new bearing, warm machine
                self.stage = "healthy"
                self.spall = r.uniform(*SPALL["healthy"])
            else:
                self.stage = LABELS[LABELS.index(self.stage) + 1]
            self.target = r.uniform(*SPALL[self.stage])
            self.left = r.randint(*self.stage_length)
            if self.stage == "healthy":
                self.left = int(self.left * 1.6)
        self.spall += 0.85 * (self.target - self.spall) + r.gauss(0, 0.008)
        self.spall = max(0.0, self.spall)
        # Load wanders around 0.8 of rated; temperature follows with a lag of about ten messages.
        self.load += 0.06 * (0.8 - self.load) + r.gauss(0, 0.05)
        self.load = min(1.2, max(0.35, self.load))
        self.temperature += 0.1 * (self._steady_temperature() - self.temperature)

    @property
    def truth(self) -> str:
        """The stage by the spall's true size (not by the calendar: growth takes a few messages)."""
        return "fault" if self.spall > 1.2 else "worn" if self.spall > 0.35 else "healthy"

    def measure(self) -> Reading:
        """The next window of this machine's life."""
        self._age()
        r = self.random
        speed = self.speed * (1.02 - 0.03 * self.load)  # an induction motor slips under load
        turn = math.tau * speed / SAMPLE_RATE
        start = r.uniform(0, math.tau)
        a1 = self.imbalance * (0.55 + 0.45 * self.load)
        a2 = self.misalignment * self.load
        noise = self.noise * (1.0 + 0.35 * self.spall)  # a rough race also hisses
        sin, gauss = math.sin, r.gauss
        vib = [
            a1 * sin(start + turn * i) + a2 * sin(2 * (start + turn * i) + self.phase)
            + gauss(0.0, noise)
            for i in range(SAMPLES)
        ]
        self._ring(vib, speed)
        gain = self.gain
        return Reading(
            vib=[round(gain * v, 4) for v in vib],
            temp=round(self.temperature + gauss(0, 0.4), 2),
            current=round(
                self.rated_current * (0.28 + 0.72 * self.load) + 0.12 * self.spall
                + gauss(0, 0.12),
                3,
            ),
            truth=self.truth,
        )

    def _ring(self, vib: list[float], speed: float) -> None:
        """Adds the impulses of the spall, each with its ring-down."""
        if self.spall < 0.02:
            return
        r = self.random
        period = SAMPLE_RATE / (speed * BALL_PASS_ORDER)  # in samples
        strength = 1.15 * self.spall * self.load**0.8
        omega = math.tau * self.resonance / SAMPLE_RATE
        fade = math.exp(-1.0 / (SAMPLE_RATE * self.decay))
        # From one period before the window: its ring-down reaches in.
        at = r.uniform(-period, 0.0)
        while at < SAMPLES:
            hit = strength * r.uniform(0.85, 1.15)
            first = max(0, math.ceil(at))
            amplitude = hit * fade ** (first - at)
            for i in range(first, min(SAMPLES, first + 24)):
                vib[i] += amplitude * math.sin(omega * (i - at))
                amplitude *= fade
            at += period * r.gauss(1.0, 0.015)  # the cage slips a little


def payload(reading: Reading, ts: int, n: int, serial: str) -> dict:
    """The message a vibration sensor publishes."""
    return {
        "ts": ts,
        "n": n,
        "vib": {"samples": reading.vib},
        "temp": reading.temp,
        "current": reading.current,
        "serial": serial,
    }
