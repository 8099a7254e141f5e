# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A message whose processing kills the gateway, each time: after three deaths it is a dead letter,
and the messages around it are decided."""

import json
import time

from rig.policies import local
from rig.process import expect, wait_until
from rig.stage import Stage

WEBHOOK = """\
  - when: "true"
    webhook: {{ url: "{url}/hook" }}
    order: durable
"""


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    hooks = stage.cloud()
    policy = local(actions=WEBHOOK.format(url=hooks.url))
    gateway = stage.gateway(broker, policy=policy)
    publisher = stage.publisher(broker)
    poisonous = 7
    deaths = 0
    fine: set[int] = set()

    def strike(_path: str, body: bytes, _headers: dict) -> None:
        nonlocal deaths
        number = int(json.loads(body)["data"]["sequence"])
        if number == poisonous:
            deaths += 1
            gateway.program.process.kill()  # the answer never gets there
            time.sleep(0.5)
        else:
            fine.add(number)

    hooks.hook = strike
    gateway.start()
    for _ in range(20):
        topic, body, _ = stage.reading("m01")
        publisher.publish(topic, body)
    publisher.flush()

    def revived() -> bool:
        """What systemd would do."""
        if not gateway.program.is_running:
            gateway.spawn()
            time.sleep(0.5)
            return False
        return len(fine) == 19 and bool(letters())

    def letters() -> list:
        answer = gateway.command("spool", "ls", "--dead", "--json")
        return answer.stdout.splitlines() if answer.returncode == 0 else []

    wait_until(revived, lambda: f"{len(fine)} of 19 decided, {len(letters())} dead letters, "
               f"{deaths} deaths", within=90, every=0.3)
    expect(3 <= deaths <= 4, f"{deaths} deaths, then no more")
    expect(len(letters()) == 1, f"one dead letter: {letters()}")
    time.sleep(1)
    expect(gateway.program.is_running, "it lives on")
    stage.note(f"{deaths} deaths, one dead letter, 19 others decided")
