# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The cloud is away until the spool holds very many rows; kill -9 while they are stored and while they
are sent. Afterwards each has its word, and each device's words come in the order of its readings."""

import time

from rig.policies import NEVER_SURE, pipeline
from rig.process import expect, wait_until

TITLE = "cloud outage: 200 000 rows queued, 10 kills meanwhile"
MUST = "all delivered in per-device order, 0 lost"
LONGEST = 1500
DEVICES = 256


def fault(stage) -> None:
    rows = stage.pick(200_000, 2_000)
    kills = stage.pick(5, 1)
    broker = stage.broker(max_queued_bytes="4294967296")
    cloud = stage.cloud()
    cloud.keeps_bodies = False
    collector = stage.collector(broker)
    gateway = stage.whole(broker, cloud, policy=pipeline(NEVER_SURE),
                          cloud_options={"max_batch": 64}).start()
    cloud.stop()
    flood = stage.flood(broker, stage.pick(4_000, 800), devices=DEVICES).start(count=rows)
    for _ in range(kills):
        wait_until(collector.has_grown, "rows are stored", within=20)
        time.sleep(rows / 4_000 / (kills + 1))
        gateway.kill()
        collector.read()
        gateway.spawn()
    flood.wait(within=600)
    gateway.wait_ready()
    books = stage.expect_decided(flood, collector)
    expect(len(books.provisional) == rows, f"{len(books.provisional)} of {rows} are rows")
    queued = gateway.backlog()
    cloud.start()
    start = time.monotonic()
    for kill in range(kills):
        goal = queued * (kill + 1) // (kills + 2)
        wait_until(lambda: len(collector.read().last_words) >= goal,
                   lambda: f"{len(collector.books.last_words)} rows delivered, {goal} wanted",
                   within=300, every=0.2)
        gateway.kill()
        gateway.spawn()
    gateway.wait_ready()
    stage.expect_last_words(collector, gateway, within=600)
    took = time.monotonic() - start
    expect(books.out_of_order() == 0, f"{books.out_of_order()} words out of their device's order")
    fresh = stage.expect_fresh(broker, collector)
    stage.note(f"{queued:,} rows queued over {kills} kills, drained in {took:.0f} s "
               f"({queued / took:,.0f} a second) over {kills} more, 0 lost, 0 out of order, "
               f"{books.repeats} events repeated under their id; fresh message after "
               f"{1000 * fresh:.0f} ms")
