# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway and its policies appear in Home Assistant by MQTT discovery, retained, never a topic for a
device; another prefix, or none, takes away what was there."""

import json
import uuid

from rig.policies import local
from rig.process import expect, wait_until
from rig.stage import Stage
from rig.wire import Watcher

STATUS = "sluice/demo/status"


def retained(broker, *topics: str) -> dict[str, dict]:
    """What the broker has for somebody who comes now."""
    # Each under a name of its own: a session that is taken up again gets what was kept for its former topics, too.
    watcher = Watcher(broker.port, list(topics), f"comes-later-{uuid.uuid4()}")
    watcher.catch_up()
    found = {}
    for topic, payload in watcher.odd:
        # Taken away meanwhile: an empty message, which nobody gets who comes later.
        if payload:
            found[topic] = json.loads(payload)
        else:
            found.pop(topic, None)
    watcher.stop()
    return found


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    gateway = stage.gateway(broker, policy=local(), status={"topic": STATUS},
                            home_assistant={"prefix": "homeassistant"}).start()
    config = "homeassistant/+/sluice_demo/+/config"
    wait_until(lambda: len(retained(broker, config)) == 4,
               lambda: f"four entities: {list(retained(broker, config))}")
    entities = retained(broker, config)
    for topic, entity in entities.items():
        expect(entity["device"]["identifiers"] == ["sluice_demo"], f"one device: {topic}")
        expect(entity["availability_topic"] == STATUS, f"{topic}")
        expect(entity["state_topic"].startswith(STATUS), f"{topic}: {entity['state_topic']}")
    # Every value is there to be read, where its entity says.
    told = {entity["state_topic"] for entity in entities.values()}
    wait_until(lambda: told <= set(retained(broker, f"{STATUS}/#")), "every state topic is told")
    values = retained(broker, f"{STATUS}/#")
    for topic, entity in entities.items():
        expect(entity["state_topic"] in values, f"{entity['state_topic']} in {list(values)}")
    policy = values[f"{STATUS}/policies/bearing-wear"]
    expect(policy["state"] == "in_force", f"{policy}")
    expect(values[f"{STATUS}/state"]["state"] in entities[
        "homeassistant/sensor/sluice_demo/state/config"]["options"], "a state it knows")

    publisher = stage.publisher(broker)
    stage.publish(publisher, 20, machines=10)
    publisher.flush()
    there = sorted(retained(broker, "homeassistant/#"))
    expect(there == sorted(entities), f"nothing for devices: {there}")
    expect(gateway.stop() == 0, "a clean end")
    expect(retained(broker, STATUS)[STATUS]["state"] == "offline", "and it is shown as away")

    # Another prefix: what was under the first one is gone.
    gateway.configure(home_assistant={"prefix": "ha"})
    gateway.start()
    wait_until(lambda: not retained(broker, "homeassistant/#"), "the former ones are gone")
    wait_until(lambda: len(retained(broker, "ha/#")) == 4, "the new ones are there")
    expect(gateway.stop() == 0, "a clean end")

    # Off: nothing is left, of the policies' topics either.
    del gateway.settings["home_assistant"]
    gateway.configure()
    gateway.start()
    wait_until(lambda: not retained(broker, "ha/#"), "all gone")
    wait_until(lambda: not retained(broker, f"{STATUS}/policies/#"), "the policies' topics, too")
    stage.note(f"{len(entities)} entities, taken away by another prefix and by none")
