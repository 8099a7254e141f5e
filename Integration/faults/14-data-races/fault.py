# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""ThreadSanitizer over the unit tests: see Integration/tsan/run.sh."""

import re
import subprocess

from rig.gateway import ROOT
from rig.process import expect

TITLE = "ThreadSanitizer over the whole test run"
MUST = "clean"
FAST = False
LONGEST = 7200


def fault(stage) -> None:
    log = stage.folder / "tsan.log"
    with log.open("wb") as output:
        done = subprocess.run([str(ROOT / "Integration/tsan/run.sh")], stdin=subprocess.DEVNULL,
                              stdout=output, stderr=subprocess.STDOUT)
    text = log.read_text(errors="replace")
    ended = re.search(r"tests ended with (\d+), (\d+) races reported", text)
    expect(ended is not None, "it ran to its end:\n" + text[-3000:])
    kinds = "; ".join(line.strip() for line in text.splitlines() if "SUMMARY" in line)[:1000]
    run = re.search(r"Test run with (\d+) tests", text)
    expect(done.returncode == 0, f"{ended[2]} races reported: {kinds}")
    shown = re.search(r"contended.swift .*", text)
    stage.note(f"{run[1] if run else '?'} tests, {ended[2]} races reported, tests ended with {ended[1]}; "
               f"{shown[0] if shown else ''}")
