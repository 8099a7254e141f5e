# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A limit on a process's memory that the kernel enforces by killing it. Needs root."""

from __future__ import annotations

import os
import time
from pathlib import Path

from .process import expect

ROOT = Path("/sys/fs/cgroup")


class MemoryGroup:
    """A control group of its own, of version 1 or 2."""

    def __init__(self, name: str):
        is_new = (ROOT / "cgroup.controllers").exists()
        self.folder = (ROOT if is_new else ROOT / "memory") / name
        self.limit = self.folder / ("memory.max" if is_new else "memory.limit_in_bytes")
        self.folder.mkdir()
        expect(self.limit.exists(), "the kernel can limit memory")

    def take(self, pid: int) -> None:
        (self.folder / "cgroup.procs").write_text(str(pid))

    def squeeze(self, size: int) -> None:
        """Allows so much from now on; the kernel gives pages back first and kills then."""
        try:
            self.limit.write_text(str(size))
        except OSError:
            pass  # busy: what is there cannot be given back; the limit holds for what comes

    def end(self) -> None:
        for _ in range(50):
            try:
                os.rmdir(self.folder)
                return
            except OSError:
                time.sleep(0.1)
