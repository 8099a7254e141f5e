# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the broker, and all it kept is gone, while the gateway cannot read: messages that it has
acknowledged to the publisher never come. The gateway says that its session is lost, and which counts of
which devices are missing."""

import signal
import time

from rig.process import expect, wait_until

TITLE = "broker kill -9"
MUST = "session loss flagged, gap per device listed"
FAST = False
DEVICES = 16


def fault(stage) -> None:
    # Nothing is saved in time, so that the crash costs the session and the queue.
    broker = stage.broker(is_persistent=False)
    cloud = stage.cloud()
    collector = stage.collector(broker)
    gateway = stage.whole(broker, cloud).start()
    flood = stage.flood(broker, 400, devices=DEVICES).start(count=800)
    flood.wait()
    stage.expect_decided(flood, collector)
    before = flood.acknowledged
    gateway.program.signal(signal.SIGSTOP)
    flood.start(count=1_600)
    flood.wait()
    broker.kill()
    gateway.program.signal(signal.SIGCONT)
    time.sleep(0.5)
    broker.start()
    wait_until(lambda: (gateway.status() or {"lanes": [{}]})["lanes"][0].get("session_gaps") == 1,
               "the lost session is flagged", within=20, every=0.2)
    # The books are kept by a subscriber that the broker has forgotten, too.
    wait_until(lambda: gateway.status()["publishing"], "it publishes again", within=20, every=0.2)
    time.sleep(1.5)
    flood.start(count=800)
    flood.wait()
    wait_until(lambda: flood.key(flood.acknowledged - 1) in collector.read().first,
               "what comes now is decided", within=20, every=0.2)
    time.sleep(0.5)
    # By the oracle: what was acknowledged and is not in the books, per device.
    missing: dict[str, set[int]] = {}
    for device, number in flood.keys() - collector.read().first.keys():
        missing.setdefault(device, set()).add(number)
    lane = gateway.status()["lanes"][0]
    listed: dict[str, set[int]] = {}
    for gap in lane.get("gaps") or []:
        listed.setdefault(gap["device"], set()).update(range(gap["after"] + 1, gap["before"]))
        expect(gap["missing"] == gap["before"] - gap["after"] - 1, f"{gap}")
    lost = sum(map(len, missing.values()))
    expect(lost > 0, "the crash cost messages")
    expect(listed == missing, f"listed {sorted(map(len, listed.values()))}, lost "
                              f"{sorted(map(len, missing.values()))}")
    expect(lane.get("missing") == lost, f"{lane.get('missing')} said to be missing, {lost} are")
    fresh = stage.expect_fresh(broker, collector)
    stage.note(f"session loss flagged; {lost:,} of {flood.acknowledged - before:,} messages lost by the "
               f"broker, all {lost:,} listed as gaps of {len(listed)} devices; fresh message after "
               f"{1000 * fresh:.0f} ms")
