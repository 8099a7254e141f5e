# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The cloud is gone: the gateway acts provisionally and keeps every question on disk, over its own
restart too. The cloud is back: every question is answered, once, and the spool is empty."""

from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_last_words, expect_one_identity

COUNT = 300


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    watcher = stage.watcher(broker)
    gateway = stage.gateway(broker, cloud, policy=hybrid(ALWAYS_ASK)).start()
    publisher = stage.publisher(broker)
    truths = stage.publish(publisher, 30, rate=100)
    wait_until(lambda: len(watcher.keys("alerts/")) >= 30, "the cloud answers to begin with")

    cloud.stop()
    asked = cloud.rows
    gone = stage.publish(publisher, COUNT, rate=150)
    truths |= gone
    publisher.flush()
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"),
               lambda: f"{len(watcher.keys('alerts/'))} of {len(truths)} acted on without a cloud")
    # An event that the broker had not acknowledged by its batch's commit is a row, too, for a moment.
    wait_until(lambda: gateway.backlog() == COUNT, lambda: f"{gateway.backlog()} of {COUNT} questions kept")
    kept = COUNT

    without = [event for event in watcher.on("alerts/") if event.key in gone]
    expect({event.data["standing"] for event in without} == {"provisional"},
           "what is done without the cloud is provisional")

    # The backlog is the disk's, not the process's.
    expect(gateway.stop() == 0, "it ends cleanly without its cloud")
    gateway.start()
    expect(gateway.backlog() == kept, f"{gateway.backlog()} of {kept} rows after a restart")

    cloud.start()
    gateway.wait_drained(within=60)
    wait_until(lambda: len(watcher.keys("sluice/verdicts/")) >= COUNT,
               lambda: f"{len(watcher.keys('sluice/verdicts/'))} of {COUNT} verdicts", within=20)
    expect(cloud.rows - asked >= COUNT, f"{cloud.rows - asked} rows asked")
    expect_all(watcher.keys("sluice/verdicts/") | watcher.keys("alerts/"), truths, "words")
    expect(expect_one_identity(watcher.events) == 0, "no event twice")
    # Every decision that was made without the cloud has its one last word.
    expect(expect_last_words(watcher) == COUNT, "as many last words as decisions without the cloud")
    expect(len(watcher.on("sluice/verdicts/")) == COUNT, "and no more")
    # In order for each device.
    last: dict[str, int] = {}
    for event in watcher.on("sluice/verdicts/"):
        expect(event.sequence > last.get(event.device, 0),
               f"{event.device}: {event.sequence} after {last.get(event.device)}")
        last[event.device] = event.sequence
    expect(not gateway.dead_letters(), "no dead letters")
    stage.note(f"{kept} rows kept over a restart, all drained")
