# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The month's calls run out while the gateway is killed again and again: the server never counts one
call too many, whatever is not asked is acted on here and kept; with a larger budget all is settled.

The oracle is the server: every request it sees counts, whatever became of its answer.
"""

import random
import threading
import time

from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

KILLS = 8
RATE = 60
BUDGET = 300
LONGEST = 240


def endpoint(calls: int) -> dict:
    """One reading a call, so that calls are what there is most of."""
    return {"max_batch": 1, "max_in_flight": 4, "timeout": "1s",
            "budget": {"calls": f"{calls}/month", "money": "1000/day", "price_per_call": 0.5}}


def expect_settled(watcher, gateway) -> int:
    """What was done without the cloud's word got it afterwards, or is a dead letter: a row that three runs
    in a row were killed over counts as what ended them. Returns how many were settled."""
    finals = {event.decision for event in watcher.on("alerts/")
              if event.data["standing"] != "provisional"}
    provisional = {event.decision for event in watcher.on("alerts/")} - finals

    def unsettled() -> set:
        return provisional - {event.decision for event in watcher.on("sluice/verdicts/")}

    letters = gateway.dead_letters()
    expect(all("three times" in str(letter) or "ends_process" in str(letter) for letter in letters),
           f"dead letters: {letters[:2]}")
    wait_until(lambda: len(unsettled()) <= len(letters),
               lambda: f"{len(unsettled())} without a last word, {len(letters)} dead letters")
    return len(provisional) - len(unsettled())


def scenario(stage: Stage) -> None:
    chance = random.Random(22)
    broker = stage.broker()
    cloud = stage.cloud()
    cloud.delay = 0.03
    watcher = stage.watcher(broker)
    gateway = stage.gateway(broker, cloud, policy=hybrid(ALWAYS_ASK), endpoint=endpoint(BUDGET),
                            site={"name": "demo", "time_zone": "Europe/Berlin"}).start()
    publisher = stage.publisher(broker)

    truths: dict = {}
    over = threading.Event()

    def load() -> None:
        while not over.is_set():
            truths.update(stage.publish(publisher, 20, rate=RATE))

    source = threading.Thread(target=load, daemon=True)
    source.start()
    counted = []
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.7, 1.5))
        gateway.kill()
        counted.append(cloud.calls)
        gateway.spawn()
        gateway.wait_ready()
    wait_until(lambda: gateway.status()["cloud"]["central"]["budget"][0]["left"] == 0,
               "the budget runs out", within=40)
    time.sleep(2)
    over.set()
    source.join()
    publisher.flush(within=60)

    wait_until(lambda: set(truths) <= watcher.keys("alerts/"), "all are acted on all the same",
               within=60)
    calls = cloud.calls
    expect(calls <= BUDGET, f"{calls} calls of {BUDGET} allowed, after {counted} at the kills")
    expect(calls >= BUDGET - KILLS * 10, f"only {calls} of {BUDGET} were made")
    status = gateway.status()
    expect(any("budget" in warning for warning in status["warnings"]), "the status says so")

    # Nothing spins while it waits for the window's turn.
    before = gateway.status()["counters"].get("sluice_sync_rows_postponed_total", 0)
    time.sleep(4)
    spun = gateway.status()["counters"].get("sluice_sync_rows_postponed_total", 0) - before
    expect(spun < 50, f"the backlog was looked at {spun} times in 4 s")
    expect(cloud.calls == calls, "and nothing is asked meanwhile")

    gateway.stop()
    gateway.settings["cloud"]["central"].update(endpoint(1_000_000))
    gateway.configure()
    gateway.start()
    gateway.wait_drained(within=90)
    expect_all(watcher.keys("alerts/"), truths, "events")
    provisional = expect_settled(watcher, gateway)
    expect_one_identity(watcher.events)
    used = gateway.status()["cloud"]["central"]["budget"][0]["used"]
    expect(used >= cloud.calls, f"{used} counted, {cloud.calls} made")
    stage.note(f"{KILLS} kills, {calls} calls of {BUDGET} allowed, {len(truths)} messages, "
               f"{provisional} kept for the next window and settled, looked at {spun} times in 4 s")
