#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Which metrics and labels the dashboards and alert rules name: `metric_names.py` lists them."""

from __future__ import annotations

import json
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = re.compile(r"\b((?:sluice|process)_[a-z_]+)(?:\{([^}]*)\})?")
STATE = re.compile(r"(\w+)\s*=~?\s*\"([^\"]*)\"")


def expressions() -> list[tuple[str, str]]:
    """Every expression with where it stands."""
    found = []
    for path in sorted(HERE.glob("grafana/*.json")):
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            found += [(f"{path.name}: {panel['title']}", t["expr"]) for t in panel["targets"]]
        for variable in board["templating"]["list"]:
            if isinstance(variable.get("query"), dict):
                found.append((f"{path.name}: ${variable['name']}", variable["query"]["query"]))
    for path in sorted(HERE.glob("prometheus/*.rules.yml")):
        for line in path.read_text().splitlines():
            if match := re.match(r"\s*expr: (.*)", line):
                found.append((path.name, match[1]))
    return found


def rendered(text: str) -> dict[str, list[dict[str, str]]]:
    """The labels of every sample that /metrics rendered, by its name."""
    samples: dict[str, list[dict[str, str]]] = {}
    for line in text.splitlines():
        if match := re.match(r"([a-z_]+)(?:\{(.*)\})? \S+", line):
            labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            samples.setdefault(match[1], []).append(labels)
    return samples


def missing(text: str) -> list[str]:
    """What is named and not in `text`, with where."""
    samples = rendered(text)
    wrong = []
    for place, expression in expressions():
        for name, matchers in NAME.findall(expression):
            if name not in samples:
                wrong.append(f"{place}: there is no metric {name}")
                continue
            for label, value in STATE.findall(matchers or ""):
                if label in ("instance", "job"):
                    continue
                for word in value.split("|"):
                    if not any(sample.get(label) == word for sample in samples[name]):
                        wrong.append(f"{place}: {name} has no {label}={word}")
        for grouping in re.findall(r"by \(([^)]*)\)", expression):
            names = [name for name, _ in NAME.findall(expression)]
            for label in re.split(r",\s*", grouping):
                if label == "instance" or not names or names[0] not in samples:
                    continue
                if not all(label in sample for sample in samples[names[0]]):
                    wrong.append(f"{place}: {names[0]} has no label {label}")
    return wrong


if __name__ == "__main__":
    print("\n".join(sorted({name for _, text in expressions() for name, _ in NAME.findall(text)})))
