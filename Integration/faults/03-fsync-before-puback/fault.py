# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Socket and disk in one trace: no PUBACK leaves before the fsync that covers its message. When
acknowledgements leave is the library's behaviour and no contract, so this guards it; a subscriber
written as many are must fail the same check."""

import os
import signal
import subprocess
import time
from pathlib import Path

from rig.native import native
from rig.policies import NEVER_SURE, pipeline
from rig.process import expect, wait_until
from rig.traced import COMMAND, judge

TITLE = "socket and disk traced together"
MUST = "0 PUBACK before the fsync that covers it; an unthreaded control fails the same check"
FAST = True


def device(payload: bytes) -> bytes:
    """What is written down of a message in any case: its number is in its row."""
    return payload[payload.index(b'"tok":"') + 7:].split(b'"')[0] if b'"tok":"' in payload else b"\0"


def traffic(stage, publisher, count: int, rate: float) -> None:
    """Every message is of a device of its own, whose name is a row's wherever rows are not sealed."""
    start = time.monotonic()
    for i in range(count):
        time.sleep(max(0.0, start + i / rate - time.monotonic()))
        name = f"tok-{i:06d}"
        topic, body, _ = stage.reading(name)
        publisher.publish(topic, {**body, "i": i, "tok": f"a/{name}"})


def fault(stage) -> None:
    count, rate = stage.pick((3_000, 200), (300, 100))
    broker, cloud = stage.broker(), stage.cloud()
    cloud.stop()
    publisher = stage.publisher(broker)

    control = stage.folder / "control.trace"
    bare = subprocess.Popen(
        [*COMMAND, "-o", str(control), native("unthreaded"), str(broker.port),
         str(stage.folder / "control.file"), "plant/#", "100"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    stage._ends.append(bare.kill)
    expect(bare.stdout.readline().strip() == "ready", "the control is subscribed")
    traffic(stage, publisher, 100, 100)
    expect(bare.wait(30) == 0, "the control ends")
    seen = judge(control, broker.port, "control.file", device)
    expect(seen.acknowledged >= 90, f"the control acknowledges: {seen}")
    expect(seen.early == seen.acknowledged, f"the unthreaded control is caught: {seen}")

    collector = stage.collector(broker)
    trace = stage.folder / "gateway.trace"
    gateway = stage.whole(broker, cloud, policy=pipeline(NEVER_SURE))
    gateway.wrapper = [*COMMAND, "-o", str(trace)]
    gateway.start(within=60)
    traffic(stage, publisher, count, rate)
    publisher.flush()
    wait_until(lambda: len(collector.read().first) >= count,
               lambda: f"{len(collector.read().first)} of {count} decided", within=60)
    time.sleep(0.5)
    # strace itself goes when the process that it traces has ended.
    children = Path(f"/proc/{gateway.program.pid}/task/{gateway.program.pid}/children").read_text()
    os.kill(int(children.split()[0]), signal.SIGTERM)
    gateway.program.process.wait(60)
    verdict = judge(trace, broker.port, "spool.sqlite-wal", device)
    expect(verdict.acknowledged >= count, f"every message was acknowledged: {verdict}")
    expect(verdict.syncs > 0, f"there are fsyncs: {verdict}")
    expect(verdict.early == 0, f"{verdict.early} of {verdict.acknowledged} PUBACKs before their fsync")
    stage.note(f"{verdict.early} of {verdict.acknowledged:,} PUBACKs before their fsync, {verdict.syncs:,} "
               f"fsyncs, {verdict.found_in_file:,} messages found by name in what was written; control: "
               f"{seen.early} of {seen.acknowledged} before it")
