# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The network between broker and gateway: resets under load, a black hole, a slow line in small
pieces, bits that flip inside TLS, and several MQTT packets in one TLS record."""

import random
import time
from types import SimpleNamespace

from rig.certificates import Certificates
from rig.process import expect, free_port, wait_until, wait_while_growing

TITLE = ("80 TCP resets at 10 000 msg/s; 14 s black hole; 80 ms latency and 512-byte slices; TLS bit "
         "flips; several MQTT packets per TLS record")
MUST = "0 lost, no stall, first message ≤ 1 s after healing"
FAST = True
FIRST_WITHIN = 1.0


class Network:
    """A broker, a proxy in front of it, and a gateway behind that."""

    def __init__(self, stage, name: str, rate: float, tls: str = ""):
        self.outer = stage
        self.stage = stage.apart(name)
        certificates = Certificates(self.stage.folder / "tls") if tls else None
        inside = free_port()
        self.broker = self.stage.broker(extra=certificates.listener(inside) if tls else "")
        self.cloud = self.stage.cloud()
        self.collector = self.stage.collector(self.broker)
        if tls == "records":
            self.proxy = self.stage.proxy(inside, server=certificates.server(),
                                          client=certificates.client())
        else:
            self.proxy = self.stage.proxy(inside if tls else self.broker.port)
        url = f"{'mqtts' if tls else 'mqtt'}://127.0.0.1:{self.proxy.port}"
        self.gateway = self.stage.whole(SimpleNamespace(url=url), self.cloud)
        if tls:
            self.gateway.settings["broker"]["ca_file"] = str(certificates.authority)
            self.gateway.configure()
        self.gateway.start()
        self.flood = self.stage.flood(self.broker, rate).start()
        wait_until(self.collector.has_grown, "it works to begin with", within=30)

    def first(self) -> float:
        """How long until something is decided again, from now."""
        start = time.monotonic()
        self.collector.read()
        wait_until(self.collector.has_grown, "it goes on", within=30, every=0.005)
        return time.monotonic() - start

    def end(self, what: str) -> None:
        """Nothing is lost, and nothing is stuck until new traffic pushes it."""
        count, start = self.flood.stop(), time.monotonic()
        books = self.stage.expect_decided(self.flood, self.collector, stuck=10)
        caught_up = time.monotonic() - start
        self.stage.expect_last_words(self.collector, self.gateway)
        fresh = self.stage.expect_fresh(self.broker, self.collector)
        expect(self.gateway.program.is_running, "the same process")
        self.outer.note(f"{what}, {count:,} messages at {count / self.flood.seconds:,.0f} a second, "
                        f"all decided {caught_up:.0f} s after them, 0 lost, {books.repeats} repeated, "
                        f"fresh after {1000 * fresh:.0f} ms")
        self.stage.end()


def resets(stage) -> None:
    network = Network(stage, "resets", stage.pick(10_000, 1_000))
    chance = random.Random(6)
    count = stage.pick(80, 8)
    slowest, cut = 0.0, 0
    for _ in range(count):
        time.sleep(chance.uniform(0.05, 0.5))
        cut += network.proxy.reset()
        slowest = max(slowest, network.first())
    expect(slowest <= FIRST_WITHIN, f"first message {slowest:.2f} s after a reset")
    network.end(f"{count} resets ({cut} connections): first message ≤ {slowest:.2f} s after")


def black_hole(stage) -> None:
    network = Network(stage, "hole", 500)
    time.sleep(1)
    network.proxy.is_black_hole = True
    time.sleep(14)
    network.proxy.is_black_hole = False
    first = network.first()
    expect(first <= FIRST_WITHIN, f"first message {first:.2f} s after the black hole")
    network.end(f"14 s black hole: first message {first:.2f} s after")


def slow_line(stage) -> None:
    network = Network(stage, "slow", stage.pick(1_000, 300))
    network.proxy.delay, network.proxy.slice = 0.08, 512
    longest, end = 0.0, time.monotonic() + stage.pick(15, 3)
    while time.monotonic() < end:
        longest = max(longest, network.first())
    network.proxy.delay, network.proxy.slice = 0.0, 0
    expect(longest <= FIRST_WITHIN, f"a stall of {longest:.2f} s on a slow line")
    network.end(f"80 ms and 512-byte slices: longest silence {longest:.2f} s")


def bit_flips(stage) -> None:
    network = Network(stage, "flips", 500, tls="plain")
    network.proxy.flip = stage.pick(0.005, 0.02)
    time.sleep(stage.pick(20, 3))
    network.proxy.flip = 0.0
    # What is under way may still be damaged: a connection that cannot go on ends within its time.
    first = network.first()
    expect(network.proxy.flipped > 0, "bits were flipped")
    expect(first <= FIRST_WITHIN, f"first message {first:.2f} s after the last flip")
    network.end(f"TLS: {network.proxy.flipped} bit flips, {network.proxy.connections} connections")


def shared_records(stage) -> None:
    network = Network(stage, "records", stage.pick(3_000, 500), tls="records")
    network.proxy.gather = 0.02
    time.sleep(stage.pick(10, 2))
    count = network.flood.stop()
    # No more traffic now: what OpenSSL holds must not wait for the next record.
    start = time.monotonic()
    wait_while_growing(lambda: len(network.collector.read().first) >= count,
                       lambda: len(network.collector.books.first),
                       lambda: f"{count - len(network.collector.books.first)} stuck in a TLS record", stuck=5,
                       every=0.05)
    network.end(f"records of several packets: all decided {time.monotonic() - start:.2f} s after the "
                "last")


def fault(stage) -> None:
    resets(stage)
    if not stage.is_fast:
        black_hole(stage)
        slow_line(stage)
    bit_flips(stage)
    shared_records(stage)
