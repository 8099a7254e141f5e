#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the licences and notices of all that is inside a built `sluice`: `notices.py ROOT ONNXRUNTIME`.

The Swift packages of Package.resolved as they are checked out, the Swift runtime, and ONNX Runtime with what it
holds itself; ONNXRUNTIME is the folder in which Integration/install.sh has put it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

NAMES = ("LICENSE", "LICENCE", "NOTICE", "COPYING")
RULE = "=" * 78


def checkouts(root: Path) -> Path:
    for scratch in (".build-deb", ".build"):
        if (folder := root / scratch / "checkouts").is_dir():
            return folder
    sys.exit("notices.py: no packages are checked out: swift package resolve")


def texts(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern)
                  if path.is_file() and path.name.upper().startswith(NAMES))


def swift_license() -> Path:
    """The toolchain's, beside the compiler."""
    compiler = Path(shutil.which("swift") or sys.exit("notices.py: no swift")).resolve()
    for above in compiler.parents:
        if (path := above / "share/swift/LICENSE.txt").is_file():
            return path
    sys.exit("notices.py: the Swift toolchain has no LICENSE.txt")


def main(root: Path, runtime: Path) -> None:
    def write(title: str, paths: list[Path], base: Path) -> None:
        if not paths:
            sys.exit(f"notices.py: {title} has no licence")
        for path in paths:
            name = path.relative_to(base)
            print(f"{RULE}\n{title}: {name}\n{RULE}\n\n{path.read_text(errors='replace').strip()}\n")

    print("What is inside this package beside Sluice itself, and under which terms.\n")
    write("ONNX Runtime", texts(runtime, "LICENSE") + sorted(runtime.glob("ThirdParty*")), runtime)
    license = swift_license()
    write("The Swift runtime and Foundation", [license], license.parent)
    folder = checkouts(root)
    for pin in json.loads((root / "Package.resolved").read_text())["pins"]:
        name = Path(pin["location"]).name.removesuffix(".git")
        package = folder / name
        found = texts(package, "*") + texts(package, "Sources/**/*")
        write(f"{name} {pin['state'].get('version', '')}".strip(), found, package)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
