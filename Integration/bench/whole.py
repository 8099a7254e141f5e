# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The whole path at two rates and flat out, at both qualities of service: everything of a subject in one table."""

from __future__ import annotations

import subprocess

import brokered
import fed
from rig.process import accepts, wait_until


def whole(bench) -> None:
    """5 % acted on and 5 % put to a cloud, but by those that only count; fed without a broker."""
    bodies = bench.site("mixed", acted=0.05, escalated=0.05)
    answerer = brokered.Answerer(bench.tools, bench.folder)
    try:
        wait_until(lambda: accepts(answerer.port), "the answerer answers")
        policies = {"small": fed.five_rules(cloud=True)}
        for qos in (0, 1):
            for rate in (1_000, 10_000, 0):
                for name, start in (
                    ("drained", fed.bare(bench.tools, "drain")),
                    ("echo", fed.bare(bench.tools, "echo")),
                    ("mosquitto_sub", mosquitto_sub),
                    ("sluice", fed.sluice(bench.folder, policies, cloud=brokered.cloud_at(answerer.url))),
                    ("Python", fed.python(bench.python, bench.folder, answerer.url)),
                ):
                    measure(bench, bodies, name, start, qos, rate)
    finally:
        answerer.program.kill()


def measure(bench, bodies, name: str, start, qos: int, rate: int) -> None:
    fast, slow = bench.count(200_000)
    seconds = 2 if bench.quick else 8
    count = rate * seconds or (slow if name == "Python" else fast)
    subject = bench.subject(bodies, start)
    try:
        brokered.settled(subject.pid)
        before = fed.on_processor(subject.pid)
        said = subject.measure(qos, count, rate)
        # What is asked and published after the last message was taken counts, too.
        brokered.settled(subject.pid)
        figures = {"rate": said["rate"],
                   "cpu": 1e6 * (fed.on_processor(subject.pid) - before) / said["sent"],
                   "memory": fed.memory(subject.pid)[0] / 1e6}
        # Those that only count publish nothing that could be late.
        figures |= {name: 1e6 * said[name] for name in ("p50", "p99", "p999") if name in said}
        bench.note(f"whole, {f'{rate:,} msg/s' if rate else 'flat out'}, QoS {qos}", name, **figures)
    finally:
        subject.stop()


def mosquitto_sub(feeder: fed.Feeder):
    command = ["mosquitto_sub", "-p", str(feeder.port), "-q", "1", "-V", "mqttv5", "-t", fed.FILTER]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    return process.pid, lambda: (process.kill(), process.wait())
