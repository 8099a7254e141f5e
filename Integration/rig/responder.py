# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A model behind a broker: answers requests over MQTT 5 as whoever keeps to the specification would."""

from __future__ import annotations

import threading
from typing import Callable

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from .process import expect


class Responder:
    """Serves every topic below `models/`; `answer` makes the reply to a request's payload."""

    def __init__(self, port: int, answer: Callable[[bytes], bytes]):
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self._answer = answer
        self._ready = threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "responder", protocol=mqtt.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe("models/#", 1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        expect(self._ready.wait(10), "the responder listens")

    def _take(self, client, _, message) -> None:
        asked = message.properties
        fields = {name.lower(): value for name, value in getattr(asked, "UserProperty", [])}
        self.asked.append((fields, message.payload))
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = asked.CorrelationData
        client.publish(asked.ResponseTopic, self._answer(message.payload), 1, properties=properties)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
