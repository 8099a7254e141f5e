# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The parts' figures as a table, and against what they may come to.

    report.py RESULTS [--check] [--update]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from rig.results import commit, machine  # noqa: E402

THRESHOLDS = HERE / "thresholds.json"
# By how much a figure may be above its threshold: other versions of a library or compiler are not ours.
# Allocations of what waits for another thread differ by a few from run to run.
ROOM = {"allocations": 0.02, "instructions": 0.05}
LEAST = {"allocations": 0.05, "instructions": 5}
BESIDE = "spool beside SQLite in C"

Figures = dict[str, dict[str, float]]


def key(name: str) -> str:
    """A name without what files and tools change in it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def instructions(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Of each part: its name, how often it was done, and how many instructions that took."""
    found = {}
    for path in sorted(folder.glob("callgrind.out.*"), key=lambda path: int(path.suffix[1:])):
        text = path.read_text(errors="replace")
        said = re.search(r"^desc: Trigger: Client Request: (\d+) (.*)$", text, re.M)
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.M)
        # Where a thread has ended since the count before, callgrind can come out below nothing.
        if said and total and int(total[1]) < 1 << 62:
            found[key(said[2])] = (said[2], int(said[1]), int(total[1]))
    return found


def measured(folder: Path) -> dict[str, tuple[str, dict[str, float]]]:
    """The medians of every benchmark, by the names of their metrics."""
    found = {}
    for element in json.loads(next(folder.glob("*.jmh.json")).read_text()):
        # Its tool writes blanks so.
        name = element["benchmark"].partition("PartsBenchmarks.")[2].replace("_", " ")
        metrics = {title: statistics.median(metric["rawData"][0])
                   for title, metric in element["secondaryMetrics"].items()}
        found[key(name)] = (name, metrics)
    return found


def figures(folder: Path, names: list[str]) -> tuple[Figures, dict[str, float]]:
    """Of each part what doing it once costs, and what the spool's inserts came to beside SQLite's."""
    counted = instructions(folder)
    names_by_key = {key(name): name for name in names} | {place: one[0] for place, one in counted.items()}
    parts: Figures = {}
    beside: dict[str, float] = {}
    for place, (name, metrics) in measured(folder).items():
        if place == key(BESIDE):
            beside = {title: value for title, value in metrics.items() if "SQLite" in title or "spool" in title}
            continue
        times = metrics["times"]
        one = {"ns": 1000 * metrics["Time (wall clock)"] / times, "allocations": metrics["allocations"] / times}
        if place in counted:
            one["instructions"] = counted[place][2] / counted[place][1]
        parts[names_by_key.get(place, name)] = one
    # In the order in which the program has them, which callgrind's files keep.
    order = {name: number for number, name in enumerate(names_by_key.values())}
    return dict(sorted(parts.items(), key=lambda part: order.get(part[0], len(order)))), beside


def shown(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def table(parts: Figures, beside: dict[str, float]) -> str:
    lines = ["| part | ns | allocations | instructions |", "|---|---:|---:|---:|"]
    for name, one in parts.items():
        lines.append(f"| {name.replace('|', chr(92) + '|')} | {shown(one['ns'], 0 if one['ns'] >= 100 else 1)} "
                     f"| {shown(one['allocations'], 2)} | {shown(one.get('instructions'), 0)} |")
    if beside:
        lines += ["", "A row stored, 256 a commit, each commit on disk (synchronous=FULL, and a sync counted):",
                  *(f"- {title}: {value:,.0f}" for title, value in sorted(beside.items()))]
    return "\n".join(lines)


def exceeded(parts: Figures, thresholds: Figures) -> list[str]:
    """What is above its threshold, or has none, or is no longer there."""
    problems = []
    for name, limits in thresholds.items():
        if name not in parts:
            problems.append(f"{name}: was not measured")
            continue
        for figure, limit in limits.items():
            value = parts[name].get(figure)
            if value is not None and value > limit + max(LEAST[figure], ROOM[figure] * limit):
                problems.append(f"{name}: {value:,.2f} {figure}, and {limit:,.2f} are allowed")
    return problems + [f"{name}: no threshold, see --update" for name in parts if name not in thresholds]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("--check", action="store_true", help="fail above a threshold")
    parser.add_argument("--update", action="store_true", help="make these figures the thresholds")
    arguments = parser.parse_args()
    thresholds: Figures = json.loads(THRESHOLDS.read_text()) if THRESHOLDS.exists() else {}
    parts, beside = figures(arguments.results, list(thresholds))
    print(f"{machine()}; commit {commit()}; load {os.getloadavg()[0]:.1f}\n")
    print(table(parts, beside))
    if arguments.update:
        kept = {name: {figure: round(one[figure], 3) for figure in ROOM if figure in one}
                for name, one in parts.items()}
        THRESHOLDS.write_text(json.dumps(kept, indent=1) + "\n")
    if arguments.check:
        problems = exceeded(parts, thresholds)
        print("\n" + ("\n".join(problems) if problems else f"{len(parts)} parts: none above its threshold"))
        return 1 if problems else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
