# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that a policy cannot read are dead letters; the policy is mended, and they are sent again:
each is decided under the identity it would have had. One that is damaged is edited first. A policy
that goes away parks its rows, and they go on when it is back."""

import json
import signal
import tempfile
from pathlib import Path

from rig.policies import ALWAYS_ASK, hybrid, local
from rig.process import expect, wait_until
from rig.stage import Stage

COUNT = 12


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    good = local()
    wrong = good.replace("temp: temp,", "temp: temperature,")
    expect(good != wrong, "the policy is made wrong")
    gateway = stage.gateway(broker, cloud, policy=wrong).start()
    publisher = stage.publisher(broker)
    watcher = stage.watcher(broker)
    truths = stage.publish(publisher, COUNT, rate=100)
    publisher.publish("plant/a/machines/m01/vibration", b'{"n": 1000, "ts": 1')
    publisher.flush()
    wait_until(lambda: len(gateway.dead_letters()) == COUNT + 1,
               lambda: f"{len(gateway.dead_letters())} of {COUNT + 1} dead letters")

    # One is shown whole, and a cut one is edited.
    letters = gateway.dead_letters()
    cut = next(letter for letter in letters if letter["code"] != letters[0]["code"]
               or letter["payload_bytes"] < 30)
    shown = gateway.command("spool", "show", str(cut["id"]), "--json")
    expect(json.loads(shown.stdout)["payload"] == '{"n": 1000, "ts": 1', shown.stdout)
    topic, body, _ = stage.reading("m01")
    body["n"] = 1000
    fresh = Path(tempfile.mkstemp(dir=stage.folder)[1])
    fresh.write_text(json.dumps(body))
    edited = gateway.command("spool", "edit", str(cut["id"]), "--from", str(fresh))
    expect(edited.returncode == 0, f"{edited.stdout}{edited.stderr}")
    exported = gateway.command("spool", "export")
    expect(len(exported.stdout.splitlines()) == COUNT + 1, "export prints every letter")
    kept = {json.loads(line)["payload"] for line in exported.stdout.splitlines()}
    expect(json.dumps(body) in kept, "the edited payload among them")

    # Sent again while the policy is as wrong as before, they come back.
    again = gateway.command("spool", "requeue", "--all")
    expect(again.returncode == 0 and f"{COUNT + 1} letters sent again" in again.stdout,
           f"{again.stdout}{again.stderr}")
    wait_until(lambda: len(gateway.dead_letters()) == COUNT + 1 and gateway.backlog() == 0,
               lambda: f"{len(gateway.dead_letters())} letters came back")

    before = version(gateway)
    gateway.write_policies({"bearing-wear": good})
    gateway.program.signal(signal.SIGHUP)
    wait_until(lambda: version(gateway) != before, "the mended policy is in force")
    again = gateway.command("spool", "requeue", "--all")
    expect(again.returncode == 0, f"{again.stdout}{again.stderr}")
    expected = set(truths) | {("a/m01", 1000)}
    wait_until(lambda: expected <= watcher.keys("alerts/"),
               lambda: f"{len(watcher.keys('alerts/'))} of {len(expected)} decided")
    expect(not gateway.dead_letters(), "no letter is left")
    wait_until(lambda: gateway.backlog() == 0, "and no row")
    ids = [event.decision for event in watcher.on("alerts/")]
    expect(len(ids) == len(set(ids)) == len(expected), "each was decided once")

    parked(stage, gateway, cloud, publisher)
    stage.note(f"{COUNT + 1} messages decided after the policy was mended, one of them edited")


def version(gateway) -> str:
    """Which set of policies is in force."""
    return gateway.status()["policy_set"]


def parked(stage: Stage, gateway, cloud, publisher) -> None:
    """A policy goes away and comes back: its rows wait for it."""
    before = version(gateway)
    gateway.write_policies({"bearing-wear": hybrid(ALWAYS_ASK)})
    gateway.program.signal(signal.SIGHUP)
    wait_until(lambda: version(gateway) != before, "the policy that asks is in force")
    cloud.stop()
    stage.publish(publisher, 60, rate=200)
    publisher.flush()
    wait_until(lambda: gateway.backlog() >= 40, lambda: f"{gateway.backlog()} rows wait")
    away = gateway.policies / "bearing-wear"
    put = gateway.folder / "away"
    gateway.stop()
    away.rename(put)
    other = local().replace("policy: bearing-wear", "policy: other").replace("vibration", "nothing")
    gateway.write_policies({"other": other})
    gateway.start()
    cloud.start()
    wait_until(lambda: gateway.spool_stats()["parked"] >= 40 and gateway.backlog() == 0,
               lambda: f"{gateway.spool_stats()} parked", within=60)
    wait_until(lambda: any("parked" in warning for warning in gateway.status()["warnings"]), "the status says so")
    listed = gateway.command("spool", "ls", "--parked", "--json")
    expect(all(json.loads(line)["parked"] == "no_policy" for line in listed.stdout.splitlines()),
           "ls --parked says why")
    expect(not gateway.dead_letters(), "none of them is a dead letter")
    put.rename(away)
    gateway.program.signal(signal.SIGHUP)
    wait_until(lambda: gateway.spool_stats()["parked"] == 0 and gateway.backlog() == 0,
               lambda: f"{gateway.spool_stats()} left", within=60)
    expect(not gateway.dead_letters(), "all of them were answered")
