# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Disks that can be filled, cut off and made to fail, each in a folder of its own. Needs root."""

from __future__ import annotations

import mmap
import os
import struct
import subprocess
from pathlib import Path

from .native import native
from .process import Failed


def run(*command: str) -> str:
    """Runs a system tool; fails with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class LoopDisk:
    """An ext4 file system in a file, whose power can be cut."""

    def __init__(self, folder: Path, name: str = "disk", megabytes: int = 256):
        self.image = folder / f"{name}.img"
        self.mount_point = folder / name
        self.mount_point.mkdir()
        with self.image.open("wb") as image:
            image.truncate(megabytes << 20)
        run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(self.image))

    def mount(self) -> "LoopDisk":
        run("mount", "-o", "loop,noatime", str(self.image), str(self.mount_point))
        return self

    def cut(self) -> None:
        """Power off: what was not written down by now is lost. Stop whoever writes there first."""
        run(native("godown"), str(self.mount_point))

    def unmount(self) -> None:
        run("umount", str(self.mount_point))

    def end(self) -> None:
        """Whatever its state."""
        subprocess.run(["umount", "-l", str(self.mount_point)], capture_output=True)


class SmallDisk:
    """A file system in memory that can be full."""

    def __init__(self, folder: Path, name: str = "small", megabytes: int = 64):
        self.mount_point = folder / name
        self.mount_point.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(self.mount_point))
        self._ballast = self.mount_point / "ballast"

    def fill(self) -> None:
        """Takes all that is left."""
        with self._ballast.open("ab", buffering=0) as file:
            block = bytes(4096)
            try:
                while True:
                    file.write(block * 256)
            except OSError:
                pass
            try:
                while True:
                    file.write(block)
            except OSError:
                pass

    def heal(self) -> None:
        """Gives it back."""
        self._ballast.unlink()

    def end(self) -> None:
        subprocess.run(["umount", "-l", str(self.mount_point)], capture_output=True)


class FaultIO:
    """What `faultio.so` does to one process's files, changed while it runs."""

    SETTINGS = ("write_error", "sync_error", "short_write", "full", "delay", "no_sync")
    COUNTS = ("writes", "syncs", "failed_writes", "failed_syncs", "short_writes", "full_writes",
              "skipped")

    def __init__(self, folder: Path, match: str):
        self.path = folder / "faultio.control"
        self.path.write_bytes(bytes(128))
        file = os.open(self.path, os.O_RDWR)
        self._map = mmap.mmap(file, 128)
        os.close(file)
        self.environment = {"LD_PRELOAD": native("faultio.so"), "FAULTIO_MATCH": match,
                            "FAULTIO_CONTROL": str(self.path)}

    def set(self, **settings: float) -> None:
        """Sets those named, and the others to nothing."""
        values = [settings.pop(name, 0.0) for name in self.SETTINGS]
        if settings:
            raise Failed(f"faultio knows no {list(settings)}")
        self._map[0:64] = struct.pack("8d", *values, 0.0, 0.0)

    def count(self, name: str) -> int:
        at = 64 + 8 * self.COUNTS.index(name)
        return struct.unpack("Q", self._map[at:at + 8])[0]


class SteppedClock:
    """A time of day that is set while one process runs; see `clockstep.c`."""

    def __init__(self, folder: Path):
        path = folder / "clock.offset"
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": native("clockstep.so"), "CLOCKSTEP_OFFSET": str(path)}

    def set(self, seconds: float) -> None:
        """Sets the process's clock, off by so much from the machine's."""
        self._map[:] = struct.pack("q", int(seconds * 1e9))


def unmount_below(folder: Path) -> None:
    """Ends every mount in a folder, the innermost first; their loop devices go with them."""
    inside = f"{folder}/"
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(inside)), key=len, reverse=True):
        subprocess.run(["umount", "-l", mount], capture_output=True)
