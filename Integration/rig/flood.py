# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Traffic at a rate no Python client keeps, and the set of what the broker has acknowledged of it."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from plant import bearing

from .native import native
from .process import Failed, expect

PREFIX, SUFFIX = "plant/a/machines/f", "/vibration"


def write_bodies(path: Path, count: int = 256) -> Path:
    """Vibration readings without their opening brace, time and number: the publisher writes those."""
    machine = bearing.Machine("flood", stage_length=(10, 25))
    lines = []
    for _ in range(count):
        body = bearing.payload(machine.measure(), 0, 0, machine.serial)
        del body["ts"], body["n"]
        lines.append(json.dumps(body, separators=(",", ":"))[1:])
    path.write_text("\n".join(lines) + "\n")
    return path


class Flood:
    """Publishes numbered readings of `devices` machines; one that is stopped can go on."""

    def __init__(self, folder: Path, port: int, rate: float, devices: int = 16):
        self.folder = folder
        self.port = port
        self.rate = rate
        self.devices = devices
        self.acknowledged = 0
        self.connections = 0
        self.seconds = 0.0
        self._bodies = folder / "bodies"
        self._process: subprocess.Popen | None = None

    def start(self, count: int = 0, rate: float | None = None) -> "Flood":
        """Begins, or goes on where it stopped; for ever when `count` is 0."""
        if not self._bodies.exists():
            write_bodies(self._bodies)
        rate = self.rate if rate is None else rate
        self._process = subprocess.Popen(
            [native("flood"), str(self.port), str(rate), str(self.devices), str(self._bodies),
             PREFIX, SUFFIX, str(count), str(self.acknowledged)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )
        return self

    def wait(self, within: float = 300.0) -> int:
        """Waits for its end; how many messages are acknowledged by now."""
        try:
            text, _ = self._process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"the publisher is not done within {within:g} s") from None
        expect(self._process.returncode == 0, f"the publisher ended with {self._process.returncode}")
        said = json.loads(text)
        self.acknowledged = said["acknowledged"]
        self.connections += said["connections"]
        self.seconds += said["seconds"]
        self._process = None
        return self.acknowledged

    def stop(self, within: float = 150.0) -> int:
        """Publishes no more, and waits until all that was published is acknowledged."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self.wait(within)
        return self.acknowledged

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def key(self, index: int) -> tuple[str, int]:
        """The device and the number of a message by its count over all devices, from 0."""
        return f"a/f{index % self.devices:02d}", index // self.devices + 1

    def keys(self) -> set[tuple[str, int]]:
        """What the broker has acknowledged."""
        return {self.key(index) for index in range(self.acknowledged)}
