# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Everything a payload can be and should not: each is one dead letter with a reason, and the good
messages in between are decided by the same process."""

import json

from rig.policies import local
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all


def bad_payloads(good: dict) -> dict[str, bytes]:
    text = json.dumps(good)
    return {
        "empty": b"",
        "10 MB of zeros": bytes(10_000_000),
        "10 MB of JSON": b'{"ts": 1, "n": 1, "x": "' + b"x" * 10_000_000 + b'"}',
        "not JSON": b"temperature=41",
        "not UTF-8": b'{"ts": 1, "n": 2, "s": "\xff\xfe\xc0"}',
        "cut short": text[: len(text) // 2].encode(),
        "two documents": (text + text).encode(),
        "a bare number": b"7",
        "an empty object": b"{}",
        "an empty array": b"[]",
        "100,000 brackets": b"[" * 100_000,
        "deep, and balanced": b"[" * 50_000 + b"]" * 50_000,
        "samples is a string": json.dumps({**good, "vib": {"samples": "loud"}}).encode(),
        "samples is missing": json.dumps({k: v for k, v in good.items() if k != "vib"}).encode(),
        "a sample is null": json.dumps({**good, "vib": {"samples": [1, None, 2]}}).encode(),
        "no samples": json.dumps({**good, "vib": {"samples": []}}).encode(),
        "temperature is an object": json.dumps({**good, "temp": {"c": 40}}).encode(),
        "sequence is a word": json.dumps({**good, "n": "many"}).encode(),
        "NaN": text.replace(str(good["temp"]), "NaN").encode(),
        "1e999": text.replace(str(good["temp"]), "1e999").encode(),
        "a NUL byte": b"\0",
    }


def scenario(stage: Stage) -> None:
    broker = stage.broker(max_packet=32 << 20)
    watcher = stage.watcher(broker)
    gateway = stage.gateway(broker, policy=local()).start()
    pid = gateway.program.pid
    publisher = stage.publisher(broker)

    topic, good, _ = stage.reading("m01")
    truths = {}
    bad = bad_payloads(good)
    for payload in bad.values():
        publisher.publish(topic, payload)
        truths |= stage.publish(publisher, 5)
    publisher.flush(within=60)
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"),
               lambda: f"{len(set(truths) - watcher.keys('alerts/'))} good messages undecided",
               within=30)
    expect_all(watcher.keys("alerts/"), truths, "good messages")
    letters = wait_until(lambda: len(gateway.dead_letters()) >= len(bad) and gateway.dead_letters(),
                         lambda: f"{len(gateway.dead_letters())} dead letters of {len(bad)}")
    expect(len(letters) == len(bad), f"{len(letters)} dead letters for {len(bad)} bad payloads")
    for letter in letters:
        expect(bool(letter.get("reason")), f"every dead letter has a reason: {letter}")
    expect(gateway.program.is_running and gateway.program.pid == pid, "the same process")
    stage.note(f"{len(bad)} bad payloads, {len(letters)} dead letters, {len(truths)} good decided")
