# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The whole path behind a real broker, and beside the sum of bare programs that do its parts."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import fed
from rig.broker import Broker
from rig.gateway import Gateway
from rig.process import Program, accepts, free_port, wait_until


class Answerer:
    """The cloud that costs next to nothing."""

    def __init__(self, tools: Path, folder: Path):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.program = Program("answerer", folder / f"answerer{self.port}.log")
        self.program.spawn([str(tools / "answerer"), str(self.port)])


def cloud_at(url: str) -> dict:
    """The `cloud` section that asks it, 64 readings a request."""
    return {"central": {
        "url": url, "protocol": "open-inference", "timeout": "5s", "max_in_flight": 32,
        "max_batch": 64, "models": {"small": {
            "model": "quality-inspection-large", "inputs": {"X": ["weight", "width", "gloss"]},
            "labels": ["pass", "reject", "unsure"]}}}}


def settled(pid: int, within: float = 30) -> float:
    """When the process was last busy: on a processor for a tenth of a window and more."""
    window = 0.04
    end, last, used = time.monotonic() + within, time.monotonic(), fed.on_processor(pid)
    while time.monotonic() < end and time.monotonic() - last < 0.3:
        time.sleep(window)
        now = fed.on_processor(pid)
        if now - used > window / 10:
            last = time.monotonic()
        used = now
    return last


def flat_out(bench) -> None:
    """Through mosquitto, as fast as it goes; broker and publisher are on the same machine."""
    # The publisher leaves out a key that the feeder writes and the policy wants.
    bodies = bench.folder / "brokered.bodies"
    bodies.write_text("".join(f'"id":{i},{body}\n' for i, body in enumerate(fed.bodies())))
    fast, slow = bench.count(300_000)
    for qos in (0, 1):
        for name, count in (("drained", fast), ("loop_start", fast), ("mosquitto_sub", fast),
                            ("sluice", fast), ("Python", slow)):
            broker = Broker(bench.folder / f"broker{time.monotonic_ns()}", is_persistent=False,
                            max_queued_bytes="0")
            broker.start()
            pid, stop, decided = behind(bench, name, broker)
            try:
                publish(bench, broker, bodies, qos, 2_000)
                settled(pid)
                before, begun = fed.on_processor(pid), time.monotonic()
                publish(bench, broker, bodies, qos, count)
                took = settled(pid) - begun
                bench.note(f"broker, QoS {qos}", name, rate=count / took,
                           cpu=1e6 * (fed.on_processor(pid) - before) / count)
                has = decided()
                if has not in (None, 2_000 + count):
                    print(f"  {name} decided {has:,} of {2_000 + count:,}", file=sys.stderr)
            finally:
                stop()
                broker.kill()


def publish(bench, broker, bodies: Path, qos: int, count: int) -> None:
    command = [bench.tools / "publisher", str(broker.port), str(qos), str(count), "16", bodies,
               "bench/small/d", "/data"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def behind(bench, name: str, broker):
    """Starts a subject at a broker; its process, what ends it, and how many messages it says it decided."""
    if name == "sluice":
        own = fed.fresh("b")
        gateway = Gateway(bench.folder / own, broker.url, [fed.FILTER],
                          policies={"small": fed.five_rules()}, name=own)
        fed.slim(gateway, bench.folder)
        gateway.start()
        return gateway.program.pid, gateway.stop, lambda: sum(
            count for title, count in gateway.status()["counters"].items()
            if title.startswith("sluice_decide_decisions_total"))
    if name == "mosquitto_sub":
        command = ["mosquitto_sub", "-p", str(broker.port), "-q", "1", "-V", "mqttv5", "-t", fed.FILTER]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        return process.pid, lambda: (process.kill(), process.wait()), lambda: None
    start = {
        "drained": lambda: fed.bare(bench.tools, "drain"),
        "loop_start": lambda: fed.bare(bench.tools, "thread"),
        "Python": lambda: fed.python(bench.python, bench.folder),
    }[name]()
    found = start(broker)
    time.sleep(2 if name == "Python" else 0.5)
    return *found, lambda: None


def parts(bench) -> None:
    """Fed at QoS 1, 5 % acted on, 5 % put to the cloud: beside bare programs with the same counts."""
    bodies = bench.site("mixed", acted=0.05, escalated=0.05)
    count, _ = bench.count(200_000)
    share = count // 20
    answerer = Answerer(bench.tools, bench.folder)
    try:
        wait_until(lambda: accepts(answerer.port), "the answerer answers")
        policies = {"small": fed.five_rules(cloud=True)}
        subject = bench.subject(bodies, fed.sluice(bench.folder, policies, cloud=cloud_at(answerer.url)))
        try:
            before = fed.on_processor(subject.pid)
            said = subject.measure(1, count)
            settled(subject.pid)
            # What is asked and published after the last message was taken counts, too.
            cpu = 1e6 * (fed.on_processor(subject.pid) - before) / said["sent"]
            bench.note("parts, QoS 1", "sluice", rate=said["rate"], cpu=cpu)
        finally:
            subject.stop()
        bare = bench.subject(bodies, fed.bare(bench.tools, "drain"))
        try:
            total = bare.measure(1, count)["cpu"]
            actions = tool(bench, "parts", "actions", str(bare.feeder.port), str(share))
        finally:
            bare.stop()
        file = bench.folder / f"rows{time.monotonic_ns()}.sqlite"
        rows = tool(bench, "parts", "rows", str(file), str(share), "256")
        body = bench.folder / "body64"
        values = ",".join("120.5,46.1,82.25" for _ in range(64))
        body.write_text('{"inputs":[{"name":"X","datatype":"FP32","shape":[64,3],"data":['
                        + values + "]}]}")
        asked = tool(bench, "poster", f"{answerer.url}/v2/models/quality-inspection-large/infer",
                     str(body), "4", str(max(1, share // 64)))
        total += 1e6 * sum(part["cpu"] for part in (actions, rows, asked)) / count
        bench.note("parts, QoS 1", "sum of the bare parts", cpu=total)
    finally:
        answerer.program.kill()


def rows(bench) -> None:
    """Every message a row before its PUBACK, beside SQLite in C with 256 rows a commit.

    The gateway's rows are longer, and its figures are the whole path's.
    """
    count, _ = bench.count(80_000)
    policies = {"small": fed.five_rules(cloud=True, defers=True)}
    # Nobody answers there, so that rows are kept.
    cloud = cloud_at(f"http://127.0.0.1:{free_port()}")
    subject = bench.subject(bench.site("doubtful", escalated=1.0),
                            fed.sluice(bench.folder, policies, cloud=cloud))
    try:
        said = subject.measure(1, count)
        bench.note("rows", "sluice", rate=said["rate"], cpu=said["cpu"])
    finally:
        subject.stop()
    file = bench.folder / f"insert{time.monotonic_ns()}.sqlite"
    said = tool(bench, "parts", "insert", str(file), str(count), "256")
    bench.note("rows", "SQLite in C", rate=count / said["seconds"], cpu=1e6 * said["cpu"] / count)


def tool(bench, name: str, *arguments: str) -> dict:
    said = subprocess.run([bench.tools / name, *arguments], check=True, capture_output=True, text=True)
    return json.loads(said.stdout)

