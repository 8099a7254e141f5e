#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Plays the faults, all or those numbered, one process each, and prints one table. See run.sh."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from rig import playing  # noqa: E402
from rig.disk import unmount_below  # noqa: E402
from rig.faults import FaultStage  # noqa: E402
from rig.gateway import binary  # noqa: E402
from rig.results import Result, record, table  # noqa: E402

LONGEST = 1200  # seconds, unless the fault's own LONGEST says otherwise


def path_of(name: str) -> Path:
    return HERE / name / "fault.py"


def perform(name: str, arguments) -> Result:
    """One fault in a process and a folder of its own, of which nothing is left."""
    module = playing.load(path_of(name))
    # Short, because a control socket's path may have 108 bytes.
    folder = Path(tempfile.mkdtemp(prefix=f"sluice-f{name[:2]}-"))
    kept = ROOT / ".sluice-logs" / f"fault-{name}"
    shutil.rmtree(kept, ignore_errors=True)
    start = time.monotonic()
    good, text = False, "interrupted"
    try:
        command = [sys.executable, __file__, "--play", name, str(folder)]
        good, text = playing.supervise(command + (["--fast"] if arguments.fast else []),
                                       folder / "fault.log", getattr(module, "LONGEST", LONGEST))
    finally:
        if arguments.keep or not good:
            ignored = shutil.ignore_patterns("*.sock", "*.img", "disk", "small", "*.trace")
            shutil.copytree(folder, kept, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        unmount_below(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return Result(int(name[:2]), module.TITLE, module.MUST, text, good, time.monotonic() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", type=int, help="all when none is given")
    parser.add_argument("--fast", action="store_true", help="the small ones of every test run")
    parser.add_argument("--record", action="store_true", help="enter them into RESULTS.md")
    parser.add_argument("--keep", action="store_true", help="keep what they wrote")
    parser.add_argument("--list", action="store_true", help="only list them")
    parser.add_argument("--play", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.play:
        name, folder = arguments.play
        stage = FaultStage(Path(folder), arguments.fast)
        return playing.play(stage, playing.load(path_of(name)).fault)

    every = sorted(path.parent.name for path in HERE.glob("[0-9]*/fault.py"))
    chosen = [n for n in every if not arguments.numbers or int(n[:2]) in arguments.numbers]
    if arguments.fast and not arguments.numbers:
        chosen = [n for n in chosen if re.search(r"^FAST = True", path_of(n).read_text(), re.M)]
    if arguments.list or not chosen:
        print("\n".join(every))
        return 0 if arguments.list else 2
    if os.getuid() != 0:
        print("the faults mount file systems and trace processes: run them as root", file=sys.stderr)
        return 2
    if not Path(binary()).exists():
        print(f"no binary at {binary()}: build first, or set SLUICE", file=sys.stderr)
        return 2

    results = []
    for name in chosen:
        result = perform(name, arguments)
        results.append(result)
        if arguments.record:
            record(HERE / "RESULTS.md", [result])
        word = "ok  " if result.is_good else "FAIL"
        print(f"{word}  {name:28} {result.seconds:6.1f} s  {result.measured}", flush=True)
        if not result.is_good:
            print("\n".join("      " + line for line in result.text.splitlines()[-30:]), flush=True)
    if not arguments.fast:
        print("\n" + table(results))
    failed = [result for result in results if not result.is_good]
    print(f"{len(results) - len(failed)} held, {len(failed)} did not")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
