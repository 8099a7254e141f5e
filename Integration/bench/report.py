# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The suite's figures as tables of medians and ratios, as JSON, and as the page the repository keeps."""

from __future__ import annotations

import json
import statistics
import textwrap
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

# What README shows besides: no goal, but what is asked first.
SHOWN = [("forward, QoS 1", "msg per CPU s", "ThingsBoard")]
README = Path(__file__).resolve().parents[2] / "README.md"

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
    return f"\n{conditions.text}\n\n{ratios(figures)}\n{whole(figures)}{measured(figures)}"


# What is told of each subject on the whole path, in one row.
WHOLE = ["rate", "cpu", "memory", "p50", "p99", "p999"]


def whole(figures: Figures) -> str:
    """The whole path's subjects, a row each, medians; nothing where it was not measured."""
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for (case, subject, name), values in figures.items():
        if case.startswith("whole, "):
            rows.setdefault((case.removeprefix("whole, "), subject), {})[name] = statistics.median(values)
    if not rows:
        return ""
    lines = ["| whole path | subject | " + " | ".join(UNITS[name] for name in WHOLE) + " |",
             "|---|---|" + "---:|" * len(WHOLE)]
    for (case, subject), found in rows.items():
        shown = (f"{found[name]:,.{0 if found[name] >= 100 else 1}f}" if name in found else "" for name in WHOLE)
        lines.append(f"| {case} | {subject} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n\n"


def measured(figures: Figures) -> str:
    lines = ["| case | subject | figure | median | least … most | goal |", "|---|---|---|---:|---|---|"]
    for (case, subject, name), values in figures.items():
        if case.startswith("whole, "):
            continue
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
            if name == "cpu" and other in ("Python", "ThingsBoard"):
                turned = [b / a for a, b in zip(values, theirs)]
                lines.append(ratio(case, "msg per CPU s", other, turned))
    return "\n".join(lines) + "\n"


def quotients(figures: Figures, case: str, title: str, other: str) -> list[float]:
    """Of the figure that a goal speaks of, one a round; none where it was not measured."""
    name = {"CPU": "cpu", "msg per CPU s": "cpu", "msg/s": "rate"}.get(title, title)
    ours, theirs = figures.get((case, "sluice", name)), figures.get((case, other, name))
    if not ours or not theirs:
        return []
    pairs = zip(theirs, ours) if title == "msg per CPU s" else zip(ours, theirs)
    return [a / b for a, b in pairs]


def readme(figures: Figures, conditions: Conditions) -> str:
    """README's section of figures: every goal's ratio, start and memory; nothing where one is missing."""
    rows = []
    for case, title, other in [*GOALS, *SHOWN]:
        found = quotients(figures, case, title, other)
        if not found:
            return ""
        goal = GOALS.get((case, title, other))
        rows.append(f"| {case} | {title} | {other} | {statistics.median(found):.3g} | "
                    f"{min(found):.3g} … {max(found):.3g} | {f'{goal:.3g}' if goal else ''} |")
    idle = {name: statistics.median(values) for (case, _, name), values in figures.items() if case == "idle"}
    if not idle:
        return ""
    said = (
        "`./Integration/bench/run.sh --record` wrote this: `sluice run` (JSON, an ONNX model, five rules, durable) over "
        "bare programs, a gateway in Python and ThingsBoard's, on the same traffic in the same run. " + conditions.text)
    end = (
        f"Start to subscribed {idle['start']:.0f} ms; idle {idle['resident']:.1f} MB resident, {idle['own']:.1f} MB of it "
        "its own. [All of it](Integration/bench/RESULTS.md); `./Integration/bench/parts.sh` measures each part. More: "
        "[Measurements](Sources/Gateway/Gateway.docc/Measurements.md).")
    return "\n".join([
        "## Measured", "", textwrap.fill(said, 120, break_on_hyphens=False), "",
        "| traffic | figure | over | median | least … most | goal |", "|---|---|---|---:|---|---|", *rows, "",
        textwrap.fill(end, 120, break_long_words=False, break_on_hyphens=False), "", ""])


def ratio(case: str, name: str, other: str, values: list[float]) -> str:
    goal = GOALS.get((case, name, other))
    return (f"| {other} | {case} | {name} | {statistics.median(values):.3g} | "
            f"{min(values):.3g} … {max(values):.3g} | {f'{goal:.3g}' if goal else ''} |")


def keep(path: Path, figures: Figures, conditions: Conditions) -> None:
    entries = [{"case": case, "subject": subject, "figure": name, "values": values}
               for (case, subject, name), values in figures.items()]
    path.write_text(json.dumps({"conditions": conditions.text, "figures": entries}, indent=1) + "\n")


def record(folder: Path, figures: Figures, conditions: Conditions) -> None:
    """Writes RESULTS.md and the pictures beside it, and README's section where nothing is missing for it."""
    if section := readme(figures, conditions):
        before, _, rest = README.read_text().partition("## Measured\n")
        README.write_text(before + section + "## The map\n" + rest.partition("## The map\n")[2])
    drawn = plots.write(folder / "plots", figures, conditions.text)
    pictures = "".join(f"![{name.removesuffix('.svg')}](plots/{name})\n" for name in drawn)
    (folder / "RESULTS.md").write_text(
        "# What a message costs, as last measured\n\n"
        "`Integration/bench/run.sh --record` writes this page. Subjects take turns within a round; a ratio\n"
        "is of two figures of the same round, here the median over the rounds and the least and the most.\n"
        "Feeder, broker, cloud and subject share the machine.\n\n"
        f"- {conditions.text}\n\n## Ratios\n\n{ratios(figures)}\n"
        + (f"## Growth\n\n{pictures}\n" if drawn else "")
        + f"## Figures\n\n{whole(figures)}{measured(figures)}")
