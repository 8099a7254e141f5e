# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Two endpoints, one after the other: when the near one fails or is silent the far one answers, inside the
deadline; and a slow call of the near one is sent again, within a share, and the first answer taken.

The oracle is what was published: the first word on a message is the cloud's, not a provisional one.
"""

import itertools
import time

from rig.cloud import always
from rig.gateway import central
from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 100


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    near, far = stage.cloud(), stage.cloud()
    watcher = stage.watcher(broker)
    more = {"timeout": "4s", "max_batch": 1, "breaker": {"minimum_calls": 1000, "window": 1000}}
    gateway = stage.gateway(
        broker, policy=hybrid(ALWAYS_ASK, deadline="3s").replace("[central]", "[near, far]"),
        cloud=None,
    )
    hedge = {"after": "60ms", "at_most": "5%"}
    gateway.configure(cloud={
        "near": central(near.url, **more, hedge=hedge)["central"],
        "far": central(far.url, **more)["central"],
    })
    gateway.start()
    publisher = stage.publisher(broker)
    wait_until(lambda: gateway.status()["cloud"]["far"]["uplink"] == "online", "both are there")

    def phase(what: str, rate: float) -> dict:
        truths = stage.publish(publisher, COUNT, rate=rate)
        publisher.flush()
        wait_until(lambda: set(truths) <= watcher.keys("alerts/"), f"{what}: all have a word")
        return truths

    def answered(truths: dict) -> tuple[int, set[str]]:
        events = [event for event in watcher.on("alerts/") if event.key in truths]
        final = [event for event in events if event.data["standing"] == "final"]
        names = {event.data["verdict"]["endpoint"].split("/")[0]
                 for event in final if "verdict" in event.data}
        return len({event.key for event in final}), names

    well = phase("both well", 100)
    expect(answered(well) == (COUNT, {"near"}), f"the near one answers: {answered(well)}")

    near.status = 500
    failing = phase("the near one fails", 100)
    expect(answered(failing) == (COUNT, {"far"}), f"the far one answers: {answered(failing)}")
    near.status = 200

    near.is_hanging = True
    silent = phase("the near one is silent", 10)
    final, names = answered(silent)
    expect(names == {"far"}, f"the far one answers: {names}")
    expect(final >= COUNT * 0.95, f"{final} of {COUNT} in time with a silent first endpoint")
    near.stop()
    near.is_hanging = False
    near.start()
    wait_until(lambda: gateway.status()["cloud"]["near"]["uplink"] == "online", "it is back",
               within=30)

    # Every fortieth call is slow: as a rule its second is not.
    turn = itertools.count(1)

    def now_and_then(model, row):
        if next(turn) % 40 == 0:
            time.sleep(0.6)
        return always(2)(model, row)

    time.sleep(1)
    near.answer = now_and_then
    calls, counters = near.calls, gateway.status()["counters"]
    hedged = {}
    for _ in range(3):
        hedged |= phase("now and then slow", 60)
    asked = near.calls - calls

    def counter(name: str) -> int:
        title = f'sluice_escalate_{name}_total{{endpoint="near"}}'
        return gateway.status()["counters"][title] - counters[title]

    hedges, won = counter("hedges"), counter("hedges_won")
    expect(hedges > 0 and won > 0, f"{hedges} hedges, {won} won")
    expect(hedges <= 10 + asked * 0.05, f"{hedges} hedges of {asked} calls are more than the share")
    expect_all(watcher.keys("alerts/"), {**well, **failing, **silent, **hedged}, "events")
    expect_one_identity(watcher.events)
    stage.note(f"near well {COUNT}/{COUNT}, failing: far {COUNT}/{COUNT}, silent: far "
               f"{final}/{COUNT} in time; {hedges} hedges in {asked} calls, {won} won")
