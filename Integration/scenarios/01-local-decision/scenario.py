# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A sure answer is acted on here: no cloud, nothing on disk, one event a message, within a moment.
A message published at QoS 0 is decided as well, and the status says that nobody promised it."""

from statistics import quantiles

from rig.policies import local
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 300
SINGLE = 100


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    watcher = stage.watcher(broker)
    gateway = stage.gateway(broker, policy=local(threshold=0.0)).start()
    publisher = stage.publisher(broker)

    truths = stage.publish(publisher, COUNT, rate=200)
    publisher.flush()
    wait_until(lambda: len(watcher.keys()) >= COUNT,
               lambda: f"{len(watcher.keys())} of {COUNT} messages became events")

    events = watcher.on("alerts/")
    expect_all(watcher.keys("alerts/"), truths, "events")
    repeats = expect_one_identity(events)
    expect(repeats == 0 and len(events) == COUNT, f"{len(events)} events for {COUNT} messages")
    for event in events:
        body = event.body
        expect(body.get("specversion") == "1.0", f"a CloudEvent 1.0: {body}")
        expect(all(body.get(key) for key in ("id", "source", "type", "time")), f"whole: {body}")
        expect(event.revision == 0, f"a first word: {event.id}")
        expect(event.topic == f"alerts/{event.device}", f"{event.topic} for {event.device}")

    right = sum(event.data["label"] == truths[event.key] for event in events)
    expect(right >= 0.8 * COUNT, f"the model is right in {right} of {COUNT}")
    # An event that the broker had not acknowledged by its batch's commit is a row for a moment.
    gateway.wait_drained()
    expect(not gateway.dead_letters(), "no dead letters")

    # The log is written out a few times a second, outside the path of the messages.
    wait_until(lambda: len(gateway.decided()) >= COUNT,
               lambda: f"{len(gateway.decided())} of {COUNT} lines in the decision log")
    lines = gateway.decided()
    expect(len(lines) == COUNT, f"{len(lines)} lines in the decision log")

    # One by one: a machine that others keep busy queues what comes at a rate, and that is no decision's time.
    for _ in range(SINGLE):
        one = stage.publish(publisher, 1)
        wait_until(lambda: set(one) <= watcher.keys("alerts/"), "one by itself is decided", every=0.005)
    wait_until(lambda: len(gateway.decided()) >= COUNT + SINGLE, "the decision log is written")
    cuts = quantiles([line["latency_ms"] for line in gateway.decided()[COUNT:]], n=100)
    expect(cuts[49] < 50, f"half are decided within 50 ms: {cuts[49]:.1f} ms")

    lane = gateway.status()["lanes"][0]
    expect(lane["messages"][0] == 0 and lane["messages"][1] == COUNT + SINGLE, f"all came at QoS 1: {lane}")
    promised = lane["promise"]
    loose = stage.publish(publisher, 10, qos=lambda i: 0)
    wait_until(lambda: set(loose) <= watcher.keys("alerts/"), "messages at QoS 0 are decided")
    lane = gateway.status()["lanes"][0]
    expect(lane["messages"][0] == len(loose), f"those at QoS 0 are counted apart: {lane}")
    expect(lane["promise"] != promised, f"the promise is not what it was: {promised}")
    stage.note(f"{right / COUNT:.0%} right, p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")
