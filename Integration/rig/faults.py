# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The stage a fault plays on: a scenario's, with heavy traffic, an oracle that keeps books, and disks
and networks that fail."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from plant import bearing

from .broker import Broker
from .cloud import Cloud
from .collector import Books, Collector
from .disk import FaultIO, LoopDisk, SmallDisk
from .flood import Flood
from .gateway import EDGE_MODELS, LABELS, LARGE_INPUTS, Gateway
from .policies import pipeline
from .process import expect, wait_until, wait_while_growing
from .stage import TOPICS, Stage
from .wire import Publisher

FRESH_WITHIN = 5.0


def endpoint(cloud: Cloud, **more) -> dict:
    """The `cloud` section with the one model that the traffic asks, and the message's number in it."""
    model = {"model": "bearing-wear-large", "inputs": {"X": [*LARGE_INPUTS["bearing-wear"], "tag"]},
             "labels": LABELS["bearing-wear"]}
    return {"central": {"url": cloud.url, "protocol": "open-inference", "timeout": "2s",
                        "max_in_flight": 32, "models": {"bearing-wear": model}, **more}}


class FaultStage(Stage):
    """A stage in one of two sizes: the full fault, or what fits into every test run."""

    def __init__(self, folder: Path, is_fast: bool = False):
        super().__init__(folder)
        self.is_fast = is_fast
        self._publisher: Publisher | None = None
        self._fresh = 0
        self.set_aside = 0

    def pick(self, full, fast):
        """One of two sizes."""
        return fast if self.is_fast else full

    def apart(self, name: str) -> "FaultStage":
        """A stage beside this one, in a folder of its own, that ends with it."""
        folder = self.folder / name
        folder.mkdir()
        other = FaultStage(folder, self.is_fast)
        self._ends.append(other.end)
        return other

    def flood(self, broker: Broker, rate: float, devices: int = 16) -> Flood:
        flood = Flood(self.folder, broker.port, rate, devices)
        self._ends.append(flood.kill)
        return flood

    def collector(self, broker: Broker, *topics: str, name: str = "collector") -> Collector:
        collector = Collector(self.folder, broker.port,
                              list(topics) or ["alerts/#", "sluice/verdicts/#"], name)
        self._ends.append(collector.stop)
        return collector

    def loop_disk(self, name: str = "disk", megabytes: int = 256) -> LoopDisk:
        disk = LoopDisk(self.folder, name, megabytes)
        self._ends.append(disk.end)
        return disk.mount()

    def small_disk(self, megabytes: int = 64) -> SmallDisk:
        disk = SmallDisk(self.folder, megabytes=megabytes)
        self._ends.append(disk.end)
        return disk

    def faulty_disk(self, match: str = "spool.sqlite") -> FaultIO:
        return FaultIO(self.folder, match)

    def whole(self, broker, cloud: Cloud, policy: str | None = None, name: str = "gateway",
              cloud_options: dict = {}, **sections) -> Gateway:
        """A gateway with the whole path on, the one model it needs, and no decision log."""
        models = self.folder / "models"
        if not models.exists():
            models.mkdir()
            (models / "bearing-wear").symlink_to(EDGE_MODELS / "bearing-wear")
        sections.setdefault("spool", {}).setdefault("max_size", "4GiB")
        gateway = Gateway(
            self.folder / name, broker.url, TOPICS, endpoint(cloud, **cloud_options),
            policies={"bearing-wear": policy or pipeline()}, name=name, **sections,
        )
        gateway.settings["models"]["path"] = str(models)
        del gateway.settings["decisions"]
        gateway.configure()
        self._gateways.append(gateway)
        self._ends.append(gateway.kill)
        return gateway

    # What must hold after every fault.

    def expect_decided(self, flood: Flood, collector: Collector, stuck: float = 60.0,
                       killed: Gateway | None = None) -> Books:
        """Each message the broker has acknowledged was decided and acted on, under one identity.

        It may take as long as it goes on: `stuck` seconds in which nothing is decided end it.
        With `killed`, what that gateway has set aside is sent again by its operator's command.
        """
        keys = flood.keys()

        def missing() -> set:
            return keys - collector.read().first.keys()

        def is_complete() -> bool:
            if killed is not None:
                self.set_aside += killed.send_again()
            return len(collector.read().first) >= len(keys) and not missing()

        wait_while_growing(is_complete, lambda: len(collector.read().first),
                           lambda: f"{len(missing())} of {len(keys)} acknowledged messages lost, "
                                   f"{len(missing() & set(collector.books.decision.values()))} of them "
                                   f"with a last word: {spans(missing())}", stuck)
        books = collector.read()
        expect(not books.twice(), f"{len(books.twice())} messages decided under two ids: "
                                  f"{books.twice()[:5]}")
        expect(books.odd == 0, f"{books.odd} events that cannot be read")
        return books

    def expect_last_words(self, collector: Collector, gateway: Gateway, within: float = 120.0,
                          is_killed: bool = False) -> int:
        """Each provisional decision was confirmed or corrected, once; how many there were."""
        def open_words() -> int:
            if is_killed:
                self.set_aside += gateway.send_again()
            return len(collector.read().without_last_word())

        wait_while_growing(lambda: open_words() == 0, lambda: len(collector.read().last_words),
                           lambda: f"{open_words()} of {len(collector.books.provisional)} provisional "
                                   "decisions never got their last word", within)
        gateway.wait_drained(within=within)
        # What kills fell on and nobody waits for the word of is set aside when its turn comes.
        if is_killed and (again := gateway.send_again()):
            self.set_aside += again
            gateway.wait_drained(within=within)
        books = collector.read()
        many = {d: w for d, w in books.last_words.items() if len(w) > 1}
        expect(not many, f"{len(many)} decisions got more than one last word: {list(many.items())[:3]}")
        expect(not gateway.dead_letters(), f"no dead letters: {gateway.dead_letters()[:2]}")
        return len(books.provisional)

    def expect_fresh(self, broker: Broker, collector: Collector) -> float:
        """A message published now is acted on within five seconds, without help; how long it took."""
        if self._publisher is None:
            self._publisher = self.publisher(broker)
        self._fresh += 1
        machine = bearing.Machine(f"fresh/{self._fresh}")
        body = bearing.payload(machine.measure(), time.time_ns() // 1_000_000, self._fresh,
                               machine.serial)
        body["i"] = -self._fresh
        start = time.monotonic()
        self._publisher.publish("plant/a/machines/fresh/vibration", json.dumps(body))
        key = ("a/fresh", self._fresh)
        wait_until(lambda: key in collector.read().first, "a fresh message flows", FRESH_WITHIN,
                   every=0.01)
        return time.monotonic() - start


def spans(keys: set) -> str:
    """Device by device the first and the last of the missing numbers, and how many are missing."""
    numbers: dict[str, list[int]] = {}
    for device, number in sorted(keys):
        numbers.setdefault(device, []).append(number)
    said = [f"{device} {found[0]}…{found[-1]} ({len(found)})" for device, found in numbers.items()]
    return ", ".join(said[:16]) + (", …" if len(said) > 16 else "")


class Supervisor:
    """Starts a gateway again whenever it ends, as a service manager does."""

    def __init__(self, gateway: Gateway, pause: float = 0.2):
        self.gateway = gateway
        self.pause = pause
        self.restarts = 0
        self.statuses: list[int] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> "Supervisor":
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._is_over.wait(0.05):
            if not self.gateway.program.is_running:
                self.statuses.append(self.gateway.program.process.returncode)
                self._is_over.wait(self.pause)
                if not self._is_over.is_set():
                    self.gateway.spawn()
                    self.restarts += 1

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join(5)
