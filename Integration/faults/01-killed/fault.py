# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 under load, whole path on; for a third of the kills the cloud is gone."""

import random
import time

from rig.process import expect, wait_until

TITLE = "300 kill -9 at 4 000 msg/s, whole pipeline on"
MUST = "0 lost; duplicates only with equal decision id"
FAST = True
LONGEST = 1500


def fault(stage) -> None:
    kills = stage.pick(300, 12)
    rate = stage.pick(4_000, 1_000)
    chance = random.Random(1)
    broker = stage.broker()
    cloud = stage.cloud()
    cloud.delay = 0.005
    cloud.keeps_bodies = False
    collector = stage.collector(broker)
    gateway = stage.whole(broker, cloud).start()
    flood = stage.flood(broker, rate)
    seconds = 0.25
    for kill in range(kills):
        if kill == kills // 3:
            cloud.stop()
        if kill == 2 * kills // 3:
            cloud.start()
        # A burst at the full rate, and the kill in it or in what is left of it.
        flood.start(count=int(rate * seconds))
        # Now and then it dies again before it has done anything.
        if kill % 5 != 4:
            wait_until(collector.has_grown, "it works between two kills", within=30, every=0.01)
        time.sleep(chance.uniform(0, seconds))
        expect(gateway.program.is_running,
               "it ran until it was killed\n" + gateway.program.last_words())
        gateway.kill()
        flood.wait()
        collector.read()
        gateway.spawn()
        # The broker's queue must not become what is tested.
        if kill % 10 == 9:
            wait_until(lambda: len(collector.read().first) > flood.acknowledged - 5_000,
                       "it catches up", within=120, every=0.1)
    count = flood.acknowledged
    gateway.wait_ready()
    books = stage.expect_decided(flood, collector, killed=gateway)
    provisional = stage.expect_last_words(collector, gateway, within=600, is_killed=True)
    fresh = stage.expect_fresh(broker, collector)
    stage.note(f"{kills} kills, {count:,} messages at {count / flood.seconds:,.0f} a second, 0 lost, "
               f"{books.repeats} events repeated under their id ({books.made_final} first said provisional and then "
               f"final), {provisional:,} provisional and all "
               f"settled later, {len(books.deferred)} deferred because the model failed, "
               f"{stage.set_aside} set aside after three kills over each and sent again; "
               f"fresh message after {1000 * fresh:.0f} ms")
