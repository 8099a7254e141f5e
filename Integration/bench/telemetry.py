# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What OpenTelemetry costs a message: see telemetry.sh."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import fed  # noqa: E402
from rig.otlp import Collector  # noqa: E402

# By name: the settings of `telemetry: otlp:`.
WAYS = {
    "off": None,
    "metrics": {"signals": ["metrics"]},
    "traced 1 %": {"sample": "1%"},
    "traced 100 %": {"sample": "100%"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=600_000)
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores; µs of CPU a message")
    collector = Collector()
    figures: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="sluice-otlp-") as folder:
        bodies = Path(folder) / "bodies"
        bodies.write_text("\n".join(fed.bodies()) + "\n")
        for _ in range(given.rounds):
            for name, settings in WAYS.items():
                more = {} if settings is None else {
                    "telemetry": {"otlp": {"url": collector.url, "interval": "1s", **settings}}}
                start = fed.sluice(Path(folder), {"small": fed.five_rules()}, **more)
                subject = fed.Subject(fed.Feeder(given.tools, bodies, 16), start)
                try:
                    for qos in (0, 1):
                        said = subject.measure(qos, given.messages)
                        figures.setdefault((name, qos), []).append(said["cpu"])
                finally:
                    subject.stop()
    for name in WAYS:
        print(f"{name:14}" + "".join(
            f"   QoS {qos} {statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
            for qos in (0, 1) for values in [figures[name, qos]]))
    print(f"{len(collector.spans):,} spans and {len(collector.metrics)} metrics came; faults: {collector.faults or 'none'}")
    collector.stop()


if __name__ == "__main__":
    main()
