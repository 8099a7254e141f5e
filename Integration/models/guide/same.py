# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Holds the guide's Python against the files beside this one: same.py GUIDE

The lines of a block must all be in one file, in their order; a block may leave lines of it out.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
files = [path.read_text().splitlines() for path in HERE.glob("*.py")]
blocks = re.findall(r"^```python\n(.*?)^```", Path(sys.argv[1]).read_text(), re.DOTALL | re.MULTILINE)


def is_in(block, lines):
    rest = iter(lines)
    return all(line in rest for line in block.splitlines() if line)


strange = [block for block in blocks if not any(is_in(block, lines) for lines in files)]
for block in strange:
    print(f"{sys.argv[1]}: not what is tried:\n{block}", file=sys.stderr)
sys.exit(1 if strange or not blocks else 0)
