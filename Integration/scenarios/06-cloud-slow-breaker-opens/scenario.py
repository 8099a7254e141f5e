# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The cloud gets slow: its breaker opens and spares it and us the calls, messages are acted on
without it; the cloud recovers: the breaker closes, what was kept is drained."""

import time

from rig.gateway import breaker
from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 200


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    watcher = stage.watcher(broker)
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK, deadline="1s"), endpoint={"timeout": "300ms"}
    ).start()
    publisher = stage.publisher(broker)
    truths = stage.publish(publisher, 40, rate=100)
    wait_until(lambda: len(watcher.keys("alerts/")) >= 40, "the cloud answers to begin with")
    # A machine that is slow for a moment opens it, too.
    wait_until(lambda: breaker(gateway.status()) == "closed", "the breaker is closed")

    cloud.delay = 5.0
    truths |= stage.publish(publisher, COUNT, rate=100)
    publisher.flush()
    wait_until(lambda: breaker(gateway.status()) != "closed", "the breaker opens")
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"), "all are acted on all the same")

    # While it is open, new messages cost the cloud nothing but the odd probe.
    calls = cloud.calls
    start = time.monotonic()
    more = stage.publish(publisher, COUNT, rate=100)
    wait_until(lambda: set(more) <= watcher.keys("alerts/"), "still acted on")
    probes = cloud.calls - calls
    expect(probes <= 20, f"{probes} calls in {time.monotonic() - start:.1f} s of an open breaker")
    truths |= more

    cloud.delay = 0.0
    wait_until(lambda: breaker(gateway.status()) == "closed", "the breaker closes", within=60)
    gateway.wait_drained(within=60)
    wait_until(lambda: set(more) <= watcher.keys("sluice/verdicts/"), "verdicts for all", within=20)
    expect_all(watcher.keys(), truths, "words")
    expect_one_identity(watcher.events)
    stage.note(f"{probes} probes while open, {len(truths)} messages, all settled")
