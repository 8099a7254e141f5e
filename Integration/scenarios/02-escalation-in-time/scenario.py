# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""An unsure answer is asked of the cloud; its answer is acted on. Too late, the fallback acts, and
the late answer corrects it under the same id."""

from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 100


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    # What is in time is far from the deadline, and so is what comes late: a machine may be slow.
    cloud.delay = 0.03
    watcher = stage.watcher(broker)
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK, deadline="2s"), endpoint={"timeout": "10s"}
    ).start()
    publisher = stage.publisher(broker)

    # In time.
    truths = stage.publish(publisher, COUNT, rate=100)
    publisher.flush()
    wait_until(lambda: len(watcher.keys("alerts/")) >= COUNT,
               lambda: f"{len(watcher.keys('alerts/'))} of {COUNT} answered")
    events = watcher.on("alerts/")
    expect_all(watcher.keys("alerts/"), truths, "events")
    expect(expect_one_identity(events) == 0, "no event twice")
    expect(all(event.data["label"] == "fault" for event in events), "the cloud's word is acted on")
    expect(cloud.rows == COUNT, f"{cloud.rows} rows asked for {COUNT} messages")
    expect(max(cloud.keys.values()) == 1, "no question twice")
    for body in cloud.bodies:
        expect(b"m0" not in body and b"serial" not in body, f"numbers only leave: {body[:200]}")
    wait_until(lambda: len(gateway.decided()) >= COUNT, "the decision log is written")
    first = gateway.decided()
    expect({line["route"] for line in first} == {"escalate"}, "all were escalated")
    wait_until(lambda: gateway.backlog() == 0, "answered questions leave the spool")

    # Too late: the local answer is acted on at the deadline, the cloud's comes after it.
    cloud.delay = 5
    before = len(watcher.on("alerts/"))
    late = stage.publish(publisher, 8, machines=8)
    publisher.flush()
    wait_until(lambda: len(watcher.on("alerts/")) >= before + 8, "the fallback acts")
    provisional = watcher.on("alerts/")[before:]
    expect({event.data["standing"] for event in provisional} == {"provisional"},
           f"they are provisional: {[event.data for event in provisional][:2]}")
    wait_until(lambda: set(late) <= watcher.keys("sluice/verdicts/"),
               "late answers become verdicts", within=15)
    verdicts = [event for event in watcher.on("sluice/verdicts/") if event.key in late]
    words = {event.key: event.data["label"] for event in provisional}
    for verdict in verdicts:
        expect(verdict.revision == 1, f"the next revision: {verdict.id}")
        expected = "confirmed" if words[verdict.key] == "fault" else "corrected"
        expect(verdict.data["standing"] == expected,
               f"{words[verdict.key]} then fault is {expected}: {verdict.data}")
    expect_one_identity(watcher.events)
    gateway.wait_drained()
    stage.note(f"{COUNT} in time, {len(late)} late and settled afterwards")
