# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The disk is full, and has room again; then writes and fsyncs fail now and then, or write half.

While it is full, what needs a row stays with the broker and what needs none flows. A process that ends
itself on a failing disk is started again as a service manager would.
"""

import time

from rig.faults import Supervisor
from rig.policies import pipeline
from rig.process import expect, wait_until

TITLE = "disk full and healed; 2 % EIO on write, 5 % on fsync, short writes"
MUST = "0 lost, back ≤ 2 s after healing"
FAST = True
BACK_WITHIN = 2.0
# Small, a debug build is played, and on a slow host 300 messages a second are more than it can do: then what is measured is its
# queue and not how soon it is back.
RATE = (500, 150)


def full(stage) -> None:
    """Full, several times, and healed."""
    apart = stage.apart("full")
    rounds = stage.pick(5, 1)
    broker, cloud = apart.broker(), apart.cloud()
    collector = apart.collector(broker)
    disk = apart.small_disk()
    # Sure of every other message: those need no row. The cloud is away for the doubtful ones.
    gateway = apart.whole(broker, cloud, policy=pipeline(0.93),
                          spool={"path": str(disk.mount_point / "spool.sqlite")}).start()
    cloud.stop()
    flood = apart.flood(broker, stage.pick(*RATE)).start()
    slowest = 0.0
    for _ in range(rounds):
        wait_until(collector.has_grown, "it works before the disk is full", within=20)
        time.sleep(stage.pick(2, 1))
        disk.fill()
        time.sleep(stage.pick(4, 2))
        collector.read()
        wait_until(lambda: any(lane.get("paused") for lane in (gateway.status() or {}).get("lanes", [])),
                   "the status says that an input is paused")
        expect(gateway.program.is_running, "it runs on a full disk\n" + gateway.program.last_words())
        before = collector.read()
        have = len(before.provisional)
        disk.heal()
        start = time.monotonic()
        wait_until(lambda: len(collector.read().provisional) > have, "rows are written again",
                   within=20, every=0.02)
        slowest = max(slowest, time.monotonic() - start)
    count = flood.stop()
    expect(slowest <= BACK_WITHIN, f"back {slowest:.1f} s after healing")
    apart.expect_decided(flood, collector)
    cloud.start()
    provisional = apart.expect_last_words(collector, gateway)
    fresh = apart.expect_fresh(broker, collector)
    stage.note(f"full {rounds} times: {count:,} messages, 0 lost, {provisional:,} rows, back after "
               f"{slowest:.2f} s at most, fresh message after {1000 * fresh:.0f} ms")
    apart.end()


def failing(stage, name: str, seconds: float, **faults: float) -> None:
    """Fails now and then, for a while, and then works."""
    apart = stage.apart(name.replace(" ", "-"))
    broker, cloud = apart.broker(), apart.cloud()
    collector = apart.collector(broker)
    control = apart.faulty_disk()
    gateway = apart.whole(broker, cloud, policy=pipeline(0.93))
    gateway.environment = control.environment
    gateway.start()
    supervisor = Supervisor(gateway).start()
    apart._ends.append(supervisor.stop)
    cloud.stop()
    flood = apart.flood(broker, stage.pick(*RATE)).start()
    time.sleep(1)
    control.set(**faults)
    time.sleep(seconds)
    control.set()
    healed = time.monotonic()
    collector.read()
    wait_until(collector.has_grown, f"{name}: it works again", within=20, every=0.02)
    back = time.monotonic() - healed
    fresh = apart.expect_fresh(broker, collector)
    count = flood.stop()
    apart.expect_decided(flood, collector)
    cloud.start()
    gateway.wait_ready()
    apart.expect_last_words(collector, gateway)
    supervisor.stop()
    failed = sum(control.count(what) for what in ("failed_writes", "failed_syncs", "short_writes",
                                                  "full_writes"))
    expect(failed > 0, f"{name}: something failed")
    expect(back <= BACK_WITHIN, f"{name}: back {back:.1f} s after healing")
    stage.note(f"{name}: {failed} failures, {supervisor.restarts} restarts, {count:,} messages, 0 lost, "
               f"back after {back:.2f} s, fresh message after {1000 * fresh:.0f} ms")
    apart.end()


def fault(stage) -> None:
    full(stage)
    seconds = stage.pick(20, 4)
    if not stage.is_fast:
        failing(stage, "EIO on 2 % of writes", seconds, write_error=0.02)
        failing(stage, "EIO on 5 % of fsyncs", seconds, sync_error=0.05)
        failing(stage, "5 % short writes", seconds, short_write=0.05)
    failing(stage, "all at once", seconds, write_error=0.02, sync_error=0.05, short_write=0.05)
