#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""How often a detector cries wolf on the demo's plant while nothing is wrong, a device and day.

    Integration/bench/alarms.sh [--detector ensemble] [--days 14] [--devices 4] [--threshold 0.9997]

Sound devices measure once a minute for so many days; `sluice detect` scores them. An alarm is a score of at
least the threshold that comes more than ten minutes after the last such one. The first day is for learning
and not counted. What share of the true faults is found is said for the pumps, which have some.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plant import bearing, inspection, pump, vitals  # noqa: E402

DAY = 1440
QUIET = 10
NEVER = (10**9, 10**9)
START = datetime(2026, 3, 2)

SOUND = {
    "pump pressure": (lambda seed: pump.Pump(seed, share_faults=0), "pressure"),
    "pump flow": (lambda seed: pump.Pump(seed, share_faults=0), "flow"),
    "pump temp": (lambda seed: pump.Pump(seed, share_faults=0), "temp"),
    "pump vibration": (lambda seed: pump.Pump(seed, share_faults=0), "vibration"),
    "machine temp": (lambda seed: bearing.Machine(seed, stage_length=NEVER), "temp"),
    "machine current": (lambda seed: bearing.Machine(seed, stage_length=NEVER), "current"),
    "patient heart_rate": (lambda seed: vitals.Patient(seed, share_episodes=0), "heart_rate"),
    "station weight": (lambda seed: inspection.Station(seed, share_bad=0), "weight"),
}


def scores(values: list[float], detector: str) -> list[float]:
    """The anomaly score of every value, by `sluice detect`."""
    text = io.StringIO("timestamp,value\n")
    text.seek(0, io.SEEK_END)
    for minute, value in enumerate(values):
        text.write(f"{START + timedelta(minutes=minute)},{value}\n")
    command = [os.environ["SLUICE"], "detect", "--csv", "-", "--detector", detector]
    said = subprocess.run(command, input=text.getvalue(), capture_output=True, text=True, check=True)
    found = [float(row["anomaly_score"]) for row in csv.DictReader(io.StringIO(said.stdout))]
    assert len(found) == len(values)
    return found


def alarms(scores: list[float], threshold: float) -> list[int]:
    """When an alarm begins."""
    begun, last = [], -QUIET - 1
    for minute, score in enumerate(scores):
        if score >= threshold:
            if minute - last > QUIET and minute >= DAY:
                begun.append(minute)
            last = minute
    return begun


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--detector", default="ensemble")
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--devices", type=int, default=4)
    parser.add_argument("--threshold", type=float, help="from where on; the detector's own without it")
    given = parser.parse_args()
    if given.threshold is None:
        given.threshold = 0.9997 if given.detector == "ensemble" else 0.9999
    counted = given.devices * (given.days - 1)
    print(f"{given.detector} at {given.threshold}: {given.devices} devices of a kind, "
          f"{given.days} days of a reading a minute, the first for learning\n")
    print("| stream | false alarms | a device and day |\n|---|--:|--:|")
    worst = 0.0
    for name, (make, field) in SOUND.items():
        total = 0
        for index in range(given.devices):
            device = make(f"alarms/{index}")
            values = [getattr(device.measure(), field) for _ in range(given.days * DAY)]
            total += len(alarms(scores(values, given.detector), given.threshold))
        worst = max(worst, total / counted)
        print(f"| {name} | {total} | {total / counted:.2f} |", flush=True)
    print(f"\nat most one a device and day: {'yes' if worst <= 1 else 'NO'} ({worst:.2f})\n")
    for field in pump.FIELDS:
        print(faults(given, field), flush=True)


def faults(given, field: str) -> str:
    """How many true faults of pumps are found while they last, by one field."""
    found, all_ = dict.fromkeys(pump.LABELS[1:], 0), dict.fromkeys(pump.LABELS[1:], 0)
    for index in range(given.devices):
        device = pump.Pump(f"alarms/{index}", share_faults=0.001, calm=DAY)
        told = [device.measure() for _ in range(given.days * DAY)]
        said = scores([getattr(one, field) for one in told], given.detector)
        begun = None
        for minute, one in enumerate(told):
            if one.truth != "normal" and (minute == 0 or told[minute - 1].truth == "normal"):
                begun = minute
            is_last = begun is not None and (minute + 1 == len(told) or told[minute + 1].truth == "normal")
            if begun is not None and is_last:
                all_[one.truth] += 1
                found[one.truth] += max(said[begun:minute + 1]) >= given.threshold
                begun = None
    return f"pump {field}: " + ", ".join(f"{found[kind]} of {all_[kind]} of {kind}" for kind in all_)


if __name__ == "__main__":
    main()
