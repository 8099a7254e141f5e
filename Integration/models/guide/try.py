# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Holds the gateway against the frameworks: try.py FOLDER (what the with_*.py files wrote).

Every model has a policy written for it, is checked by itself, and, if it is not refused, gets its
rows through a broker to one `sluice run` with all of them. What the gateway decided is compared with
what the framework said of the same rows. Fails when anything is refused or differs.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from rig.broker import Broker  # noqa: E402
from rig.gateway import Gateway  # noqa: E402
from rig.process import wait_until  # noqa: E402
from rig.wire import Publisher  # noqa: E402

POLICY = """\
policy: {name}
match: {{ topic: "guide/{name}" }}
reading:
  format: json
  device: guide
  time: ts
  sequence: n
  fields: {fields}
model: {name}
rules:
  - {{ name: no answer, when: model.failed, route: drop }}
otherwise: {{ route: act }}
actions:
  - {{ publish: {{ topic: "answers/{name}", qos: 1 }} }}
privacy: {{ send: [] }}
"""
KINDS = {str: "text", bool: "flag", float: "number", int: "number"}
# Single precision through a few layers or a hundred trees; relative to the size of a value.
TOLERANCE = 1e-4


def policy(name: str, row: dict) -> str:
    fields = {key: {"path": key, "type": KINDS[type(value)]} for key, value in row.items()}
    return POLICY.format(name=name, fields=json.dumps(fields))


def gateway(folder: Path, tries: dict, names: list[str], port: int = 1) -> Gateway:
    """A gateway with only these models."""
    models = folder / "models"
    shutil.rmtree(folder, ignore_errors=True)
    for name in names:
        shutil.copytree(tries[name]["model"], models / name)
    policies = {name: policy(name, tries[name]["rows"][0]) for name in names}
    return Gateway(folder, f"mqtt://127.0.0.1:{port}", ["guide/#"], policies=policies,
                   models={"path": str(models)})


def refusal(folder: Path, tries: dict, name: str) -> str:
    """What `sluice check` says against it; empty when it is fine."""
    checked = gateway(folder / "check", tries, [name]).command("check")
    lines = (checked.stdout + checked.stderr).splitlines()
    return "" if checked.returncode == 0 else next(
        (line for line in lines if "error" in line), f"exit {checked.returncode}")


def answers(folder: Path, tries: dict, names: list[str]) -> dict[str, dict[int, dict]]:
    """The gateway's finding on every row of every model."""
    broker = Broker(folder / "broker").start()
    running = gateway(folder / "run", tries, names, broker.port)
    try:
        running.start()
        sender = Publisher(broker.port)
        total = 0
        for name in names:
            for n, row in enumerate(tries[name]["rows"], 1):
                ts = time.time_ns() // 1_000_000
                sender.publish(f"guide/{name}", {"ts": ts, "n": n, **row})
            total += len(tries[name]["rows"]) - tries[name]["first"] + 1
        sender.flush(60)
        lines = wait_until(lambda: (all_ := running.decided()) and len(all_) >= total and all_,
                           f"{total} decisions", within=60, every=0.5)
        sender.stop()
        found: dict[str, dict[int, dict]] = {name: {} for name in names}
        for line in lines:
            found[line["policy"]][line["sequence"]] = line["finding"]
        return found
    finally:
        running.stop()
        broker.stop()


def compare(told: dict, found: dict[int, dict]) -> tuple[str, bool]:
    """One line of the table, and whether it is right."""
    rows = [found[n] for n in range(told["first"], len(told["rows"]) + 1)]
    failed = [row["failed"] for row in rows if "failed" in row]
    if failed:
        return f"{len(failed)} of {len(rows)} failed: {failed[0]}", False
    text, good = f"{len(rows):4} rows", True
    if "values" in told:
        worst = max(abs(row["value"] - value) / max(1, abs(value))
                    for row, value in zip(rows, told["values"]))
        return f"{text}                     value differs by {worst:.1e} of itself", worst < TOLERANCE
    same = sum(row["label"] == label for row, label in zip(rows, told["labels"]))
    text, good = f"{text}  {same:4} labels alike", same == len(rows)
    if "probabilities" in told:
        worst = max(abs(a - b) for row, own in zip(rows, told["probabilities"])
                    for a, b in zip(row["probabilities"], own, strict=True))
        text, good = f"{text}  probabilities differ by {worst:.1e}", good and worst < TOLERANCE
    return text, good


def main() -> int:
    out = Path(sys.argv[1]).resolve()
    tries = {}
    for file in sorted((out / "tries").glob("*.json")):
        tries[file.stem] = {**json.loads(file.read_text()), "model": out / "models" / file.stem}
    folder = out / "gateway"
    refused = {name: refusal(folder, tries, name) for name in tries}
    taken = [name for name in tries if not refused[name]]
    found = answers(folder, tries, taken) if taken else {}
    good = True
    for name in tries:
        text, right = (refused[name], False) if refused[name] else compare(tries[name], found[name])
        good = good and right
        print(f"{'ok   ' if right else 'NOT  '} {name:20} {text}")
    return 0 if good and tries else 1


if __name__ == "__main__":
    sys.exit(main())
