# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Subjects fed without a broker: a stand-in sends as fast as the subject takes it, or at a rate."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import select
import shutil
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.gateway import EDGE_MODELS, Gateway  # noqa: E402
from rig.process import Failed, free_port, wait_until  # noqa: E402

MODEL = EDGE_MODELS / "quality-inspection/1/model.onnx"
FILTER = "bench/#"

# Five rules over a small ONNX classifier; a part with a gloss below 40 is acted on, one wider than 45
# is put to the cloud: how many there are is a matter of the bodies.
FIVE_RULES = """\
policy: {name}
match: {{ topic: "bench/{topic}/+unit/data" }}
reading:
  format: json
  device: "{name}-{{unit}}"
  time: ts
  sequence: n
  fields: {{ weight: weight, width: width, gloss: gloss, id: id }}
model: quality-inspection
threshold: 0.5
{escalation}rules:
  - name: not a part
    when: weight < 50.0 || width <= 0.0
    route: drop
  - name: no opinion
    when: model.failed
    route: drop
  - name: doubtful
    when: width > 45.0
    {doubtful}
  - name: sure
    when: confidence >= threshold
    route: act
  - name: weak
    when: score < 0.2 && queue.fill < 0.9
    route: act
otherwise: {{ route: act }}
actions:
  - name: alert
    when: gloss < 40.0
    publish: {{ topic: "alerts/{name}", qos: 1 }}
    payload: '{{ "id": {{{{id}}}}, "device": "{{{{device}}}}", "label": "{{{{label}}}}", "score": {{{{score}}}} }}'
privacy: {{ send: [{send}] }}
"""


def five_rules(name: str = "small", cloud: bool = False, topic: str = "",
               defers: bool = False) -> str:
    """A policy of five rules about `bench/<topic>/…`; with a cloud, doubtful parts are put to it, or
    kept for it."""
    topic = topic or name
    if not cloud:
        return FIVE_RULES.format(name=name, topic=topic, escalation="", doubtful="route: drop",
                                 send="")
    return FIVE_RULES.format(
        name=name, topic=topic, escalation="escalate: [central]\ndeadline: 60s\n",
        send="weight, width, gloss",
        doubtful="route: defer" if defers else
        "route: escalate\n    fallback: act_provisionally")


def bodies(acted: float = 0.0, escalated: float = 0.0, size: int = 0) -> list[str]:
    """JSON objects without their opening brace and the three keys the feeder writes itself."""
    chance = random.Random(1)
    lines = []
    for i in range(1000):
        gloss = chance.gauss(30 if i < acted * 1000 else 82, 2)
        width = chance.gauss(46 if i >= 1000 - escalated * 1000 else 40, 0.09)
        weight = 120 * width / 40 + chance.gauss(0, 0.3)
        text = f'"weight":{weight:.3f},"width":{width:.3f},"gloss":{gloss:.2f},"unit":"bench"'
        if size > len(text) + 12:
            text += ',"note":"' + "x" * (size - len(text) - 10) + '"'
        lines.append(text + "}")
    chance.shuffle(lines)
    return lines


def on_processor(pid: int) -> float:
    """Seconds that the process's threads have been on a processor, to the nanosecond."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            pass  # A thread that has just ended.
    return total / 1e9


def memory(pid: int) -> tuple[int, int]:
    """Resident bytes, and those of them that are the process's own."""
    text = Path(f"/proc/{pid}/status").read_text()
    resident, own = (re.search(rf"{key}:\s+(\d+)", text)[1] for key in ("VmRSS", "RssAnon"))
    return 1024 * int(resident), 1024 * int(own)


def on_processor_of(pid: int, name: str) -> float:
    """Seconds that the process's threads of this name have been on a processor."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


_numbers = itertools.count(1)


def fresh(prefix: str) -> str:
    """A name that nobody in this run has had: a port comes again, and with it another's policies and spool."""
    return f"{prefix}{next(_numbers)}"


class Feeder:
    """The stand-in for a broker."""

    def __init__(self, tools: Path, bodies: Path, devices: int, topic: str = "bench/small/d"):
        self.port = free_port()
        self.process = subprocess.Popen(
            [tools / "feeder", str(self.port), str(devices), bodies, topic, "/data"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def wait(self, pid: int) -> None:
        """Until the process has subscribed."""
        while not select.select([self.process.stdout], [], [], 0.002)[0]:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                raise Failed("who was to be fed has ended")
        self.process.stdout.readline()

    def feed(self, qos: int, count: int, rate: float = 0) -> dict:
        self.process.stdin.write(f"{qos} {count} {rate}\n")
        self.process.stdin.flush()
        while not (line := self.process.stdout.readline()).startswith("{"):
            if not line:
                raise RuntimeError("the feeder has ended")
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)


def measure(feeder: Feeder, pid: int, qos: int, count: int, rate: float = 0) -> dict:
    """Feeds it and says what it cost, memory included."""
    before = on_processor(pid)
    said = feeder.feed(qos, count, rate)
    said["cpu"] = 1e6 * (on_processor(pid) - before) / said["sent"]
    said["rate"] = said["sent"] / said["seconds"]
    return said


class Subject:
    """Whoever's turn it is, subscribed to a feeder of its own."""

    def __init__(self, feeder: Feeder, start) -> None:
        self.feeder = feeder
        self.pid, self._stop = start(feeder)
        feeder.wait(self.pid)
        feeder.feed(1, 2000)

    def measure(self, *arguments) -> dict:
        return measure(self.feeder, self.pid, *arguments)

    def stop(self) -> None:
        self._stop()
        self.feeder.close()


def bare(tools: Path, style: str):
    """A counting libmosquitto subscriber."""

    def start(feeder: Feeder):
        process = subprocess.Popen(
            [tools / "subscriber", str(feeder.port), style, "1", str(10**12), FILTER],
            stdout=subprocess.DEVNULL, env={**os.environ, "MODEL": str(MODEL)})
        return process.pid, lambda: (process.kill(), process.wait())

    return start


def counting(tools: Path, file: Path) -> dict[str, str]:
    """The environment in which a program's allocations are counted in `file`."""
    return {"LD_PRELOAD": str(tools / "liballocations.so"), "ALLOCATIONS": str(file)}


def allocations(file: Path) -> tuple[int, int, int]:
    """How many there were: the program's own, libmosquitto's, and ONNX Runtime's."""
    return struct.unpack("=QQQ", file.read_bytes())


def slim(gateway: Gateway, folder: Path, isLogging: bool = False) -> None:
    """With the one model that the five rules are about, and without a log of decisions."""
    models = folder / "models"
    if not models.exists():
        shutil.copytree(EDGE_MODELS / "quality-inspection", models / "quality-inspection")
    gateway.settings["models"]["path"] = str(models)
    if not isLogging:
        del gateway.settings["decisions"]
    gateway.configure()


def sluice(folder: Path, policies: dict[str, str], wrapper: list[str] = (), cloud=None,
           environment: dict[str, str] = {}, **sections):
    """`sluice run` with a site of its own."""

    def start(feeder: Feeder):
        name = fresh("g")
        gateway = Gateway(folder / name, feeder.url, [FILTER], policies=policies,
                          name=name, cloud=cloud, **sections)
        slim(gateway, folder, "decisions" in sections)
        gateway.wrapper = list(wrapper)
        gateway.environment = environment
        gateway.spawn()
        wait_until(lambda: gateway.program.is_running, "it runs")
        return gateway.program.pid, lambda: gateway.stop(within=120)

    return start


def python(interpreter: Path, folder: Path, cloud: str = ""):
    """The gateway in Python, see python/gateway.py."""
    here = Path(__file__).resolve().parent

    def start(feeder: Feeder):
        command = [interpreter, here / "python/gateway.py", str(feeder.port), MODEL,
                   folder / f"{fresh('p')}.sqlite", *([cloud] if cloud else [])]
        # Its packages are its own, not those of whoever measures.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        process = subprocess.Popen(command, env=environment)
        return process.pid, lambda: (process.kill(), process.wait())

    return start
