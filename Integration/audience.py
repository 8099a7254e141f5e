# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Who listens to the demo: a reader of the decision log and a subscriber to every action."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import paho.mqtt.client as mqtt

from rig.process import wait_until

BELLS = ("alerts/", "alarms/", "notices/", "maintenance/")  # gates/ are commands, and many


class Tail:
    """Reads a growing file of JSON lines, whole lines only, through one rotation."""

    def __init__(self, path: Path):
        self.path = path
        self.file = None
        self.rest = ""

    def lines(self) -> list[dict]:
        if self.file is None:
            if not self.path.exists():
                return []
            self.file = self.path.open()
        text = self.rest + self.file.read()
        *whole, self.rest = text.split("\n")
        if not whole and self.path.exists():
            if self.path.stat().st_ino != os.fstat(self.file.fileno()).st_ino:
                self.file.close()
                self.file = self.path.open()
                return self.lines()
        return [json.loads(line) for line in whole if line]


class Audience:
    """Hears every action that is published, as whatever acts on them would."""

    def __init__(self, port: int):
        self.heard: list[tuple[float, str, dict]] = []
        self.bells = 0
        self.latest = ""
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id="audience", protocol=mqtt.MQTTv5
        )
        is_subscribed = []
        self.client.on_subscribe = lambda *_: is_subscribed.append(True)
        self.client.on_message = self.received
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.client.subscribe([(f"{topic}#", 1) for topic in (*BELLS, "gates/")])
        wait_until(lambda: is_subscribed, "the audience is subscribed")

    def received(self, _client, _userdata, message) -> None:
        at = time.time()
        body = json.loads(message.payload)
        # A policy's own payload names its decision; a CloudEvent has it in its id.
        decision = body.get("decision") or body["id"].split(":")[0]
        self.heard.append((at, decision, body))
        if message.topic.startswith(BELLS):
            self.bells += 1
            what = body.get("condition") or body.get("alarm") or body["data"]["label"]
            self.latest = f"{message.topic}: {what}"

    def news(self) -> str:
        """The last bell since this was asked."""
        latest, self.latest = self.latest, ""
        return latest
