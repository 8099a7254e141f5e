# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Programs that run beside a scenario, and waiting without guessing."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Callable


class Failed(AssertionError):
    """What was expected did not happen; the text says what did."""


def expect(condition: bool, what: str) -> None:
    """Fails with `what` unless `condition`."""
    if not condition:
        raise Failed(what)


def wait_until(
    condition: Callable[[], object],
    what: str | Callable[[], str],
    within: float = 20.0,
    every: float = 0.05,
):
    """The first true value of `condition`; fails with `what` when there is none in time."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            text = what() if callable(what) else what
            raise Failed(f"not within {within:g} s: {text}")
        time.sleep(every)


def wait_while_growing(
    condition: Callable[[], object],
    size: Callable[[], int],
    what: str | Callable[[], str],
    stuck: float,
    every: float = 0.5,
):
    """The first true value of `condition`; fails when `size` stays as it is for `stuck` seconds before."""
    seen, since = size(), time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        if (now := size()) != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > stuck:
            text = what() if callable(what) else what
            raise Failed(f"no progress for {stuck:g} s: {text}")
        time.sleep(every)


def free_port() -> int:
    """A loopback port that nobody listens on, below the range the kernel gives to outgoing connections."""
    for _ in range(100):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failed("no free port on the loopback interface")


def accepts(port: int) -> bool:
    """Whether somebody listens on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """One child process with a log file of its own; ended by its id, never by its name."""

    # True: children do not share the terminal's Ctrl-C; whoever started them ends them in order.
    in_own_sessions = False

    def __init__(self, name: str, log: Path):
        self.name = name
        self.log = log
        self.process: subprocess.Popen | None = None

    def spawn(self, command: list[str], **options) -> None:
        """Starts it; its output is appended to the log."""
        with self.log.open("ab") as log:
            log.write(f"---- {' '.join(command)}\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=self.in_own_sessions, **options
            )

    @property
    def pid(self) -> int:
        expect(self.process is not None, f"{self.name} was not started")
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        if self.is_running:
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, and wait for it to be gone."""
        if self.is_running:
            self.process.kill()
        if self.process is not None:
            self.process.wait()

    def stop(self, within: float = 15.0) -> int | None:
        """SIGTERM, and its exit status; kill -9 and a failure when it does not end."""
        if self.process is None:
            return None
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} did not end within {within:g} s of SIGTERM") from None

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, for a failure's text."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join("    | " + line[:400] for line in text.splitlines()[-lines:])

    def cpu_seconds(self) -> float:
        """User and system time it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Its resident memory now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0
