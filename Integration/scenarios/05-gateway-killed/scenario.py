# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the gateway, twenty times under load, published at QoS 1 and 2: nothing is lost, and
what comes twice comes under the same id.

Half of the messages are acted on here, half are asked of a cloud, so that kills fall into every
stage: before the decision, between event and commit, with questions in flight. For some of the kills
the cloud is gone, so that they fall between row and acknowledgement, and then into the draining.
"""

import random
import threading
import time

from rig.policies import hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_last_words, expect_one_identity

KILLS = 20
RATE = 250
LONGEST = 240


def scenario(stage: Stage) -> None:
    chance = random.Random(7)
    broker = stage.broker()
    cloud = stage.cloud()
    cloud.delay = 0.02
    watcher = stage.watcher(broker)
    gateway = stage.gateway(broker, cloud, policy=hybrid(0.9)).start()
    publisher = stage.publisher(broker)

    truths: dict = {}
    over = threading.Event()

    def load() -> None:
        while not over.is_set():
            truths.update(stage.publish(publisher, 50, machines=8, rate=RATE,
                                        qos=lambda i: 1 + i % 2))

    source = threading.Thread(target=load, daemon=True)
    source.start()
    for kill in range(KILLS):
        if kill == KILLS // 3:
            cloud.stop()
        if kill == 2 * KILLS // 3:
            cloud.start()
        time.sleep(chance.uniform(0.15, 1.2))
        expect(gateway.program.is_running, "it ran until it was killed\n"
               + gateway.program.last_words())
        gateway.kill()
        # Now and then it dies again before it is up.
        gateway.spawn()
        if kill % 5 != 4:
            gateway.wait_ready()
    gateway.wait_ready()
    time.sleep(1)
    over.set()
    source.join()
    publisher.flush(within=60)

    again = 0

    # The first word, that is: what was asked of the cloud by a run that ended is acted on by the next.
    def unseen() -> set:
        nonlocal again
        again += gateway.send_again()
        return set(truths) - watcher.keys("alerts/")

    wait_until(lambda: not unseen(),
               lambda: f"{len(unseen())} of {len(truths)} lost, such as {sorted(unseen())[:5]}",
               within=60, every=0.5)
    gateway.wait_drained()
    again += gateway.send_again()
    gateway.wait_drained()
    expect_all(watcher.keys("alerts/"), truths, "events")
    provisional = expect_last_words(watcher)
    repeats = expect_one_identity(watcher.events)
    expect(not gateway.dead_letters(), f"no dead letters: {gateway.dead_letters()[:2]}")
    stage.note(f"{KILLS} kills, {len(truths)} messages at QoS 1 and 2, 0 lost, "
               f"{provisional} provisional and settled later, {repeats} events repeated under "
               f"their id, {again} set aside after three kills and sent again")
