#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the scenarios, all or those named, one process each, and says how each went.

    run.py [--keep] [--list] [NAME…]      NAME: 05, 05-gateway-killed, killed

Needs the binary ($SLUICE, or .build/debug/sluice) and what install.sh sets: source that first, or
run ../test.sh. What a scenario wrote is kept in .sluice-logs/NAME when it failed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from rig import playing  # noqa: E402
from rig.gateway import binary  # noqa: E402
from rig.stage import Stage  # noqa: E402

LONGEST = 180  # seconds, unless the scenario's own LONGEST says otherwise


def load(name: str):
    return playing.load(HERE / name / "scenario.py")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="all when none is given")
    parser.add_argument("--keep", action="store_true", help="keep what they wrote")
    parser.add_argument("--list", action="store_true", help="only list them")
    parser.add_argument("--play", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.play:
        name, folder = arguments.play
        return playing.play(Stage(Path(folder)), load(name).scenario)

    every = sorted(path.parent.name for path in HERE.glob("[0-9]*/scenario.py"))
    chosen = [n for n in every if not arguments.names or any(a in n for a in arguments.names)]
    if arguments.list or not chosen:
        print("\n".join(every))
        return 0 if arguments.list else 2
    if not Path(binary()).exists():
        print(f"no binary at {binary()}: build first, or set SLUICE", file=sys.stderr)
        return 2

    kept = ROOT / ".sluice-logs"
    passed = failed = 0
    for name in chosen:
        # Short, because a control socket's path may have 108 bytes.
        folder = Path(tempfile.mkdtemp(prefix=f"sluice-{name[:2]}-"))
        shutil.rmtree(kept / name, ignore_errors=True)
        start = time.monotonic()
        good = False
        try:
            good, text = playing.supervise(
                [sys.executable, __file__, "--play", name, str(folder)],
                folder / "scenario.log", getattr(load(name), "LONGEST", LONGEST))
        finally:
            if arguments.keep or not good:
                shutil.copytree(folder, kept / name, symlinks=True, dirs_exist_ok=True,
                                ignore=shutil.ignore_patterns("*.sock"))
            shutil.rmtree(folder, ignore_errors=True)
        took = time.monotonic() - start
        if good:
            passed += 1
            print(f"ok    {name:32} {took:6.1f} s  {text.splitlines()[-1] if text else ''}",
                  flush=True)
        else:
            failed += 1
            print(f"FAIL  {name:32} {took:6.1f} s  files in .sluice-logs/{name}")
            print("\n".join("      " + line for line in text.splitlines()[-30:]), flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
