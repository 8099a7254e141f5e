# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The clock jumps by days while rows with a time to live wait; it is set back by hours under waits that
end at a time of day; the process is stopped for 20 s; the kernel kills it for its memory. Nothing is lost,
nothing expires that should not, and nothing waits until the clock has caught up."""

import os
import signal
import time
from pathlib import Path

from rig.disk import SteppedClock
from rig.faults import Supervisor
from rig.memory import MemoryGroup
from rig.policies import NEVER_SURE, pipeline
from rig.process import expect, wait_until

TITLE = "clock jumps ±10 days and −2 h, SIGSTOP 20 s, memory cgroup kill"
MUST = "0 lost, nothing expires wrongly"
FAST = False
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def clock(stage) -> None:
    apart = stage.apart("clock")
    expect(FAKETIME is not None, "libfaketime is installed")
    broker, cloud = apart.broker(), apart.cloud()
    collector = apart.collector(broker)
    offset = apart.folder / "offset"
    offset.write_text("+0\n")
    # An hour to live, on the spool's own time.
    gateway = apart.whole(broker, cloud, policy=pipeline(NEVER_SURE, head="time_to_live: 1h"))
    gateway.environment = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(offset),
                           "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    # The library adds a variable to the environment of the first program it is in, and Swift's runtime
    # finds no arguments then: let that be `env`.
    gateway.wrapper = ["env"]
    gateway.start()
    cloud.stop()
    flood = apart.flood(broker, stage.pick(300, 200)).start()
    jumps = ["+10d", "-10d", "-2h", "+10d", "+0"]
    for number, jump in enumerate(jumps):
        time.sleep(stage.pick(2, 0.8))
        offset.write_text(jump + "\n")
        collector.read()
        wait_until(collector.has_grown, f"it goes on after {jump}", within=5)
        if number == 1:
            # A start with a clock far from that of the rows.
            gateway.kill()
            gateway.spawn()
    time.sleep(1)
    flood.stop()
    gateway.wait_ready()
    apart.expect_decided(flood, collector)
    cloud.start()
    rows = apart.expect_last_words(collector, gateway)
    counters = gateway.status()["counters"]
    expired = sum(n for name, n in counters.items() if "expired" in name or "too_old" in name)
    dropped = gateway.spool_stats()["dropped"]
    expect(rows == flood.acknowledged, f"{rows} of {flood.acknowledged} rows got their word")
    expect(expired == 0 and not dropped, f"{expired} expired, dropped {dropped}")
    fresh = apart.expect_fresh(broker, collector)
    stage.note(f"clock {', '.join(jumps)}: {rows:,} rows, 0 lost, 0 expired, fresh message after "
               f"{1000 * fresh:.0f} ms")
    apart.end()


def stepped(stage) -> None:
    """Set back by two hours: whatever waits with a limit still ends in its time, and the cloud's end and its
    return are seen, told and answered."""
    apart = stage.apart("stepped")
    broker, cloud = apart.broker(), apart.cloud()
    collector = apart.collector(broker)
    clock = SteppedClock(apart.folder)
    gateway = apart.whole(broker, cloud, policy=pipeline(NEVER_SURE))
    gateway.environment = clock.environment
    gateway.start()
    flood = apart.flood(broker, stage.pick(300, 200)).start()
    wait_until(collector.has_grown, "it works", within=10)
    slowest = {"offline": 0.0, "healthy": 0.0}

    def sees(state: str) -> None:
        start = time.monotonic()
        wait_until(lambda: gateway.status()["state"]["state"] == state,
                   lambda: f"{gateway.status()['state']} is not {state}", within=20, every=0.1)
        slowest[state] = max(slowest[state], time.monotonic() - start)
        collector.read()
        wait_until(collector.has_grown, f"it goes on, {state}", within=5)

    for hours in (-2, -4, 0):
        clock.set(3600 * hours)
        time.sleep(1)
        cloud.stop()
        sees("offline")
        cloud.start()
        sees("healthy")
    flood.stop()
    apart.expect_decided(flood, collector)
    apart.expect_last_words(collector, gateway)
    fresh = apart.expect_fresh(broker, collector)
    stage.note(f"clock set back 2 h twice and forward 4 h under its waits: {flood.acknowledged:,} messages, "
               f"0 lost, cloud gone and back told after {slowest['offline']:.1f} and "
               f"{slowest['healthy']:.1f} s, fresh message after {1000 * fresh:.0f} ms")
    apart.end()


def stopped(stage, seconds: float) -> None:
    apart = stage.apart("stopped")
    broker, cloud = apart.broker(), apart.cloud()
    collector = apart.collector(broker)
    gateway = apart.whole(broker, cloud).start()
    flood = apart.flood(broker, 300).start()
    wait_until(collector.has_grown, "it works", within=10)
    time.sleep(1)
    gateway.program.signal(signal.SIGSTOP)
    time.sleep(seconds)
    collector.read()
    gateway.program.signal(signal.SIGCONT)
    start = time.monotonic()
    wait_until(collector.has_grown, "it goes on", within=10, every=0.01)
    back = time.monotonic() - start
    flood.stop()
    apart.expect_decided(flood, collector)
    apart.expect_last_words(collector, gateway)
    fresh = apart.expect_fresh(broker, collector)
    stage.note(f"SIGSTOP {seconds:g} s: {flood.acknowledged:,} messages, 0 lost, back after {back:.2f} s, "
               f"fresh message after {1000 * fresh:.0f} ms")
    apart.end()


def squeezed(stage, kills: int) -> None:
    apart = stage.apart("memory")
    broker, cloud = apart.broker(), apart.cloud()
    collector = apart.collector(broker)
    gateway = apart.whole(broker, cloud, policy=pipeline(0.93)).start()
    flood = apart.flood(broker, 300).start()
    supervisor = Supervisor(gateway).start()
    apart._ends.append(supervisor.stop)
    for kill in range(kills):
        wait_until(collector.has_grown, "it works", within=20)
        time.sleep(1)
        group = MemoryGroup(f"sluice-fault-{os.getpid()}-{kill}")
        try:
            group.take(gateway.program.pid)
            pid = gateway.program.pid
            group.squeeze(1 << 20)
            wait_until(lambda: len(supervisor.statuses) > kill, "the kernel kills it", within=30)
            expect(supervisor.statuses[-1] == -signal.SIGKILL, f"killed: {supervisor.statuses}")
            wait_until(lambda: gateway.program.pid != pid, "it is started again", within=10)
        finally:
            group.end()
        collector.read()
    flood.stop()
    gateway.wait_ready()
    apart.expect_decided(flood, collector)
    apart.expect_last_words(collector, gateway)
    fresh = apart.expect_fresh(broker, collector)
    supervisor.stop()
    stage.note(f"memory: killed {kills} times by the kernel, {flood.acknowledged:,} messages, 0 lost, "
               f"fresh message after {1000 * fresh:.0f} ms")
    apart.end()


def fault(stage) -> None:
    clock(stage)
    stepped(stage)
    if not stage.is_fast:
        stopped(stage, 20)
        squeezed(stage, 5)
