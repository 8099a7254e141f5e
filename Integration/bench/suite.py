# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What the whole path costs beside bare programs and a gateway in Python; one table of ratios from one run.

    Integration/bench/run.sh [--quick] [--rounds 5] [--only fed,broker,…] [--write FILE] [--record]

Subjects take turns within a round, and a ratio is of two figures of the same round: medians over the
rounds, and the least and the most. CPU is time on a processor as the kernel counts it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import brokered  # noqa: E402
import fed  # noqa: E402
import forward  # noqa: E402
import growth  # noqa: E402
import report  # noqa: E402
import whole  # noqa: E402

@dataclass
class Bench:
    """Tools, options, and what has been measured."""

    tools: Path
    python: Path
    folder: Path
    quick: bool
    # How large the largest backlog is.
    rows: int = 1_000_000
    figures: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)

    def note(self, case: str, subject: str, **figures: float) -> None:
        for name, figure in figures.items():
            self.figures.setdefault((case, subject, name), []).append(figure)
        said = "  ".join(f"{name} {figure:,.4g}" for name, figure in figures.items())
        print(f"  {case:22} {subject:22} {said}", file=sys.stderr, flush=True)

    def count(self, fast: int, slow: int | None = None) -> tuple[int, int]:
        share = 4 if self.quick else 1
        return fast // share, (slow or fast // 12) // share

    def site(self, name: str, acted: float = 0, escalated: float = 0, size: int = 0) -> Path:
        """A file of bodies."""
        path = self.folder / f"{name}.bodies"
        if not path.exists():
            path.write_text("\n".join(fed.bodies(acted, escalated, size)) + "\n")
        return path

    def subject(self, bodies: Path, start, devices: int = 16) -> fed.Subject:
        return fed.Subject(fed.Feeder(self.tools, bodies, devices), start)

    def sluice(self, **more):
        return fed.sluice(self.folder, {"small": fed.five_rules()}, **more)


def fed_flat_out(bench: Bench) -> None:
    """Fed without a broker as fast as it goes, nothing acted on."""
    bodies = bench.site("quiet")
    fast, slow = bench.count(600_000)
    for qos in (0, 1):
        for name, start, count in (
            ("drained", fed.bare(bench.tools, "drain"), fast),
            ("loop_start", fed.bare(bench.tools, "thread"), fast),
            ("sluice", bench.sluice(), fast),
            ("Python", fed.python(bench.python, bench.folder), slow),
        ):
            subject = bench.subject(bodies, start)
            try:
                said = subject.measure(qos, count)
                bench.note(f"fed, QoS {qos}", name, rate=said["rate"], cpu=said["cpu"],
                           memory=fed.memory(subject.pid)[0] / 1e6)
            finally:
                subject.stop()


def latency(bench: Bench) -> None:
    """From handing a message to the subject to the action that it publishes; 5 % are acted on."""
    bodies = bench.site("acted", acted=0.05)
    # At least five hundred actions, or the slowest of a hundred is one accident.
    for rate, count in ((1_000, 10_000), (10_000, 20_000 if bench.quick else 80_000)):
        for name, start in (
            ("echo", fed.bare(bench.tools, "echo")),
            ("echo with the model", fed.bare(bench.tools, "model")),
            ("sluice", bench.sluice()),
            ("Python", fed.python(bench.python, bench.folder)),
        ):
            subject = bench.subject(bodies, start)
            try:
                said = subject.measure(1, count, rate)
                if "p50" not in said:
                    print(f"  {name} at {rate}: nothing was acted on", file=sys.stderr)
                    continue
                bench.note(f"{rate:,} msg/s", name, cpu=said["cpu"], p50=1e6 * said["p50"],
                           p99=1e6 * said["p99"], p999=1e6 * said["p999"])
            finally:
                subject.stop()


def allocations(bench: Bench) -> None:
    """Counted, not timed: one round says it all."""
    if bench.figures.get(("allocations, QoS 0", "sluice", "own")):
        return
    for qos in (0, 1):
        counts = bench.folder / f"allocations{qos}"
        environment = fed.counting(bench.tools, counts)
        subject = bench.subject(bench.site("quiet"), bench.sluice(environment=environment))
        try:
            subject.feeder.feed(qos, 20_000)
            before = fed.allocations(counts)
            said = subject.feeder.feed(qos, 100_000)
            own, library, runtime = (b - a for a, b in zip(before, fed.allocations(counts)))
            bench.note(f"allocations, QoS {qos}", "sluice", own=own / said["sent"],
                       library=library / said["sent"], runtime=runtime / said["sent"])
        finally:
            subject.stop()


def idle(bench: Bench) -> None:
    """Memory at rest and after load; how long it takes to subscribe."""
    feeder = fed.Feeder(bench.tools, bench.site("quiet"), 16)
    begun = time.monotonic()
    pid, stop = bench.sluice()(feeder)
    feeder.wait(pid)
    subscribed = time.monotonic() - begun
    try:
        time.sleep(2)
        before, start = fed.on_processor(pid), time.monotonic()
        time.sleep(2)
        share = (fed.on_processor(pid) - before) / (time.monotonic() - start)
        resident, own = fed.memory(pid)
        feeder.feed(1, bench.count(400_000)[0])
        loaded, ownLoaded = fed.memory(pid)
        bench.note("idle", "sluice", start=1000 * subscribed, cpu=100 * share,
                   resident=resident / 1e6, own=own / 1e6, loaded=loaded / 1e6,
                   own_loaded=ownLoaded / 1e6)
    finally:
        stop()
        feeder.close()


SECTIONS = {
    "fed": fed_flat_out,
    "latency": latency,
    "whole": whole.whole,
    "allocations": allocations,
    "parts": brokered.parts,
    "rows": brokered.rows,
    "broker": brokered.flat_out,
    "forward": forward.forward,
    "idle": idle,
    "growth": growth.growth,
    "backlog": growth.backlog,
}


def logs_only(folder: str, names: list[str]) -> list[str]:
    """What is not kept of a run that ended early."""
    return [name for name in names
            if not name.endswith(".log") and not (Path(folder) / name).is_dir()]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tools", type=Path)
    parser.add_argument("python", type=Path)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--quick", action="store_true", help="a quarter of the messages, one round")
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--rows", type=int, help="the largest backlog; 1,000,000, or a fifth of it")
    parser.add_argument("--write", type=Path, help="the figures as JSON")
    parser.add_argument("--record", action="store_true", help="RESULTS.md and its pictures anew")
    arguments = parser.parse_args()
    begun, load = time.monotonic(), os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    bench = Bench(arguments.tools, arguments.python, folder, arguments.quick,
                  arguments.rows or (200_000 if arguments.quick else 1_000_000))
    try:
        for _ in range(arguments.rounds or (1 if arguments.quick else 5)):
            for section in arguments.only.split(","):
                SECTIONS[section](bench)
    except BaseException:
        # What the programs said last tells why.
        kept = Path(__file__).resolve().parents[2] / ".sluice-logs" / "bench"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept, symlinks=True, ignore=logs_only)
        print(f"ended early; logs in {kept}", file=sys.stderr)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    conditions = report.Conditions(time.monotonic() - begun, load)
    print(report.tables(bench.figures, conditions))
    if arguments.write:
        report.keep(arguments.write, bench.figures, conditions)
    if arguments.record:
        report.record(Path(__file__).resolve().parent, bench.figures, conditions)


if __name__ == "__main__":
    main()
