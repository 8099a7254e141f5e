# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What each detector costs a reading and a device: prints the medians of some rounds.

    detectors.py --bench ENGINEBENCH --runtime LIBRARY [--rounds 7] [--seconds 0.2]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile

from report import Peer, heading


def fields(name: str) -> int:
    """How many fields it follows here: one, but for the detector that is made for several."""
    return 3 if name == "half-space-trees" else 1


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("bench", "runtime"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.2)
    given, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as empty:
        bench = Peer(given.bench, given.runtime, empty)
        names = bench.line("detectors").split()
        told: dict[str, list[list[float]]] = {name: [] for name in names}
        for _ in range(given.rounds):
            for name in names:
                told[name].append(bench.ask("detector", name, fields(name), given.seconds))
        bench.end()
    print(f"{heading()}; {given.rounds} rounds, medians (least to most), after a fortnight of a reading "
          "a minute\n")
    print("| detector | ns a reading | bytes a device |\n|---|--:|--:|")
    for name, figures in told.items():
        times = [one[0] for one in figures]
        title = f"{name}, 3 fields" if fields(name) == 3 else name
        print(f"| {title} | {statistics.median(times):.0f} ({min(times):.0f} to {max(times):.0f}) "
              f"| {figures[-1][1]:,.0f} |")


if __name__ == "__main__":
    main()
