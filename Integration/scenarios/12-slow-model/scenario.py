# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A model too slow for its lane: the broker gets its acknowledgements while readings wait on disk, and
each is decided, over kills and clean stops, under the one id it got when it came."""

import time

from rig import slow_model
from rig.policies import local
from rig.process import expect, wait_until, wait_while_growing
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 400
LONGEST = 300


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    watcher = stage.watcher(broker)
    gateway = stage.gateway(
        broker, policy=local(), models={"path": str(slow_model.write(stage.folder / "models"))}
    ).start()
    publisher = stage.publisher(broker)
    policy = gateway.status()["policies"][0]
    expect(policy["deferred"], f"the model is found to be slow: {policy}")

    truths = stage.publish(publisher, COUNT)
    publisher.flush()
    lane = wait_until(
        lambda: (lane := gateway.status()["lanes"][0])["messages"][1] >= COUNT and lane,
        "the lane has read all of them", within=40)
    waiting = gateway.backlog()
    decided = len(watcher.keys("alerts/"))
    expect(waiting > 0 and decided < COUNT, f"{waiting} wait, {decided} are decided: {lane}")

    for _ in range(2):
        gateway.kill()
        gateway.start()
        time.sleep(0.2)
    # More often than a row may have ended the process: a stop is no sign against the row in hand.
    for _ in range(4):
        expect(gateway.stop() == 0, "it ends cleanly with readings undecided")
        gateway.start()
    # How long they take is the processor's affair, and others use it, too.
    wait_while_growing(lambda: set(truths) <= watcher.keys("alerts/"), lambda: len(watcher.events),
                       lambda: f"{len(set(truths) - watcher.keys('alerts/'))} of {COUNT} undecided", stuck=40)
    expect_all(watcher.keys("alerts/"), truths, "events")
    repeats = expect_one_identity(watcher.events)
    expect({event.data["label"] for event in watcher.events} == {"fault"}, "by the slow model")
    gateway.wait_drained()
    expect(not gateway.dead_letters(), f"no dead letters: {gateway.dead_letters()[:2]}")
    stage.note(f"{waiting} readings on disk when the lane was done, 2 kills and 4 stops, 0 lost, "
               f"{repeats} events repeated under their id")
