# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What the demo adds up: words on decisions by message, faults by device, and rows of its table."""

from __future__ import annotations

from datetime import datetime, timezone


class Words:
    """The decision log by message: the first word on each, the last, and all first words."""

    def __init__(self, decisions: list[dict]):
        self.at_once = [line for line in decisions if line["revision"] == 0]
        self.first: dict[tuple, dict] = {}
        self.last: dict[tuple, dict] = {}
        for line in decisions:
            key = key_of(line)
            if line["revision"] == 0:
                self.first.setdefault(key, line)
            if key not in self.last or line["revision"] >= self.last[key]["revision"]:
                self.last[key] = line


def key_of(line: dict) -> tuple:
    return line["policy"], line["device"], line["sequence"]


def episodes(truth: dict[int, str]) -> list[tuple[int, int]]:
    """The first and last reading of every fault of one device."""
    spans: list[tuple[int, int]] = []
    for n, what in sorted(truth.items()):
        if what != "normal":
            continues = bool(spans) and spans[-1][1] == n - 1
            spans[-1:] = [(spans[-1][0], n)] if continues else [*spans[-1:], (n, n)]
    return spans


def is_open(line: dict) -> bool:
    """Whether a first word still wants the cloud's."""
    return line["standing"] == "provisional" or line["route"] == "defer"


def by_the_numbers(line: dict) -> str | None:
    """What a rule says that asks no model."""
    return "critical" if line["rule"].startswith("critical") else None


def fields(record: dict) -> dict:
    payload = record["payload"]
    return {**payload, "vib": payload.get("vib", {}).get("samples")}


def stamp(text: str) -> float:
    """An RFC 3339 time as seconds since 1970; digits beyond microseconds are cut."""
    whole, _, part = text.rstrip("Z").partition(".")
    seconds = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp()
    return seconds + float(f"0.{part or 0}")


def row(title: str, text: str) -> None:
    print(f"  {title:26}{text}")


def quantiles(title: str, values: list[float]) -> None:
    values.sort()
    if values:
        row(title, f"{values[len(values) // 2]:10.2f} ms"
                   f"{values[int(len(values) * 0.99)]:10.2f} ms   ({len(values)})")
