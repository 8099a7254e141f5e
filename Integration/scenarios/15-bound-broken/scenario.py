# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Edge and cloud disagree on readings that were kept local: audits find it out, over kill -9, without
counting any verdict twice; the alarm is published, escalation widens, and another policy begins anew.

Operators say what two readings were, once by MQTT and once by the command.
"""

import json
import signal

from rig.policies import hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all

MORE = "audit: 20%\nwhen_bound_broken: escalate"
BOUND_TOPIC = "sluice/demo/status/bounds/bearing-wear"


def policy(value: float) -> str:
    return hybrid(f"{{ value: {value}, bound: 5%, certainty: 95% }}", more=MORE)


def keys(body: bytes) -> list[str]:
    """The questions of one request."""
    request = json.loads(body)
    return request.get("parameters", {}).get("sluice_keys", request["id"]).split(",")


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    cloud.delay = 0.02
    watcher = stage.watcher(broker)
    gateway = stage.gateway(
        broker, cloud, policy=policy(0.0), audits={"calls": "1000/minute"},
        labels={"topic": "operators/labels"},
    ).start()
    publisher = stage.publisher(broker)

    def bound() -> dict:
        return gateway.status()["policies"][0]["bound"]

    def told() -> dict:
        """What was last published of the bound."""
        bodies = [body for topic, body in list(watcher.odd) if topic == BOUND_TOPIC]
        return json.loads(bodies[-1]) if bodies else {}

    expect(bound()["state"] == "unverified", f"nothing is known yet: {bound()}")
    wait_until(lambda: told().get("state") == "unverified", "it is published")

    # Most of what the edge says differs from this cloud's word. Killed while verdicts come in.
    cloud.stop()
    truths = stage.publish(publisher, 300, rate=400)
    publisher.flush()
    # Before it is known to be broken and before the kills: what is decided later, or again, is widened.
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"),
               lambda: f"{len(set(truths) - watcher.keys('alerts/'))} of {len(truths)} undecided")
    wait_until(lambda: len(gateway.decided()) >= len(truths), "the decision log is written")
    waiting = wait_until(gateway.backlog, "audits wait for the cloud")
    expect(bound()["unverified_since"], f"nobody checks it while the cloud is away: {bound()}")
    cloud.start()
    kills = 0
    # A row that three runs died over is given up; two deaths must cost none.
    for _ in range(2):
        calls = cloud.calls
        wait_until(lambda: cloud.calls > calls or gateway.backlog() == 0, "audits are asked")
        gateway.kill()
        gateway.start()
        kills += 1
    gateway.wait_drained()
    expect_all(watcher.keys("alerts/"), truths, "events")
    questions = [key for body in cloud.bodies for key in keys(body) if key.endswith(":audit")]
    asked, audited = len(questions), set(questions)
    now = bound()
    expect(now["samples"] == len(audited),
           f"each of {len(audited)} audits counts once, however often asked ({asked}): {now}")
    expect(now["state"] == "broken" and now["lower"] > 0.05, f"the bound is found broken: {now}")
    expect(not watcher.on("sluice/verdicts/"), "an audit publishes no word")
    routes = {line["route"] for line in gateway.decided() if "route" in line}
    expect(routes == {"act"}, f"everything was kept local so far: {routes}")
    alarm = wait_until(lambda: told().get("state") == "broken" and told(),
                       "the alarm is published")
    expect(alarm["policy"] == "bearing-wear" and alarm["bound"] == 0.05, f"it says which: {alarm}")

    # Nothing counts as sure any more.
    more = stage.publish(publisher, 30, rate=100)
    publisher.flush()
    wait_until(lambda: set(more) <= watcher.keys("alerts/"), "the cloud's word is acted on")

    def widened() -> list[str]:
        return [line["rule"] for line in gateway.decided()
                if "rule" in line and (line["device"], line["sequence"]) in more]

    wait_until(lambda: len(widened()) >= len(more), "the decision log is written")
    expect(set(widened()) == {"ask"}, f"escalation is widened: {set(widened())}")

    # Operators know better.
    ids = [line["decision_id"] for line in gateway.decided() if line.get("route") == "act"][:2]
    publisher.publish("operators/labels", {"decision_id": ids[0], "label": "healthy", "by": "Ana"}, 1)
    publisher.publish("operators/labels", {"decision_id": "nonsense", "label": "healthy"}, 1)
    said = gateway.command("label", ids[1], "worn")
    expect(said.returncode == 0, f"sluice label: {said.stderr}")

    def labels() -> dict:
        return {line["decision_id"]: line["label"] for line in gateway.decided()
                if line.get("verdict") == "operator"}

    wait_until(lambda: labels() == {ids[0]: "healthy", ids[1]: "worn"}, lambda: f"{labels()}")
    letters = wait_until(gateway.dead_letters, "the bad label is a dead letter")
    expect([letter["code"] for letter in letters] == ["bad_label"], f"with its reason: {letters}")
    expect(bound()["samples"] == len(audited), "people's labels are no part of the estimate")

    # Tuned again: what was learnt of the former policy says nothing of this one.
    gateway.write_policies({"bearing-wear": policy(0.001)})
    gateway.program.signal(signal.SIGHUP)
    wait_until(lambda: bound()["state"] == "unverified", lambda: f"it begins anew: {bound()}")
    text = gateway.command("status").stdout
    expect("threshold 0.001, bound 5.0 %: unverified" in text, f"the status says so:\n{text}")
    stage.note(f"{waiting} audits of {len(truths)} readings, {kills} kills, {asked} asked, "
               f"{now['samples']} counted, estimate {now['estimate']:.2f} "
               f"(at least {now['lower']:.2f}) against a bound of 0.05")
