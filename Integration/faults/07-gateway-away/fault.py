# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway is away for half a minute, its messages are the broker's. With the shipped configuration
of the broker none is lost; with the one it comes with, the broker drops most, and the gateway says how
many."""

import time

from rig.process import expect, wait_until

TITLE = "gateway stopped 30 s (shipped broker configuration, and the stock one)"
MUST = "shipped: 0 of 20 000 lost; stock: the broker's drops are reported with their number"
FAST = False


def away(stage, name: str, count: int, seconds: float, **options):
    """Traffic into the broker while the gateway is stopped; the stage, and what it left."""
    apart = stage.apart(name)
    broker, cloud = apart.broker(**options), apart.cloud()
    collector = apart.collector(broker)
    gateway = apart.whole(broker, cloud).start()
    flood = apart.flood(broker, count / seconds).start(count=200, rate=200)
    flood.wait()
    apart.expect_decided(flood, collector)
    # The broker's count is published once a second here.
    wait_until(lambda: (gateway.status() or {})["lanes"][0].get("broker_drops") == 0,
               "the broker's count is known", within=15, every=0.2)
    expect(gateway.stop() == 0, "it ends cleanly")
    start = time.monotonic()
    flood.start(count=count)
    flood.wait()
    time.sleep(max(0.0, seconds - (time.monotonic() - start)))
    gateway.start()
    return apart, broker, collector, gateway, flood


def fault(stage) -> None:
    count, seconds = stage.pick((20_000, 30), (2_500, 3))
    apart, broker, collector, gateway, flood = away(stage, "shipped", count, seconds)
    apart.expect_decided(flood, collector)
    fresh = apart.expect_fresh(broker, collector)
    stage.note(f"shipped: 0 of {count:,} lost, fresh message after {1000 * fresh:.0f} ms")
    apart.end()

    apart, broker, collector, gateway, flood = away(stage, "stock", count, seconds, is_stock=True)
    fresh = apart.expect_fresh(broker, collector)
    time.sleep(1)
    lost = len(flood.keys() - collector.read().first.keys())

    def reported() -> int:
        return (gateway.status() or {})["lanes"][0].get("broker_drops") or 0

    wait_until(lambda: reported() >= lost > 0, lambda: f"{reported()} drops reported, {lost} lost",
               within=20, every=0.5)
    expect(reported() == lost, f"{reported()} drops reported, {lost} lost")
    stage.note(f"stock: {lost:,} of {count:,} dropped by the broker, {reported():,} reported; fresh "
               f"message after {1000 * fresh:.0f} ms")
    apart.end()
