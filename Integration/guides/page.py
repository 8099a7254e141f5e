# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Tries one guide: `page.py PAGE [--show]`; with `--show` what comes out is printed, too.

- A block whose first line is `# NAME` (`# NAME, continued`: appended) is written to that file.
- A block of `console` is run: what follows `$ ` in a shell that keeps its folder and its variables, the lines
  under it are what must come out. `…` stands for anything: in a line, or alone for any number of lines.
- Every other block is for the eye alone, `sh` above all: what wants another machine.

What only looks (`sluice status`, `tail`, …) is asked again for a while where it does not say yet what it should.
The broker (Integration/broker/mosquitto.conf, port 1883), `sluice` and ONNX Runtime are there.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOKS = re.compile(r"(sluice (status|spool (ls|stats|show)|models ls)|tail|head|jq|cat|curl -s|grep|wc|ls|wait) ?")
PATIENCE, LONGEST, MARK = 15.0, 120.0, "---- done"
SHOWN = "--show" in sys.argv
# What bash says of a job that ended.
JOB = re.compile(r"^(bash: (line \d+: )?\s*\d+ |\[\d+\][+-]? ).*\n?", re.MULTILINE)


class Wrong(Exception):
    """What came out is not what the page says."""


class Shell:
    """One bash that runs command after command."""

    def __init__(self, folder: Path, environment: dict[str, str]):
        self.process = subprocess.Popen(
            ["bash", "--norc"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, command: str) -> str:
        """What the command prints, standard error with it."""
        self.process.stdin.write(f"{command}\necho; echo '{MARK}'\n".encode())
        self.process.stdin.flush()
        out, until = b"", time.monotonic() + LONGEST
        while not out.endswith(f"\n{MARK}\n".encode()):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise Wrong(f"does not end:\n{out.decode(errors='replace')}")
            out += piece
        return JOB.sub("", out.decode(errors="replace")[:-len(MARK) - 2]).rstrip("\n")

    def end(self) -> None:
        """Ends it with all it started."""
        for signal in (15, 9):
            try:
                os.killpg(self.process.pid, signal)
            except ProcessLookupError:
                return
            time.sleep(0.5 if signal == 15 else 0)
        self.process.wait()


def fits(wanted: list[str], found: str) -> bool:
    """Whether the output is what the page says."""
    pattern = ""
    for line in wanted:
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ ]*\n"
    return re.fullmatch(pattern, found + "\n" if found else "") is not None


def steps(block: str) -> list[tuple[str, list[str]]]:
    """The commands of a block, with what each prints."""
    found: list[tuple[str, list[str]]] = []
    lines = iter(block.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command += "\n" + next(lines)
            found.append((command, []))
        else:
            found[-1][1].append(line)
    return found


def run(shell: Shell, command: str, wanted: list[str]) -> None:
    """Runs a command and compares."""
    until = time.monotonic() + PATIENCE
    while True:
        found = shell.run(command)
        if fits(wanted, found):
            if SHOWN:
                print(f"$ {command}\n{found}", flush=True)
            return
        if not LOOKS.match(command) or time.monotonic() > until:
            said = "\n".join(wanted)
            raise Wrong(f"$ {command}\n-- the page says\n{said}\n-- what came\n{found}")
        time.sleep(0.3)


def attempt(page: Path, folder: Path) -> int:
    """Tries a page; how many commands it has."""
    programs = folder.parent / "bin"
    programs.mkdir()
    (programs / "sluice").symlink_to(Path(os.environ["SLUICE"]).resolve())
    (programs / "libonnxruntime.so").symlink_to(os.environ["SLUICE_ONNXRUNTIME"])
    environment = {
        "PATH": f"{programs}:/usr/sbin:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8",
        "LD_LIBRARY_PATH": str(programs), "SLUICE_REPOSITORY": str(ROOT), "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1",
    }
    settings = folder.parent / "mosquitto.conf"
    settings.write_text((ROOT / "Integration/broker/mosquitto.conf").read_text()
                        + f"listener 1883 127.0.0.1\nallow_anonymous true\npersistence_location {folder.parent}/\n")
    broker = subprocess.Popen(["mosquitto", "-c", settings], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=environment)
    shell = Shell(folder, environment)
    count = 0
    try:
        for kind, block in re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
            name = re.match(r"# ([\w./-]+)(, continued)?\n", block)
            if kind == "console":
                for command, wanted in steps(block):
                    run(shell, command, wanted)
                    count += 1
            elif name:
                target = folder / name[1]
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("a" if name[2] else "w") as file:
                    file.write(block)
    finally:
        shell.end()
        broker.terminate()
        broker.wait()
    return count


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp(prefix="guide-"))
    (place / "gateway").mkdir()
    begun = time.monotonic()
    try:
        count = attempt(Path(sys.argv[1]), place / "gateway")
    except Wrong as wrong:
        log = sorted((place / "gateway").glob("*.log"))
        tails = "".join(f"\n-- {path.name}\n{path.read_text()[-3000:]}" for path in log)
        sys.exit(f"{Path(sys.argv[1]).name}: FAILED\n{wrong}{tails}\n(kept: {place})")
    shutil.rmtree(place, ignore_errors=True)
    print(f"{Path(sys.argv[1]).name}: {count} commands, {time.monotonic() - begun:.0f} s")
