# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Somebody who publishes to the broker, and somebody who listens; both MQTT 5, both over paho."""

from __future__ import annotations

import json
import threading
import time
import uuid

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from .process import expect, wait_until

HOUR = 3600


def _client(name: str, port: int) -> mqtt.Client:
    client = mqtt.Client(
        mqtt.CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5
    )
    client.reconnect_delay_set(1, 1)
    client.max_inflight_messages_set(200)
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = HOUR
    properties.ReceiveMaximum = 500
    client.connect_async("127.0.0.1", port, keepalive=15, clean_start=False, properties=properties)
    return client


class Publisher:
    """Publishes and remembers what the broker has acknowledged. Survives a broker's restart."""

    def __init__(self, port: int, name: str = "publisher"):
        self.sent = 0
        self.acknowledged = 0
        self._lock = threading.Lock()
        self._client = _client(name, port)
        self._client.on_publish = self._published
        self._client.loop_start()
        wait_until(self._client.is_connected, f"{name} is connected")

    def _published(self, *_) -> None:
        with self._lock:
            self.acknowledged += 1

    def publish(self, topic: str, payload: dict | list | bytes | str, qos: int = 1,
                user: list[tuple[str, str]] | None = None) -> None:
        """Queues one message, with user properties; `flush` waits for the acknowledgements."""
        if isinstance(payload, (dict, list)):
            payload = json.dumps(payload, separators=(",", ":"))
        properties = None
        if user:
            properties = Properties(PacketTypes.PUBLISH)
            properties.UserProperty = user
        self._client.publish(topic, payload, qos, properties=properties)
        self.sent += 1

    def flush(self, within: float = 30.0) -> None:
        """Waits until the broker has acknowledged everything."""
        wait_until(
            lambda: self.acknowledged >= self.sent,
            lambda: f"{self.acknowledged} of {self.sent} messages acknowledged by the broker",
            within,
        )

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Event:
    """One published CloudEvent."""

    def __init__(self, topic: str, body: dict, at: float, user: list[tuple[str, str]] = []):
        self.topic = topic
        self.body = body
        self.at = at
        # MQTT 5's user properties.
        self.user = dict(user)

    @property
    def id(self) -> str:
        return self.body["id"]

    @property
    def decision(self) -> str:
        return self.id.split(":")[0]

    @property
    def revision(self) -> int:
        return int(self.id.split(":")[1])

    @property
    def data(self) -> dict:
        return self.body["data"]

    @property
    def device(self) -> str:
        return self.body["subject"]

    @property
    def sequence(self) -> int:
        return int(self.data["sequence"])

    @property
    def key(self) -> tuple[str, int]:
        """The message it is about."""
        return self.device, self.sequence


class Watcher:
    """Keeps every event published on its topics; its session survives a broker's restart."""

    def __init__(self, port: int, topics: list[str], name: str = "watcher", on_event=None):
        self.events: list[Event] = []
        self.odd: list[tuple[str, bytes]] = []
        # A topic of its own tells it that everything before a word of its own has come.
        self._own = f"rig/{name}/{uuid.uuid4()}"
        self._heard = ""
        self._topics = [*topics, self._own]
        self._on_event = on_event
        self._subscribed = False
        self._client = _client(name, port)
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: setattr(self, "_subscribed", True)
        self._client.on_message = self._received
        self._client.loop_start()
        wait_until(lambda: self._subscribed, f"{name} is subscribed")

    def _connected(self, client, *_) -> None:
        client.subscribe([(topic, 1) for topic in self._topics])

    def _received(self, _client, _userdata, message) -> None:
        if message.topic == self._own:
            self._heard = message.payload.decode()
            return
        try:
            user = getattr(message.properties, "UserProperty", [])
            event = Event(message.topic, json.loads(message.payload), time.time(), user)
            expect("id" in event.body, "an id")
        except (ValueError, AssertionError, TypeError):
            self.odd.append((message.topic, message.payload))
            return
        self.events.append(event)
        if self._on_event:
            self._on_event(event)

    def catch_up(self) -> None:
        """Waits until all that the broker had for it has come, what is retained as well."""
        word = str(uuid.uuid4())
        self._client.publish(self._own, word, qos=1)
        wait_until(lambda: self._heard == word, "everything the broker had has come", every=0.01)

    def on(self, prefix: str) -> list[Event]:
        """The events whose topic begins with `prefix`."""
        return [event for event in list(self.events) if event.topic.startswith(prefix)]

    def keys(self, prefix: str = "") -> set[tuple[str, int]]:
        """The messages the events on `prefix` are about."""
        return {event.key for event in self.on(prefix)}

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
