# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The suite's figures as tables of medians and ratios, as JSON, and as the page the repository keeps."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import plots
from rig.results import commit, kind_of_build, machine

GOALS = {
    ("fed, QoS 0", "msg/s", "drained"): 0.6,
    ("fed, QoS 1", "CPU", "loop_start"): 1.0,
    ("fed, QoS 0", "msg per CPU s", "Python"): 15,
    ("fed, QoS 1", "msg per CPU s", "Python"): 8,
    ("1,000 msg/s", "p99", "echo"): 1.3,
    ("10,000 msg/s", "p99", "Python"): 1 / 20,
    ("parts, QoS 1", "CPU", "sum of the bare parts"): 1.15,
    ("broker, QoS 1", "msg/s", "loop_start"): 0.95,
    ("broker, QoS 1", "CPU", "loop_start"): 1.0,
}

UNITS = {"rate": "msg/s", "cpu": "CPU µs/msg", "p50": "p50 µs", "p99": "p99 µs", "p999": "p99.9 µs",
         "memory": "resident MB", "resident": "resident MB", "own": "private MB", "start": "start ms",
         "loaded": "resident MB, loaded", "own_loaded": "private MB, loaded",
         "library": "libmosquitto's"}

# What the goals say of single figures.
LIMITS = {("idle", "sluice", "start"): 150, ("idle", "sluice", "own"): 15,
          ("idle", "sluice", "resident"): 92, ("allocations, QoS 0", "sluice", "own"): 0,
          ("allocations, QoS 1", "sluice", "own"): 0}

Figures = dict[tuple[str, str, str], list[float]]


@dataclass
class Conditions:
    """Under what it was measured."""

    seconds: float
    load: float

    @property
    def text(self) -> str:
        return (f"{machine()}; {kind_of_build()}; commit {commit()}; load {self.load:.1f} before, "
                f"{self.seconds / 60:.1f} min, {datetime.now(timezone.utc):%Y-%m-%d}")


def unit(case: str, figure: str) -> str:
    if case.startswith("allocations"):
        return {"own": "own, a message", "library": "libmosquitto's, a message",
                "runtime": "ONNX Runtime's, a message"}[figure]
    if case == "idle" and figure == "cpu":
        return "% of a core"
    return UNITS.get(figure, figure)


def tables(figures: Figures, conditions: Conditions) -> str:
    return f"\n{conditions.text}\n\n{ratios(figures)}\n{measured(figures)}"


def measured(figures: Figures) -> str:
    lines = ["| case | subject | figure | median | least … most | goal |", "|---|---|---|---:|---|---|"]
    for (case, subject, name), values in figures.items():
        limit = LIMITS.get((case, subject, name))
        lines.append(f"| {case} | {subject} | {unit(case, name)} | {statistics.median(values):,.4g} "
                     f"| {min(values):,.4g} … {max(values):,.4g} | {'' if limit is None else limit} |")
    return "\n".join(lines) + "\n"


def ratios(figures: Figures) -> str:
    """Of two figures of the same round."""
    lines = ["| sluice / … | case | figure | ratio | least … most | goal |", "|---|---|---|---:|---|---|"]
    others = sorted({subject for _, subject, _ in figures} - {"sluice"})
    for (case, subject, name), values in figures.items():
        if subject != "sluice" or name not in ("rate", "cpu", "p50", "p99", "p999", "memory"):
            continue
        for other in others:
            theirs = figures.get((case, other, name))
            if not theirs:
                continue
            title = "CPU" if name == "cpu" else UNITS[name].split(" µs")[0]
            lines.append(ratio(case, title, other, [a / b for a, b in zip(values, theirs)]))
            if name == "cpu" and other == "Python":
                turned = [b / a for a, b in zip(values, theirs)]
                lines.append(ratio(case, "msg per CPU s", other, turned))
    return "\n".join(lines) + "\n"


def ratio(case: str, name: str, other: str, values: list[float]) -> str:
    goal = GOALS.get((case, name, other))
    return (f"| {other} | {case} | {name} | {statistics.median(values):.3g} | "
            f"{min(values):.3g} … {max(values):.3g} | {f'{goal:.3g}' if goal else ''} |")


def keep(path: Path, figures: Figures, conditions: Conditions) -> None:
    entries = [{"case": case, "subject": subject, "figure": name, "values": values}
               for (case, subject, name), values in figures.items()]
    path.write_text(json.dumps({"conditions": conditions.text, "figures": entries}, indent=1) + "\n")


def record(folder: Path, figures: Figures, conditions: Conditions) -> None:
    """Writes RESULTS.md and the pictures beside it."""
    drawn = plots.write(folder / "plots", figures, conditions.text)
    pictures = "".join(f"![{name.removesuffix('.svg')}](plots/{name})\n" for name in drawn)
    (folder / "RESULTS.md").write_text(
        "# What a message costs, as last measured\n\n"
        "`Integration/bench/run.sh --record` writes this page. Subjects take turns within a round; a ratio\n"
        "is of two figures of the same round, here the median over the rounds and the least and the most.\n"
        "Feeder, broker, cloud and subject share the machine.\n\n"
        f"- {conditions.text}\n\n## Ratios\n\n{ratios(figures)}\n"
        + (f"## Growth\n\n{pictures}\n" if drawn else "")
        + f"## Figures\n\n{measured(figures)}")
