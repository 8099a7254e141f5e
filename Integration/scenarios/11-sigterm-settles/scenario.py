# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""SIGTERM under load, five times, then with a cloud that hangs and with a broker that is gone: the
gateway settles what it has read and ends within ten seconds with 0; nothing is lost, and nothing comes
twice over the clean restarts."""

import threading
import time

from rig.policies import hybrid
from rig.process import expect, wait_until
from rig.stage import (Stage, expect_all, expect_last_words, expect_one_identity,
                       without_last_word)


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    cloud.delay = 0.2
    watcher = stage.watcher(broker)
    gateway = stage.gateway(broker, cloud, policy=hybrid(0.9)).start()
    publisher = stage.publisher(broker)
    truths: dict = {}
    over = threading.Event()

    def load() -> None:
        while not over.is_set():
            truths.update(stage.publish(publisher, 50, machines=8, rate=200))

    source = threading.Thread(target=load, daemon=True)
    source.start()
    longest = 0.0

    def stop() -> float:
        start = time.monotonic()
        status = gateway.stop(within=12)
        took = time.monotonic() - start
        expect(status == 0, f"it ends with 0: {status}\n{gateway.program.last_words()}")
        expect(took < 10, f"it ends within 10 s: {took:.1f} s")
        return took

    for _ in range(5):
        time.sleep(1.0)
        longest = max(longest, stop())
        gateway.start()
    cloud.is_hanging = True
    time.sleep(1.0)
    hanging = stop()
    cloud.is_hanging = False
    watcher.catch_up()
    before = len(watcher.events)
    gateway.start()
    wait_until(lambda: len(watcher.events) > before, "it goes on")
    time.sleep(1.0)
    repeats = expect_one_identity(watcher.events)
    expect(repeats == 0, f"{repeats} events repeated over clean restarts")
    broker.stop()
    time.sleep(0.5)
    gone = stop()
    broker.start()
    gateway.start()
    over.set()
    source.join()
    publisher.flush(within=40)
    # The first word of each: a question that a stop cut short is acted on without its answer.
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"),
               lambda: f"{len(set(truths) - watcher.keys('alerts/'))} of {len(truths)} lost", within=30)
    gateway.wait_drained()
    twice = published_again(stage, gateway, publisher, watcher, truths)
    expect_all(watcher.keys("alerts/"), truths, "events")
    expect_last_words(watcher)
    # What the broker took and could not acknowledge before it went is sent again, under its id.
    repeats = expect_one_identity(watcher.events)
    expect(not gateway.dead_letters(), "no dead letters")
    stage.note(f"5 stops, the longest {longest:.1f} s, with a hanging cloud {hanging:.1f} s, without a "
               f"broker {gone:.1f} s; {len(truths)} messages, 0 lost, {repeats} repeated by the "
               f"broker's end; {twice} published again over a restart kept their ids")


def published_again(stage: Stage, gateway, publisher, watcher, truths: dict) -> int:
    """A device that has missed the broker's acknowledgements publishes its last readings once more, and
    the broker marks none of them: over a clean stop, too, they keep their ids."""
    readings = [stage.reading("m01") for _ in range(5)]
    for topic, body, truth in readings:
        publisher.publish(topic, body)
        truths["a/m01", body["n"]] = truth
    publisher.flush()
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"), "the last readings are decided")
    gateway.wait_drained()
    gateway.stop()
    for topic, body, _ in readings:
        publisher.publish(topic, body)
    publisher.flush()
    gateway.start()
    topic, body, truth = stage.reading("m01")
    publisher.publish(topic, body)
    truths["a/m01", body["n"]] = truth
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"), "what comes after them is decided")
    # A provisional alert may be here before its question is a row, and the backlog empty until then.
    wait_until(lambda: not without_last_word(watcher), "the last word on them")
    gateway.wait_drained()
    return len(readings)
