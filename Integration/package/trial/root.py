# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A Debian root of its own that is booted with systemd as its first process, by systemd-nspawn."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from rig.process import Failed, expect, wait_until

BASE = "systemd,systemd-sysv,dbus,apt,ca-certificates"
# Of systemd(1): the first process of a container takes it for the power button.
POWER_OFF = signal.SIGRTMIN + 4


class Root:
    """The root; nothing of it is left after `remove`."""

    def __init__(self, suite: str, archive: Path | None, binds: list[str]):
        self.binds = [f"--bind-ro={folder}" for folder in binds]
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-root-"))
        self.folder.chmod(0o755)
        self.machine: subprocess.Popen | None = None
        self.leader = 0
        if archive:
            self._call(["tar", "-C", str(self.folder), "-xf", str(archive)])
        elif shutil.which("mmdebstrap"):
            self._call(["mmdebstrap", "--variant=minbase", f"--include={BASE}", suite,
                        str(self.folder)])
        elif shutil.which("debootstrap"):
            self._call(["debootstrap", "--variant=minbase", f"--include={BASE}", suite,
                        str(self.folder)])
        else:
            raise Failed("wants mmdebstrap or debootstrap, or --root with an archive of a root")

    @staticmethod
    def _call(command: list[str]) -> None:
        answer = subprocess.run(command, capture_output=True, text=True)
        expect(answer.returncode == 0, f"{' '.join(command)}: {answer.stderr[-2000:]}")

    def fetch(self, *packages: str) -> None:
        """Downloads packages and what they depend on; installing them wants no network then."""
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        for words in (["update"], ["install", "--download-only", "-y",
                                   "--no-install-recommends", *packages]):
            self._call(["systemd-nspawn", "-q", "--register=no", "--keep-unit",
                        "--resolv-conf=off", "-D", str(self.folder), "apt-get", "-q", *words])

    def boot(self) -> float:
        """Boots it with a network of its own, where only it listens; the seconds until it runs."""
        start = time.monotonic()
        log = (self.folder.parent / (self.folder.name + ".log")).open("w")
        self.machine = subprocess.Popen(
            ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--resolv-conf=off",
             "--private-network", "--link-journal=no", *self.binds, "-b", "-D", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        log.close()
        wait_until(self._find_leader, "systemd-nspawn starts no process", within=30)
        wait_until(lambda: self.run("systemctl is-system-running", check=False).stdout.strip()
                   in ("running", "degraded"), "the root does not come up", within=120, every=0.2)
        return time.monotonic() - start

    def _find_leader(self) -> bool:
        """The first process inside; systemd-nspawn has another child before it."""
        path = Path(f"/proc/{self.machine.pid}/task/{self.machine.pid}/children")
        for child in path.read_text().split():
            try:
                lines = Path(f"/proc/{child}/status").read_text().splitlines()
            except FileNotFoundError:
                continue
            inner = next(line for line in lines if line.startswith("NSpid:")).split()
            if len(inner) > 2 and inner[-1] == "1":
                self.leader = int(child)
                return True
        return False

    def _entering(self, *namespaces: str) -> list[str]:
        return ["nsenter", "-t", str(self.leader), *namespaces]

    def run(self, script: str, *, check: bool = True, within: float = 300,
            say: str | None = None) -> subprocess.CompletedProcess:
        """Runs a shell script inside, as root."""
        answer = subprocess.run(
            [*self._entering("-a"), "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
             "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0",
             "sh", "-c", script],
            capture_output=True, text=True, timeout=within, input=say,
            stdin=None if say is not None else subprocess.DEVNULL)
        if check:
            expect(answer.returncode == 0,
                   f"{script!r} ended with {answer.returncode}: {(answer.stdout + answer.stderr)[-3000:]}")
        return answer

    def asks(self, script: str, **options) -> str:
        """What a script prints."""
        return self.run(script, **options).stdout.strip()

    def outside(self, *command: str) -> str:
        """Runs a program of this machine in the root's network."""
        answer = subprocess.run([*self._entering("-n"), *command], capture_output=True, text=True,
                                timeout=60)
        return answer.stdout

    def behind(self, script: str) -> subprocess.Popen:
        """Starts a script inside, whose output is read later."""
        return subprocess.Popen([*self._entering("-a"), "sh", "-c", script], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)

    def write(self, path: str, text: str) -> None:
        (self.folder / path.lstrip("/")).write_text(text)

    def read(self, path: str) -> str:
        return (self.folder / path.lstrip("/")).read_text()

    def remove(self) -> None:
        """Ends it and takes it away."""
        if self.machine and self.machine.poll() is None:
            try:
                if self.leader:
                    os.kill(self.leader, POWER_OFF)
                self.machine.wait(30)
            except ProcessLookupError:
                self.machine.kill()
                self.machine.wait()
            except subprocess.TimeoutExpired:
                self.machine.kill()
                self.machine.wait()
        shutil.rmtree(self.folder)
        (self.folder.parent / (self.folder.name + ".log")).unlink(missing_ok=True)
