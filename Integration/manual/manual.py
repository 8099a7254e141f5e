# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the manual pages and the shells' completions: `manual.py FOLDER [SLUICE]`.

A page a verb, `man1/sluice-spool-ls.1`, in man(7), made of what the command says of itself
(`--experimental-dump-help`); completions under the names that Debian looks for. Needs no network and
nothing but Python: a package is built with it, and a target needs neither."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

EXITS = [
    (0, "It was done."),
    (1, "It was not: something failed, was not there, or a policy's test did not pass."),
    (3, "tune: the data cannot show the bound."),
    (64, "The command line is wrong."),
    (65, "A file with rows, a trace or a survey is not what it should be."),
    (69, "What is needed is not there: a running gateway, the broker, the spool."),
    (78, "The configuration, a model or a policy is wrong."),
]
COMPLETIONS = {
    "bash": "bash-completion/completions/sluice",
    "zsh": "zsh/vendor-completions/_sluice",
    "fish": "fish/vendor_completions.d/sluice.fish",
}


def escaped(text: str) -> str:
    """Text that roff takes for nothing but text."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    text = "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)
    return "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in text)


def paragraphs(text: str) -> list[str]:
    """A discussion as man(7): what is indented stays as it is."""
    out: list[str] = []
    for block in text.strip("\n").split("\n\n"):
        lines = block.splitlines()
        if all(line.startswith("  ") or not line for line in lines):
            out += [".PP", ".nf", ".RS 4", escaped("\n".join(line[2:] for line in lines)),
                    ".RE", ".fi"]
        else:
            out += [".PP", escaped(" ".join(line.strip() for line in lines))]
    # A section begins with a paragraph by itself.
    return out[1:] if out[:1] == [".PP"] else out


def shown(argument: dict) -> str:
    """How an argument is written on the command line."""
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        return f"\\fI{escaped(value)}\\fR"
    names = [("-" if name["kind"] == "short" else "--") + name["name"]
             for name in argument.get("names", [])]
    text = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    return text if argument["kind"] == "flag" else f"{text} \\fI{escaped(value)}\\fR"


def verbs_of(command: dict) -> list[dict]:
    """The verbs that are for people."""
    return [one for one in command.get("subcommands", [])
            if one["commandName"] != "help" and one.get("shouldDisplay", True)]


def page(command: dict, words: list[str], version: str, date: str) -> str:
    """One verb's page."""
    title = "-".join(words)
    arguments = [one for one in command.get("arguments", []) if one.get("shouldDisplay", True)]
    verbs = verbs_of(command)
    usage = [f"\\fB{escaped(' '.join(words))}\\fR"]
    usage += ["\\fIverb\\fR \\&..."] if verbs else []
    for one in arguments:
        text = shown(one) + (" ..." if one.get("isRepeating") else "")
        usage.append(f"[{text}]" if one.get("isOptional", False) else text)
    out = [
        f'.TH "{escaped(title.upper())}" "1" "{date}" "sluice {escaped(version)}" "Sluice"',
        ".SH NAME", f"{escaped(title)} \\- {escaped(command.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS", " ".join(usage),
    ]
    if command.get("discussion"):
        out += [".SH DESCRIPTION", *paragraphs(command["discussion"])]
    if verbs:
        out.append(".SH VERBS")
        for one in verbs:
            out += [".TP", f"\\fB{escaped(one['commandName'])}\\fR", escaped(one.get("abstract", ""))]
    if arguments:
        out.append(".SH OPTIONS")
        for one in arguments:
            text = one.get("abstract", "")
            if one.get("defaultValue"):
                text += f" Default: {one['defaultValue']}."
            out += [".TP", shown(one), escaped(text)]
    out.append(".SH EXIT STATUS")
    for code, meaning in EXITS:
        out += [".TP", f"\\fB{code}\\fR", escaped(meaning)]
    others = [words[:-1]] if len(words) > 1 else []
    others += [words + [one["commandName"]] for one in verbs]
    if others:
        out += [".SH SEE ALSO", ", ".join(f"\\fB{escaped('-'.join(other))}\\fR(1)" for other in others)]
    return "\n".join(out) + "\n"


def write(command: dict, words: list[str], version: str, date: str, folder: Path) -> int:
    """Writes the page of a verb and of those below it; how many."""
    (folder / f"{'-'.join(words)}.1").write_text(page(command, words, version, date))
    return 1 + sum(
        write(one, words + [one["commandName"]], version, date, folder) for one in verbs_of(command)
    )


def said(sluice: str, *words: str) -> str:
    return subprocess.run([sluice, *words], check=True, capture_output=True, text=True).stdout


def main(folder: Path, sluice: str) -> None:
    manual = folder / "man/man1"
    manual.mkdir(parents=True, exist_ok=True)
    described = json.loads(said(sluice, "--experimental-dump-help"))
    # The command's own day, so that the same command makes the same pages.
    made = os.environ.get("SOURCE_DATE_EPOCH") or Path(shutil.which(sluice) or sluice).stat().st_mtime
    date = time.strftime("%Y-%m-%d", time.gmtime(float(made)))
    count = write(described["command"], ["sluice"], said(sluice, "--version").strip(), date, manual)
    for shell, path in COMPLETIONS.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(said(sluice, "--generate-completion-script", shell))
    print(f"{count} manual pages and {len(COMPLETIONS)} completions in {folder}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else "sluice")
