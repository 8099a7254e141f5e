# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The faults' one table, and the copy of it that the repository keeps."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from .gateway import ROOT, binary

HEAD = ("| # | fault | must hold | what was seen | holds | took | commit |\n"
        "|---|---|---|---|---|---|---|\n")
# What runs themselves enter is no change of what they run.
RECORDS = (":!*RESULTS.md", ":!README.md", ":!Integration/bench/plots", ":!Integration/fuzz")


@dataclass
class Result:
    """How one fault went."""

    number: int
    title: str
    must: str
    text: str
    is_good: bool
    seconds: float

    @property
    def measured(self) -> str:
        """Its last line when it held, else the first that says what did not."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        if not lines:
            return ""
        return lines[-1] if self.is_good else "; ".join(lines[:2])[:300]

    @property
    def row(self) -> str:
        seen = self.measured.replace("|", "/")
        return (f"| {self.number} | {self.title} | {self.must} | {seen} | "
                f"{'yes' if self.is_good else '**no**'} | {self.seconds:.0f} s | {commit()} |\n")


def table(results: list[Result]) -> str:
    """The rows of this run."""
    return HEAD + "".join(result.row for result in results)


def record(path: Path, results: list[Result]) -> None:
    """Enters rows into the kept table; those of other faults, and what is said below it, stay."""
    rows: dict[int, str] = {}
    below: list[str] = []
    if path.exists():
        for line in path.read_text().splitlines():
            if found := re.match(r"\| (\d+) \|", line):
                rows[int(found[1])] = line + "\n"
                below = []
            elif rows:
                below.append(line + "\n")
    rows |= {result.number: result.row for result in results}
    path.write_text(
        "# What the faults cost, as last run\n\n"
        "`Integration/faults/run.sh --record` writes this table; a row that was not run again stays as\n"
        "it was, with its commit.\n\n"
        f"- {datetime.now(timezone.utc):%Y-%m-%d}, {machine()}\n"
        f"- broker, publisher, cloud, oracle and gateway on that one machine; {kind_of_build()}\n\n"
        + HEAD + "".join(row for _, row in sorted(rows.items())) + "".join(below))


def machine() -> str:
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
            break
    folder = tempfile.gettempdir()
    disk = subprocess.run(["df", "--output=fstype,size", "-h", folder], capture_output=True,
                          text=True).stdout.splitlines()[-1].split()
    return (f"{model}, {os.cpu_count()} cores, kernel {platform.release()}, disk {disk[0]} of {disk[1]}, "
            f"fdatasync of 4 KiB {sync_microseconds():.0f} µs (median)")


def sync_microseconds() -> float:
    """How long this disk takes to make 4 KiB durable."""
    import statistics
    import time

    times = []
    with tempfile.NamedTemporaryFile(buffering=0) as file:
        for _ in range(200):
            file.write(bytes(4096))
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


def kind_of_build() -> str:
    return "a debug build" if "/debug/" in binary() else "a release build"


def commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True,
                              text=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", *RECORDS)
    return git("rev-parse", "--short", "HEAD") + ("-dirty" if changed else "") or "not a repository"
