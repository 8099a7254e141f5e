# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The stage a scenario plays on: makes the parts in one folder and ends them afterwards."""

from __future__ import annotations

import time
from pathlib import Path

from plant import bearing

from .broker import Broker
from .cloud import Cloud
from .gateway import Gateway, central
from .process import Failed, expect, wait_until
from .proxy import Proxy
from .wire import Event, Publisher, Watcher

TOPICS = ["plant/+/machines/+/vibration"]


class Stage:
    """A folder, and everything that runs in it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._ends = []
        self._machines: dict[str, bearing.Machine] = {}
        self._counts: dict[str, int] = {}
        self._gateways: list[Gateway] = []
        self.notes: list[str] = []

    def broker(self, **options) -> Broker:
        """A running broker."""
        broker = Broker(self.folder / "broker", **options).start()
        self._ends.append(broker.kill)
        return broker

    def cloud(self, **options) -> Cloud:
        """A running cloud that calls everything a fault, until told otherwise."""
        cloud = Cloud(**options).start()
        self._ends.append(cloud.stop)
        return cloud

    def gateway(self, broker: Broker, cloud: Cloud | None = None, policy: str | None = None,
                endpoint: dict | None = None, **options) -> Gateway:
        """A gateway that is configured and not yet started."""
        if policy is not None:
            options["policies"] = {"bearing-wear": policy}
        gateway = Gateway(
            self.folder / "gateway", broker.url, options.pop("topics", TOPICS),
            central(cloud.url, **(endpoint or {})) if cloud else None, **options,
        )
        self._gateways.append(gateway)
        self._ends.append(gateway.kill)
        return gateway

    def proxy(self, upstream: int, **options) -> Proxy:
        """Something between the gateway and a port of this machine."""
        proxy = Proxy(upstream, **options).start()
        self._ends.append(proxy.stop)
        return proxy

    def publisher(self, broker: Broker) -> Publisher:
        publisher = Publisher(broker.port)
        self._ends.append(publisher.stop)
        return publisher

    def watcher(self, broker: Broker, *topics: str, on_event=None) -> Watcher:
        watcher = Watcher(broker.port, list(topics) or ["alerts/#", "sluice/#"], on_event=on_event)
        self._ends.append(watcher.stop)
        return watcher

    def reading(self, machine: str = "m01", line: str = "a") -> tuple[str, dict, str]:
        """The next vibration message of a machine: topic, payload, truth. Numbers count from 1."""
        device = f"{line}/{machine}"
        if device not in self._machines:
            self._machines[device] = bearing.Machine(f"scenario/{device}", stage_length=(10, 25))
        source = self._machines[device]
        self._counts[device] = n = self._counts.get(device, 0) + 1
        measured = source.measure()
        body = bearing.payload(measured, time.time_ns() // 1_000_000, n, source.serial)
        return f"plant/{line}/machines/{machine}/vibration", body, measured.truth

    def publish(self, publisher: Publisher, count: int, machines: int = 4, rate: float = 0.0,
                qos=lambda i: 1) -> dict[tuple[str, int], str]:
        """Publishes readings round the machines; the truth by (device, number)."""
        truths = {}
        start = time.monotonic()
        for i in range(count):
            if rate:
                time.sleep(max(0.0, start + i / rate - time.monotonic()))
            machine = f"m{i % machines + 1:02d}"
            topic, body, truth = self.reading(machine)
            publisher.publish(topic, body, qos(i))
            truths[(f"a/{machine}", body["n"])] = truth
        return truths

    def note(self, text: str) -> None:
        """A figure worth a place in the report."""
        self.notes.append(text)

    def end(self) -> None:
        """Ends everything, last made first."""
        for end in reversed(self._ends):
            try:
                end()
            except (OSError, Failed):
                pass


def expect_all(seen: set, published: dict, what: str) -> None:
    """Fails when a published message is missing from what was seen."""
    missing = sorted(set(published) - seen)
    expect(not missing, f"{what}: {len(missing)} of {len(published)} missing, first {missing[:5]}")


def provisional(watcher: Watcher) -> dict[str, Event]:
    """The alerts that were given without the cloud's word, by their decisions."""
    alerts: dict[str, Event] = {}
    for event in watcher.on("alerts/"):
        if event.data["standing"] == "provisional":
            alerts[event.decision] = event
        else:
            alerts.pop(event.decision, None)
    return alerts


def without_last_word(watcher: Watcher) -> list[tuple[str, int]]:
    """The messages among them that nothing was said of afterwards."""
    said = {event.decision for event in watcher.on("sluice/verdicts/")}
    return [event.key for decision, event in provisional(watcher).items() if decision not in said]


def expect_last_words(watcher: Watcher) -> int:
    """What was done without the cloud's word got it afterwards: one event, confirmed or corrected, told
    apart by its id however often it came. Returns how many decisions were provisional."""
    # A provisional alert may be here before its question is a row: an empty spool does not mean that all is said.
    wait_until(lambda: not without_last_word(watcher),
               lambda: f"{len(without_last_word(watcher))} provisional decisions never got a last word: "
                       f"{without_last_word(watcher)[:5]}")
    watcher.catch_up()
    said: dict[str, dict[str, str]] = {}
    for event in watcher.on("sluice/verdicts/"):
        said.setdefault(event.decision, {})[event.id] = event.data["standing"]
    for words in said.values():
        expect(len(words) == 1, f"more than one last word: {words}")
        standing = next(iter(words.values()))
        expect(standing in ("confirmed", "corrected"), f"a last word is final: {words}")
    return len(provisional(watcher))


def expect_one_identity(events: list[Event]) -> int:
    """Every message has one decision id however often it was decided; returns the repeats."""
    identities: dict[tuple[str, int], set[str]] = {}
    seen: set[str] = set()
    repeats = 0
    for event in events:
        identities.setdefault(event.key, set()).add(event.decision)
        repeats += event.id in seen
        seen.add(event.id)
    twice = {key: ids for key, ids in identities.items() if len(ids) > 1}
    expect(not twice, f"{len(twice)} messages were decided under two ids: {list(twice)[:5]}")
    return repeats
