# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Takes turns: bare subscriber, bare subscriber in a thread, gateway; each round, each traffic.

The gateway's end is seen from outside: behind the traffic goes one message more on the same lane
whose alert is waited for. CPU is user and system time of the process, from /proc, over the traffic.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plant import bearing  # noqa: E402
from rig.broker import Broker  # noqa: E402
from rig.gateway import ROOT, Gateway, binary  # noqa: E402
from rig.process import wait_until  # noqa: E402
from rig.wire import Publisher, Watcher  # noqa: E402

FILTER = "bench/#"

# Decode, infer, decide; the action never fires, so what is measured is the path of every message.
QUIET = """\
policy: {name}
match: {{ topic: "bench/{name}/+unit/data" }}
reading:
  format: json
  device: "{name}-{{unit}}"
  time: ts
  sequence: n
  fields: {{ {fields} }}
model: {model}
threshold: 0.5
rules:
  - name: normal
    when: {when}
    route: act
otherwise: {{ route: act }}
actions:
  - when: score > 2.0
    publish: {{ topic: "alerts/{name}", qos: 1 }}
privacy: {{ send: [] }}
"""

END = """\
policy: end
match: { topic: "bench/end" }
reading:
  format: json
  device: bench-end
  time: ts
  sequence: n
  fields: { heart_rate: heart_rate }
model: vital-signs
threshold: 0.5
rules:
  - name: any
    when: "true"
    route: act
otherwise: { route: act }
actions:
  - when: "true"
    publish: { topic: "alerts/end", qos: 1 }
privacy: { send: [] }
"""

POLICIES = {
    "small": QUIET.format(name="small", model="vital-signs", when="score < 0.999",
                          fields="heart_rate: heart_rate"),
    "vibration": QUIET.format(name="vibration", model="bearing-wear",
                              when="confidence >= threshold", fields="vib: vib.samples, temp: temp"),
    "end": END,
}


def bodies(kind: str) -> list[str]:
    """JSON objects without their opening brace and the two keys the publisher writes itself."""
    if kind == "small":
        chance = random.Random(1)
        return [f'"heart_rate":{chance.gauss(72, 2):.1f},"spo2":97.{i % 10},"unit":"bench"}}'
                for i in range(256)]
    machine = bearing.Machine("bench")
    lines = []
    for _ in range(256):
        body = bearing.payload(machine.measure(), 0, 0, machine.serial)
        del body["ts"], body["n"]
        lines.append(json.dumps(body, separators=(",", ":"))[1:])
    return lines


class Bench:
    """One broker, and whoever's turn it is."""

    def __init__(self, tools: Path, folder: Path, devices: int):
        self.tools = tools
        self.devices = devices
        self.folder = folder
        # Nothing on the broker's disk: it is not the broker that is measured.
        self.broker = Broker(folder / "broker", is_persistent=False, extra="log_type subscribe")
        self.number = 0

    def publish(self, kind: str, qos: int, count: int) -> float:
        """The traffic; how long it took to publish."""
        command = [self.tools / "publisher", str(self.broker.port), str(qos), str(count),
                   str(self.devices), self.folder / kind, f"bench/{kind}/d", "/data"]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def bare(self, style: str, kind: str, qos: int, count: int) -> tuple[float, float]:
        """Messages a second and CPU microseconds a message of the C subscriber."""
        with subprocess.Popen(
            [self.tools / "subscriber", str(self.broker.port), style, str(qos), str(count), FILTER],
            stdout=subprocess.PIPE, text=True,
        ) as child:
            child.stdout.readline()
            self.publish(kind, qos, count)
            said = json.loads(child.stdout.readline())
        if said["received"] < count:
            print(f"  {style} {kind} QoS {qos}: {said['received']} of {count}", file=sys.stderr)
        return said["received"] / said["seconds"], 1e6 * said["cpu"] / said["received"]

    def gateway(self) -> Gateway:
        """A gateway nobody has seen before."""
        self.number += 1
        name = f"g{self.number}"
        gateway = Gateway(self.folder / name, self.broker.url, [FILTER], policies=POLICIES,
                          name=name)
        del gateway.settings["decisions"]
        gateway.configure()
        return gateway

    def sluice(self, kind: str, qos: int, count: int) -> tuple[float, float]:
        """The same of `sluice run`."""
        gateway = self.gateway().start()
        watcher = Watcher(self.broker.port, ["alerts/#"], name=f"w{self.number}")
        sender = Publisher(self.broker.port, name=f"p{self.number}")
        try:
            self.end(sender, watcher, qos, 1)
            before = gateway.program.cpu_seconds()
            start = time.monotonic()
            self.publish(kind, qos, count)
            self.end(sender, watcher, qos, 2)
            took = time.monotonic() - start
            cpu = gateway.program.cpu_seconds() - before
            # Its own count of decisions, less the two messages that mark the ends.
            received = sum(count for title, count in gateway.status()["counters"].items()
                           if title.startswith("sluice_decide_decisions_total")) - 2
            if received < count:
                print(f"  sluice {kind} QoS {qos}: {received} of {count}", file=sys.stderr)
            return received / took, 1e6 * cpu / received
        finally:
            sender.stop()
            watcher.stop()
            gateway.stop()

    def end(self, sender: Publisher, watcher: Watcher, qos: int, n: int) -> None:
        """One message through the whole lane and out again."""
        have = len(watcher.events)
        body = {"ts": time.time_ns() // 1_000_000, "n": n, "heart_rate": 70.0}
        sender.publish("bench/end", body, qos)
        wait_until(lambda: len(watcher.events) > have, "the last message came through",
                   within=120, every=0.002)

    def start_up(self) -> tuple[float, float, float, float]:
        """Seconds to subscribed; when idle: CPU seconds a second, resident bytes, own bytes."""
        gateway = self.gateway()
        log = self.broker.program.log
        start = time.monotonic()
        try:
            gateway.spawn()
            mark = f"sluice-g{self.number}-plant "  # the client of the input `plant`
            wait_until(lambda: any(mark in line and FILTER in line
                                   for line in log.read_text().splitlines()[-50:]),
                       "subscribed", every=0.001)
            subscribed = time.monotonic() - start
            time.sleep(3)
            before, begun = gateway.program.cpu_seconds(), time.monotonic()
            time.sleep(5)
            busy = (gateway.program.cpu_seconds() - before) / (time.monotonic() - begun)
            memory = Path(f"/proc/{gateway.program.pid}/status").read_text()
            resident, own = (1024 * int(re.search(rf"{key}:\s+(\d+)", memory)[1])
                             for key in ("VmRSS", "RssAnon"))
            return subscribed, busy, resident, own
        finally:
            gateway.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tools", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=300_000)
    parser.add_argument("--devices", type=int, default=16)
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    bench = Bench(arguments.tools, folder, arguments.devices)
    try:
        for kind in ("small", "vibration"):
            (folder / kind).write_text("\n".join(bodies(kind)) + "\n")
        bench.broker.start()
        subjects = {
            "libmosquitto, drained loop": lambda *a: bench.bare("drain", *a),
            "libmosquitto, loop_start": lambda *a: bench.bare("thread", *a),
            "sluice run": bench.sluice,
        }
        cases = [(kind, qos) for kind in ("small", "vibration") for qos in (0, 1)]
        results: dict[tuple, list[tuple[float, float]]] = {}
        for _ in range(arguments.rounds):
            for kind, qos in cases:
                for subject, turn in subjects.items():
                    figures = turn(kind, qos, arguments.count)
                    results.setdefault((kind, qos, subject), []).append(figures)
        starts = [bench.start_up() for _ in range(arguments.rounds)]
        report(arguments, folder, cases, subjects, results, starts, before)
    finally:
        bench.broker.kill()
        shutil.rmtree(folder, ignore_errors=True)


def report(arguments, folder: Path, cases, subjects, results, starts, before) -> None:
    """The table."""
    middle = statistics.median
    length = {kind: len((folder / kind).read_text().splitlines()[0]) + 26 for kind, _ in cases}
    print(f"\nmachine  {processor()}, {os.cpu_count()} cores, {platform.release()}")
    print(f"commit   {commit()}")
    print(f"load     {' '.join(f'{x:.1f}' for x in os.getloadavg())} "
          f"at the end, {before:.1f} before")
    print(f"each     {arguments.count} messages, {arguments.devices} devices, median of {arguments.rounds}, "
          "broker and publisher on the same machine\n")
    print(f"{'traffic':24} {'subscriber':28} {'msg/s':>9} {'CPU µs/msg':>11}")
    for kind, qos in cases:
        title = f"{kind}, {length[kind]} B, QoS {qos}"
        for subject in subjects:
            figures = results[(kind, qos, subject)]
            print(f"{title:24} {subject:28} {middle(f[0] for f in figures):9,.0f} "
                  f"{middle(f[1] for f in figures):11.1f}")
            title = ""
    stripped = folder / "stripped"
    subprocess.run(["strip", "-o", str(stripped), binary()], check=True)
    print(f"\nstart to subscribed   {1000 * middle(s[0] for s in starts):.0f} ms")
    print(f"idle CPU              {100 * middle(s[1] for s in starts):.2f} %")
    print(f"idle memory           {middle(s[2] for s in starts) / 1e6:.1f} MB resident, of it "
          f"{middle(s[3] for s in starts) / 1e6:.1f} MB its own (the rest is mapped files)")
    print(f"binary, stripped      {stripped.stat().st_size / 1e6:.1f} MB")


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def commit() -> str:
    said = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
                          capture_output=True, text=True)
    return said.stdout.strip() or "not a repository"


if __name__ == "__main__":
    main()
