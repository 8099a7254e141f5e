# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway starts before the broker, and the broker is restarted under traffic, twice: the
gateway comes back by itself and every message is decided once, also where the cloud's answer came
while there was no broker to publish to."""

import time

from rig.policies import hybrid
from rig.process import expect, wait_until
from rig.broker import Broker
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 200


def scenario(stage: Stage) -> None:
    broker = Broker(stage.folder / "broker")
    broker.reserve()
    stage._ends.append(broker.kill)
    cloud = stage.cloud()
    cloud.delay = 0.2
    gateway = stage.gateway(broker, cloud, policy=hybrid(0.9))
    gateway.spawn()
    time.sleep(1.5)
    expect(gateway.program.is_running, "without a broker it keeps trying")

    broker.start()
    gateway.wait_ready(within=40)
    pid = gateway.program.pid
    watcher = stage.watcher(broker)
    publisher = stage.publisher(broker)
    truths = {}
    for _ in range(2):
        truths |= stage.publish(publisher, COUNT, rate=200)
        broker.stop()
        truths |= stage.publish(publisher, 20)  # queued at the publisher
        time.sleep(0.5)
        broker.start()
        publisher.flush(within=40)
    truths |= stage.publish(publisher, COUNT, rate=200)
    publisher.flush()

    wait_until(lambda: set(truths) <= watcher.keys("alerts/"),
               lambda: f"{len(set(truths) - watcher.keys('alerts/'))} of {len(truths)} undecided",
               within=60)
    expect_all(watcher.keys("alerts/"), truths, "events")
    repeats = expect_one_identity(watcher.events)
    expect(cloud.rows > 0, "the cloud was asked")
    expect(gateway.program.pid == pid and gateway.program.is_running, "the same process")
    gateway.wait_drained()
    expect(not gateway.dead_letters(), "no dead letters")
    stage.note(f"{len(truths)} messages over 2 restarts, 0 lost, {repeats} events repeated")
