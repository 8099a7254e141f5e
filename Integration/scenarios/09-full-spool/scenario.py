# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The cloud is gone and the spool is small: it never outgrows its cap, what is dropped is counted,
nothing stops; when the cloud is back, what was kept is drained."""

from rig.gateway import waiting
from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until, wait_while_growing
from rig.stage import Stage, expect_one_identity

CAP = 8 << 20  # the least a spool may have
COUNT = 8000
LONGEST = 240


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    watcher = stage.watcher(broker)
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK),
        spool={"max_size": "8MiB", "when_full": "drop_oldest"},
    ).start()
    pid = gateway.program.pid
    publisher = stage.publisher(broker)
    cloud.stop()

    most = 0
    truths = {}
    for _ in range(COUNT // 500):
        truths |= stage.publish(publisher, 500)
        publisher.flush(within=60)
        most = max(most, size(gateway))
    wait_while_growing(lambda: set(truths) <= watcher.keys("alerts/"), lambda: len(watcher.events),
                       lambda: f"{len(set(truths) - watcher.keys('alerts/'))} not acted on", stuck=20)
    most = max(most, size(gateway))

    # Events leave before their batch is committed, so the last rows may still be on their way; and an
    # event that the broker had not acknowledged by then is a row of its own for a moment.
    def accounted() -> tuple[int, int] | None:
        stats = gateway.spool_stats()
        kept, dropped = waiting(stats), stats["dropped"].get("spool_full", 0)
        return (kept, dropped) if kept + dropped == COUNT else None

    kept, dropped = wait_until(
        accounted, lambda: f"kept + dropped are {COUNT}: {gateway.spool_stats()}")
    expect(most <= CAP, f"{most} bytes on disk with a cap of {CAP}")
    expect(kept > 0 and dropped > 0, f"{kept} kept, {dropped} dropped")

    cloud.start()
    gateway.wait_drained(within=60)
    watcher.catch_up()
    said = {event.decision for event in watcher.on("sluice/verdicts/")}
    expect(len(said) == kept, f"{len(said)} last words for {kept} rows kept")
    expect_one_identity(watcher.events)
    expect(gateway.program.is_running and gateway.program.pid == pid, "the same process")
    stage.note(f"{most / CAP:.2f} of the cap at most, {kept} kept, {dropped} dropped and counted")


def size(gateway) -> int:
    folder = gateway.folder
    return sum(path.stat().st_size for path in folder.glob("spool.sqlite*")
               if not path.name.endswith("-shm"))
