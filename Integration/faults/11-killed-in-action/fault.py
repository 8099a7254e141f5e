# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 around local actions: an event before the commit, an event after it, and a webhook, for each
message; the kills come a moment after something was done."""

import json
import random
import time

from rig.policies import pipeline
from rig.process import expect, wait_until

TITLE = "200 kills around local actions"
MUST = "none lost; doubles only under the same decision id"
FAST = False
LONGEST = 1200

ACTIONS = """\
  - name: command
    when: "true"
    publish: {{ topic: "commands/{{line}}/{{machine}}", qos: 1 }}
    order: durable
  - name: office
    when: "true"
    webhook: {{ url: "{url}/office" }}
"""


def fault(stage) -> None:
    kills = stage.pick(200, 8)
    chance = random.Random(11)
    broker, cloud = stage.broker(), stage.cloud()
    collector = stage.collector(broker, "alerts/#")
    commands = stage.collector(broker, "commands/#", name="commands")
    # Sure of everything: all is done here.
    policy = pipeline(0.0, actions=ACTIONS.format(url=cloud.url).rstrip())
    gateway = stage.whole(broker, cloud, policy=policy).start()
    flood = stage.flood(broker, stage.pick(200, 150)).start()
    for kill in range(kills):
        wait_until(lambda: len(cloud.hooks) > 0 and collector.has_grown(), "it acts", within=20,
                   every=0.002)
        time.sleep(chance.uniform(0, 0.05))
        expect(gateway.program.is_running,
               "it ran until it was killed\n" + gateway.program.last_words())
        gateway.kill()
        time.sleep(0.02)
        collector.read()
        gateway.spawn()
    count = flood.stop()
    gateway.wait_ready()
    books = stage.expect_decided(flood, collector, killed=gateway)
    gateway.wait_drained(within=120)
    keys = flood.keys()

    ordered: dict[tuple, set[str]] = {}
    calls: dict[tuple, set[str]] = {}
    times = 0

    def enter() -> bool:
        nonlocal times
        for line in commands.path.read_bytes().splitlines():
            body = json.loads(line.split(b"\t", 2)[2])
            key = (body["subject"], int(body["data"]["sequence"]))
            ordered.setdefault(key, set()).add(body["decision"])
        times = len(cloud.hooks)
        for _, text in list(cloud.hooks):
            # A webhook is told no device: the decision's id says which message it is about.
            decision = json.loads(text)["decision"]
            calls.setdefault(books.decision.get(decision, ("unknown", 0)), set()).add(decision)
        return keys <= ordered.keys() and keys <= calls.keys()

    wait_until(enter, lambda: f"{len(keys - ordered.keys())} commands and {len(keys - calls.keys())} "
                              f"calls of {len(keys)} lost", within=30, every=1)
    for what, done in (("commands", ordered), ("calls", calls)):
        twice = [key for key, ids in done.items() if len(ids) > 1]
        expect(not twice, f"{len(twice)} {what} under two decision ids: {twice[:5]}")
    fresh = stage.expect_fresh(broker, collector)
    stage.note(f"{kills} kills, {count:,} messages with two events and a call each, none lost, "
               f"{books.repeats} events and {times - len(calls)} calls repeated under their id; fresh "
               f"message after {1000 * fresh:.0f} ms")
