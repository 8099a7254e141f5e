# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Power cuts: what was not made durable is really gone. The cloud is away, so that every message is a
row on the disk that is cut off; afterwards every row must still get its last word.

The control runs the same with an fsync that only says it has: it must lose something, or the test
could not see a loss.
"""

import random
import shutil
import signal
import sqlite3
import time

from rig.gateway import Gateway
from rig.policies import NEVER_SURE, pipeline
from rig.process import Failed, expect, wait_until

TITLE = "50 power cuts (ext4, what was not synced is gone)"
MUST = "0 lost, integrity check clean; a gateway whose fsync does nothing loses"
FAST = True


def is_sound(stage, disk) -> str:
    """SQLite's own check of a copy, so that the gateway finds the store as the cut left it."""
    copy = stage.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(disk.mount_point, copy, ignore=shutil.ignore_patterns("*-shm", "lost+found"))
    connection = sqlite3.connect(copy / "spool.sqlite")
    try:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as problem:
        return str(problem)
    finally:
        connection.close()


def cut(gateway: Gateway, disk) -> None:
    """Power off under the process, and on again without it."""
    gateway.program.signal(signal.SIGSTOP)
    time.sleep(0.02)
    disk.cut()
    gateway.kill()
    disk.unmount()
    disk.mount()


def play(stage, broker, cloud, collector, disk, cuts: int, rate: float, name: str, faults=None):
    """Cuts the power under load; the traffic, the gateway, and what the checks said."""
    chance = random.Random(2)
    cloud.stop()
    gateway = stage.whole(broker, cloud, policy=pipeline(NEVER_SURE), name=name,
                          spool={"path": str(disk.mount_point / "spool.sqlite")})
    if faults:
        gateway.environment = faults.environment
        faults.set(no_sync=1)
    gateway.start()
    flood = stage.flood(broker, rate).start()
    unsound = []
    for _ in range(cuts):
        wait_until(collector.has_grown, "it works between two cuts", within=60, every=0.02)
        time.sleep(chance.uniform(0.05, 0.6))
        cut(gateway, disk)
        if (said := is_sound(stage, disk)) != "ok":
            unsound.append(said)
        collector.read()
        gateway.spawn()
    flood.stop()
    gateway.wait_ready(within=60)
    return flood, gateway, unsound


def control(stage) -> int:
    """How many messages a gateway without a working fsync loses; -1 when its store is broken."""
    apart = stage.apart("control")
    broker, cloud = apart.broker(), apart.cloud()
    collector = apart.collector(broker)
    disk = apart.loop_disk("unsafe", 128)
    faults = apart.faulty_disk("unsafe/spool")
    try:
        flood, gateway, unsound = play(apart, broker, cloud, collector, disk, 3, 400, "control",
                                       faults)
    except Failed:
        return -1
    cloud.start()
    keys = flood.keys()

    def without_word() -> int:
        books = collector.read()
        said = {books.decision[d] for d in books.last_words} | {
            books.decision[d] for d in books.decision if d not in books.provisional}
        return len(keys - said)

    try:
        wait_until(lambda: gateway.backlog() == 0, "drained", within=30, every=0.5)
    except Failed:
        return -1
    time.sleep(1)
    gateway.kill()
    return -1 if unsound else without_word()


def fault(stage) -> None:
    cuts = stage.pick(50, 3)
    broker, cloud = stage.broker(), stage.cloud()
    collector = stage.collector(broker)
    # A slow machine stores more between the cuts.
    disk = stage.loop_disk(megabytes=1024)
    flood, gateway, unsound = play(stage, broker, cloud, collector, disk, cuts,
                                   stage.pick(1000, 400), "gateway")
    expect(not unsound, f"SQLite's integrity check after {len(unsound)} of {cuts} cuts: {unsound[:3]}")
    books = stage.expect_decided(flood, collector)
    kept = gateway.backlog()
    cloud.start()
    provisional = stage.expect_last_words(collector, gateway, within=240)
    expect(provisional == len(books.first), "every message was provisional, and so a row")
    fresh = stage.expect_fresh(broker, collector)
    stage.note(f"{cuts} cuts, {flood.acknowledged:,} messages, {kept:,} rows over the last one, 0 lost, "
               f"{books.repeats} events repeated under their id, every integrity check ok; fresh "
               f"message after {1000 * fresh:.0f} ms")
    if not stage.is_fast:
        gateway.kill()
        lost = control(stage)
        expect(lost != 0, "the control, whose fsync does nothing, loses something")
        stage.note(f"control without fsync: {'store broken' if lost < 0 else f'{lost} lost'}")
