#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Memory over many hot swaps: a new version of the model in use, a SIGHUP, messages; again.

    Integration/bench/swaps.sh [--swaps 1000]

After each swap messages are sent until the new version has decided one, so that every version is loaded,
tried, given its buffers and let go of. Prints the resident memory as it goes, and its trend over the
second half. Not a test: nothing fails.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import commit, processor  # noqa: E402
from plant import bearing  # noqa: E402
from rig.broker import Broker  # noqa: E402
from rig.gateway import EDGE_MODELS, Gateway  # noqa: E402
from rig.policies import local  # noqa: E402
from rig.process import Failed, wait_until  # noqa: E402
from rig.wire import Publisher  # noqa: E402

MODEL = "bearing-wear"
# How many versions lie ready: what changed within the last second is left out for a while.
AHEAD = 100


class Swaps:
    """One gateway whose model changes under it."""

    def __init__(self, folder: Path):
        self.broker = Broker(folder / "broker", is_persistent=False).start()
        self.models = folder / "models"
        shutil.copytree(EDGE_MODELS / MODEL, self.models / MODEL)
        self.gateway = Gateway(folder / "gateway", self.broker.url, ["plant/+/machines/+/vibration"],
                               policies={MODEL: local()}, models={"path": str(self.models)}).start()
        self.fresh = folder / "fresh"
        for version in range(2, 2 + AHEAD):
            self.prepare(version)
        time.sleep(1.5)
        self.publisher = Publisher(self.broker.port)
        self.machine = bearing.Machine("swaps")
        self.gateway.decisions.touch()
        self.log = self.gateway.decisions.open()
        self.version, self.sent = 1, 0

    def prepare(self, version: int) -> None:
        """Copies a version beside, long before it is renamed: a fresh one would be waited for."""
        shutil.copytree(EDGE_MODELS / MODEL / "1", self.fresh / str(version))

    def deciding(self) -> set[str]:
        """The versions that have decided since this was asked."""
        return {json.loads(line)["model"] for line in self.log.readlines() if line.endswith("\n")}

    def speaks(self) -> bool:
        """Sends some messages; whether the newest version has decided one."""
        for _ in range(8):
            self.sent += 1
            body = bearing.payload(self.machine.measure(), time.time_ns() // 1_000_000, self.sent, "")
            self.publisher.publish("plant/a/machines/m01/vibration", body)
        self.publisher.flush()
        time.sleep(0.01)
        return f"{MODEL}/{self.version}" in self.deciding()

    def swap(self) -> None:
        """Puts a version in place by a rename, removes the one before the last, and has it taken."""
        old, self.version = self.version, self.version + 1
        folder = self.models / MODEL
        self.prepare(self.version + AHEAD)
        (self.fresh / str(self.version)).rename(folder / str(self.version))
        shutil.rmtree(folder / str(old - 1), ignore_errors=True)
        self.gateway.program.signal(signal.SIGHUP)
        try:
            wait_until(self.speaks, f"version {self.version} decides", within=10, every=0.02)
        except Failed:
            raise Failed(f"version {self.version} does not decide:\n"
                         + self.gateway.program.last_words()) from None

    def end(self) -> None:
        self.publisher.stop()
        self.gateway.stop()
        self.broker.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--swaps", type=int, default=1000)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sluice-swaps-"))
    swaps = Swaps(folder)
    memory = []
    try:
        wait_until(swaps.speaks, "the first version decides")
        start = time.monotonic()
        for _ in range(given.swaps):
            swaps.swap()
            memory.append(swaps.gateway.program.resident_bytes() / 1e6)
        took = time.monotonic() - start
    finally:
        swaps.end()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{time.strftime('%Y-%m-%d')}; {processor()}; commit {commit()}; {given.swaps} swaps in "
          f"{took:.0f} s, {swaps.sent} messages\n\n| swaps | resident MB |\n|--:|--:|")
    step = max(1, given.swaps // 10)
    for index in [0, *range(step - 1, given.swaps, step)]:
        print(f"| {index + 1} | {memory[index]:.1f} |")
    half = memory[len(memory) // 2:]
    slope, _ = statistics.linear_regression(range(len(half)), half) if len(half) > 1 else (0, 0)
    print(f"\nover the second half: {1000 * slope:+.2f} kB a swap, "
          f"from {min(half):.1f} to {max(half):.1f} MB")


if __name__ == "__main__":
    main()
