# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway starts before the broker, and the broker is restarted under traffic, twice: the
gateway comes back by itself and every message is decided once."""

import time

from rig.policies import local
from rig.process import expect, wait_until
from rig.broker import Broker
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 200


def scenario(stage: Stage) -> None:
    broker = Broker(stage.folder / "broker")
    broker.reserve()
    stage._ends.append(broker.kill)
    gateway = stage.gateway(broker, policy=local())
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
    expect(gateway.program.pid == pid and gateway.program.is_running, "the same process")
    gateway.wait_drained()
    stage.note(f"{len(truths)} messages over 2 restarts, 0 lost, {repeats} events repeated")
