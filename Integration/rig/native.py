# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The small C programs of the faults, compiled when they are not there or older than their source."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .gateway import ROOT

SOURCES = ROOT / "Integration/faults/native"
BUILT = ROOT / ".sluice-deps/faults"
MOSQUITTO = ["-lmosquitto"]
LINKED = {"flood": [], "collector": MOSQUITTO, "unthreaded": MOSQUITTO, "godown": [],
          "faultio.so": ["-shared", "-fPIC", "-ldl"], "clockstep.so": ["-shared", "-fPIC", "-ldl"]}


def native(name: str) -> str:
    """The path of the built program."""
    source = SOURCES / f"{Path(name).stem}.c"
    target = BUILT / name
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        BUILT.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{name}.new")
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", str(fresh), str(source),
                        *LINKED[name]], check=True)
        fresh.rename(target)
    return str(target)
