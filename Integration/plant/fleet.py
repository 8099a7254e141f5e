# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Everything in the plant together: who measures next, on which topic, and what is true."""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from typing import Iterator

from . import bearing, inspection, pump, vitals


@dataclass
class Sent:
    """One message and the truth about it."""

    topic: str
    payload: dict
    policy: str
    device: str
    n: int
    truth: str

    def text(self) -> str:
        return json.dumps(self.payload, separators=(",", ":"))


class Fleet:
    """Machines, stations, beds and pumps that take turns at their own pace.

    Numbers count from 1 for each device. The first message of a longer run is the same as that of
    a shorter one with the same seed.
    """

    def __init__(self, seed: int | str = 1, machines: int = 24, stations: int = 3, beds: int = 6,
                 pumps: int = 5):
        # (share of the traffic, device) by kind: a bed speaks less often than a machine.
        self._turns: list[tuple[float, int, float, object]] = []
        self._devices = 0
        for i in range(machines):
            line, name = "ab"[i % 2], f"m{i + 1:02d}"
            source = bearing.Machine(f"{seed}/{line}/{name}", stage_length=(20, 60))
            self._add(4.0, _Bearing(source, line, name))
        for i in range(stations):
            self._add(10.0, _Inspection(inspection.Station(f"{seed}/{i}"), "a", f"s{i + 1}"))
        for i in range(beds):
            self._add(4.0, _Vitals(vitals.Patient(f"{seed}/{i}"), "west", f"bed{i + 1}"))
        for i in range(pumps):
            self._add(10.0, _Pump(pump.Pump(f"{seed}/{i}"), "ab"[i % 2], f"p{i + 1}"))

    def _add(self, rate: float, device) -> None:
        # Devices start spread over one period, so that they do not speak in chorus.
        offset = (self._devices * 0.381966) % 1.0
        heapq.heappush(self._turns, (offset / rate, self._devices, 1.0 / rate, device))
        self._devices += 1

    def messages(self, clock) -> Iterator[Sent]:
        """Endless; `clock()` is the time in milliseconds for the next message."""
        while True:
            due, order, period, device = heapq.heappop(self._turns)
            heapq.heappush(self._turns, (due + period, order, period, device))
            yield device.next(clock())


@dataclass
class _Bearing:
    machine: bearing.Machine
    line: str
    name: str
    n: int = 0

    def next(self, ts: int) -> Sent:
        self.n += 1
        reading = self.machine.measure()
        return Sent(
            f"plant/{self.line}/machines/{self.name}/vibration",
            bearing.payload(reading, ts, self.n, self.machine.serial),
            "bearing-wear", f"{self.line}/{self.name}", self.n, reading.truth,
        )


@dataclass
class _Inspection:
    station: inspection.Station
    line: str
    name: str
    n: int = 0

    def next(self, ts: int) -> Sent:
        self.n += 1
        part = self.station.measure()
        return Sent(
            f"plant/{self.line}/inspection/{self.name}",
            inspection.payload(part, ts, self.n),
            "quality-inspection", f"{self.line}/{self.name}", self.n, part.truth,
        )


@dataclass
class _Vitals:
    patient: vitals.Patient
    ward: str
    bed: str
    n: int = 0

    def next(self, ts: int) -> Sent:
        self.n += 1
        signs = self.patient.measure()
        return Sent(
            f"ward/{self.ward}/patients/{self.bed}/vitals",
            vitals.payload(signs, ts, self.n, self.patient.name, self.patient.patient_id),
            "vital-signs", f"{self.ward}/{self.bed}", self.n, signs.truth,
        )


@dataclass
class _Pump:
    """Its clock is the plant's: a reading a minute, however fast the show plays them."""

    pump: pump.Pump
    line: str
    name: str
    n: int = 0
    start: int = 0

    def next(self, ts: int) -> Sent:
        self.n += 1
        # Some weeks ago, so that a long show does not overtake the present.
        self.start = self.start or ts - 28 * 86_400_000
        ts = self.start + 60_000 * self.n
        told = self.pump.measure()
        return Sent(
            f"plant/{self.line}/pumps/{self.name}/telemetry",
            pump.payload(told, ts, self.n),
            "pump-trend", f"{self.line}/{self.name}", self.n, told.truth,
        )
