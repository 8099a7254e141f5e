# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A cloud that answers 500 and 429, hangs, does the work and says nothing, cuts its reply short, and
answers garbage: each question gets its word, and none is asked under two keys."""

import time

from rig.nasty import Mischief
from rig.policies import NEVER_SURE, pipeline
from rig.process import expect

TITLE = ("nasty cloud (30 % mix of 500, 429, time-outs, accepted-but-no-reply, cut and garbage "
         "bodies)")
MUST = "each delivered, 0 doubled by key"
FAST = True


def fault(stage) -> None:
    count = stage.pick(10_000, 150)
    broker, cloud = stage.broker(), stage.cloud()
    cloud.mischief = mischief = Mischief(0.3)
    cloud.keeps_bodies = False
    collector = stage.collector(broker)
    gateway = stage.whole(broker, cloud, policy=pipeline(NEVER_SURE),
                          cloud_options={"timeout": "500ms"}).start()
    flood = stage.flood(broker, stage.pick(200, 100)).start(count=count)
    flood.wait()
    books = stage.expect_decided(flood, collector)
    start = time.monotonic()
    provisional = stage.expect_last_words(collector, gateway, within=300)
    took = time.monotonic() - start
    done = dict(mischief.done)
    asked = {tag for tag in mischief.keys_of if tag >= 0}
    expect(len(asked) == count, f"{count - len(asked)} of {count} messages were never applied")
    expect(not mischief.doubled, f"{len(mischief.doubled)} applied under two keys: "
                                 f"{list(mischief.doubled.items())[:3]}")
    again = sum(n - 1 for n in mischief.applied.values())
    cloud.mischief = None
    fresh = stage.expect_fresh(broker, collector)
    stage.note(f"{count:,} questions in {sum(done.values()):,} calls ({', '.join(f'{n} {k}' for k, n in sorted(done.items()))}): "
               f"each answered, {provisional:,} later than their deadline (the last {took:.1f} s after "
               f"the traffic), {again} asked again under their own key, 0 under another, "
               f"{books.repeats} events repeated; fresh message after {1000 * fresh:.0f} ms")
