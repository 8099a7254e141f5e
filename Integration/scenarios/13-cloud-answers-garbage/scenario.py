# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The cloud answers with what is no answer: every message is acted on all the same, every question
ends in a last word or in a dead letter with the reason, and a cloud that speaks sense again is asked
again."""

from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 20
NONSENSE = {
    "no JSON": (200, b"\xff\xfe<html>"),
    "nothing": (200, b""),
    "another shape": (200, b'{"outputs": [{"name": "label", "datatype": "INT64", "shape": [0], '
                           b'"data": []}]}'),
    "a label nobody knows": (200, b'{"outputs": [{"name": "label", "datatype": "INT64", '
                                  b'"shape": [1], "data": [99]}]}'),
    "endless": (200, b" " * (32 << 20)),
    "a refusal": (400, b'{"error": "no"}'),
    "a failure": (500, b"oops"),
}


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    watcher = stage.watcher(broker)
    # A breaker that stays closed: every kind of nonsense is to be met.
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK, deadline="1s"),
        endpoint={"breaker": {"window": 10_000, "minimum_calls": 10_000}},
    ).start()
    pid = gateway.program.pid
    publisher = stage.publisher(broker)
    truths = stage.publish(publisher, COUNT, rate=100)
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"), "the cloud answers to begin with")

    odd = {}
    for what, (status, body) in NONSENSE.items():
        cloud.status, cloud.garbage = status, body
        calls = cloud.calls
        some = stage.publish(publisher, COUNT, rate=100)
        odd |= some
        wait_until(lambda: set(some) <= watcher.keys("alerts/"), f"acted on in spite of {what}")
        expect(cloud.calls > calls, f"the cloud was asked and gave {what}")
    acted = [event for event in watcher.on("alerts/") if event.key in odd]
    expect({event.data["standing"] for event in acted} == {"provisional"},
           "without an answer it is provisional")

    cloud.status, cloud.garbage = 200, None
    sound = stage.publish(publisher, COUNT, rate=20)
    wait_until(lambda: set(sound) <= watcher.keys("alerts/"), "the cloud is asked again")
    gateway.wait_drained(within=60)
    letters = gateway.dead_letters()
    watcher.catch_up()
    words = {event.key for event in watcher.on("sluice/verdicts/")} & set(odd)
    expect(len(words) + len(letters) == len(odd),
           f"{len(words)} last words + {len(letters)} dead letters for {len(odd)} questions")
    expect(len(letters) < COUNT, "a cloud that refuses everything is not believed: the questions wait")
    expect(all(letter.get("reason") for letter in letters), f"with reasons: {letters[:2]}")
    expect_all(watcher.keys("alerts/"), {**truths, **odd, **sound}, "first words")
    expect_one_identity(watcher.events)
    expect(gateway.program.is_running and gateway.program.pid == pid, "the same process")
    stage.note(f"{len(NONSENSE)} kinds of nonsense, {len(odd)} questions: {len(words)} answered later, "
               f"{len(letters)} dead letters")
