# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What the demo's own recording teaches: a threshold that keeps a bound, and what it changes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from rig.gateway import Gateway, binary
from rig.process import Failed

POLICY = "bearing-wear"
BOUND = "5%"
# A site audits a per cent or two over weeks; the demo has a minute.
AUDITED = "audit: 50%"
REFUSED = 3


def audited(policies: Path, folder: Path) -> Path:
    """A copy of the policies in which the one to be tuned is audited often."""
    copy = folder / "Policies"
    shutil.copytree(policies, copy)
    file = copy / POLICY / "policy.yaml"
    text, changes = re.subn(r"^audit: \S+", AUDITED, file.read_text(), flags=re.MULTILINE)
    if changes != 1:
        raise Failed(f"{file} names no audit")
    file.write_text(text)
    return copy


def hindsight(gateway: Gateway, trace: Path) -> None:
    """Tunes one policy on the recorded trace and replays the trace through the result."""
    print(f"  what was recorded, used: sluice tune --trace … --policy {POLICY} "
          f"--max-disagreement {BOUND} --write\n")
    tuned = sluice("tune", "--config", gateway.config, "--trace", trace, "--policy", POLICY,
                   "--max-disagreement", BOUND, "--write")
    show(tuned.stdout)
    if tuned.returncode == REFUSED:
        show(tuned.stderr)
        return
    if tuned.returncode != 0:
        raise Failed(f"sluice tune: {tuned.stderr}")
    print("\n  and what it would have changed: sluice replay --trace …\n")
    replayed = sluice("replay", "--config", gateway.config, "--trace", trace)
    if replayed.returncode != 0:
        raise Failed(f"sluice replay: {replayed.stderr}")
    shown = [part for part in replayed.stdout.strip().split("\n\n")
             if not part.startswith(("rules of", "examples"))]
    show("\n\n".join(shown))
    print()


def sluice(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True,
                          timeout=120)


def show(text: str) -> None:
    for line in text.strip("\n").splitlines():
        print(f"    {line}".rstrip())
