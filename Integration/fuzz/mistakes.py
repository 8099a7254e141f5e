#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Mistakes in every place of the shipped policies and of the packaged configuration: a program that is asked about them
may refuse, and never dies.

    SLUICE=.build/release/sluice Integration/fuzz/mistakes.py [--few N]

Each value is replaced by a dozen others, one at a time (8,500, some minutes; `--few` draws some of them), and
`sluice test` or `sluice check` reads the result. For release builds: what their optimizer makes of an error is in no
debug build. Exits with 1 when one ended by a signal. Integration/package/try.py asks an installed program some."""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
VALUES = ['""', '"a..b"', '"[x"', "-1", "nope", '"{"', "[1]", "{ a: 1 }", "1e999", '"2 parsecs"', "~", '"http://u@h"',
          '"0/day"', '"150%"']
OTHERS = ['""', "nope", "[1]", "{ a: 1 }", "7"]
KEY = r"(?:^\s*(?:- )?|[{,]\s*)[A-Za-z_0-9]+: "
SCALAR = re.compile(rf"(?m)({KEY})(\"[^\"\n]*\"|'[^'\n]*'|[^\s{{}}\[\],#][^{{}}\[\],#\n]*)")
COLLECTION = re.compile(rf"(?m)({KEY})([{{\[][^{{}}\[\]\n]*[}}\]])")
COMMENTED = re.compile(r"(?m)^(\s*)#((?:- )?[a-z_]+: *)(.*)$")


def mistakes(text: str):
    """Each text with one mistake, and the line that it is in."""
    for pattern, values in ((SCALAR, VALUES), (COLLECTION, OTHERS)):
        for found in pattern.finditer(text):
            for value in values:
                yield text[:found.start(2)] + value + text[found.end(2):], f"{found[1].strip()} {value}"
    for found in COMMENTED.finditer(text):
        for value in VALUES:
            yield (text[:found.start()] + found[1] + found[2] + value + text[found.end():],
                   f"{found[2].strip()} {value}")


class Mistake(NamedTuple):
    """A text with one mistake: a policy, or a configuration."""
    of: str
    is_policy: bool
    text: str
    where: str

    @property
    def arguments(self) -> list[str]:
        """What the program is asked in the folder that `lay` filled."""
        return ["test", "policies"] if self.is_policy else ["check", "--config", "sluice.yaml"]

    def lay(self, folder: Path) -> None:
        policies = folder / "policies" / "one"
        policies.mkdir(parents=True)
        (policies / "policy.yaml" if self.is_policy else folder / "sluice.yaml").write_text(self.text)

    def ask(self, binary: str) -> int:
        """What the program's end says of it."""
        with tempfile.TemporaryDirectory(prefix="mistake-") as folder:
            self.lay(Path(folder))
            return subprocess.run([binary, *self.arguments], cwd=folder, timeout=60, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL,
                                  env={**os.environ, "SWIFT_BACKTRACE": "enable=no"}).returncode


def all_mistakes(few: int | None = None) -> list[Mistake]:
    """Those of every shipped file, or so many of them, always the same."""
    found = [Mistake(path.parent.name, True, *mistake)
             for path in sorted(ROOT.glob("Policies/*/policy.yaml")) for mistake in mistakes(path.read_text())]
    found += [Mistake("sluice.yaml", False, *mistake)
              for mistake in mistakes((ROOT / "Integration/package/sluice.yaml").read_text())]
    return random.Random(1).sample(found, min(few, len(found))) if few else found


def is_death(end: int) -> bool:
    """True for what a signal ended, as Python says it (less than 0) or as a shell does (more than 128)."""
    return end < 0 or end > 128


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--few", type=int)
    arguments = parser.parse_args()
    binary = str(Path(os.environ.get("SLUICE", ROOT / ".build/release/sluice")).resolve())
    work = all_mistakes(arguments.few)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = list(pool.map(lambda one: one.ask(binary), work))
    for one, end in zip(work, ends):
        if is_death(end):
            print(f"{one.of}: `{one.where}` ended with {end}")
    counts = Counter(ends)
    deaths = sum(count for end, count in counts.items() if is_death(end))
    print(f"{len(work):,} mistakes: {counts[0]:,} taken, {counts[78]:,} refused (78), {deaths} deaths; ends {dict(counts)}")
    return 1 if deaths else 0


if __name__ == "__main__":
    sys.exit(main())
