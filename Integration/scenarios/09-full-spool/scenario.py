# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The cloud is gone and the spool is small: it never outgrows its cap, what is dropped is counted,
nothing stops; when the cloud is back, what was kept is drained."""

from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_one_identity

CAP = 1 << 20
COUNT = 6000


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    watcher = stage.watcher(broker)
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK),
        spool={"max_size": "1MiB", "when_full": "drop_oldest"},
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
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"),
               lambda: f"{len(set(truths) - watcher.keys('alerts/'))} not acted on", within=60)
    stats = gateway.spool_stats()
    most = max(most, size(gateway))
    # The cap counts used pages and the log that has not been folded in; a page or two is slack.
    expect(most <= CAP * 1.25, f"{most} bytes on disk with a cap of {CAP}")
    dropped = stats["dropped"].get("spool_full", 0)
    expect(dropped > 0, f"drops are counted: {stats}")
    kept = gateway.backlog()
    expect(kept > 0 and kept + dropped >= COUNT,
           f"{kept} kept + {dropped} dropped of {COUNT}: every one is accounted for")

    cloud.start()
    gateway.wait_drained(within=90)
    expect_one_identity(watcher.events)
    expect(gateway.program.is_running and gateway.program.pid == pid, "the same process")
    stage.note(f"{most / CAP:.2f} of the cap at most, {kept} kept, {dropped} dropped and counted")


def size(gateway) -> int:
    folder = gateway.folder
    return sum(path.stat().st_size for path in folder.glob("spool.sqlite*")
               if not path.name.endswith("-shm"))
