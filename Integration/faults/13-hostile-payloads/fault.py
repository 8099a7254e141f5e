# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Payloads that a decoder has to fear, through a real broker, between good ones: no crash, each counted
as a decision, a copy or a dead letter, and the good ones decided in time. The parsers by themselves are
fuzzed by Integration/fuzz/run.sh."""

import json
import random
import re
import subprocess
import time

from plant import bearing
from rig.gateway import ROOT
from rig.policies import pipeline
from rig.process import expect, wait_until

TITLE = "10 000 hostile payloads; fuzz targets under AddressSanitizer"
MUST = "0 crashes, all counted, good traffic untouched"
FAST = True
LONGEST = 2400
ODD_VALUES = ["null", "true", "1e999", "-1e999", "NaN", "Infinity", "0x10", "01", "1.", ".5", "-", "1e",
              "9" * 400, "0." + "0" * 400 + "1", '"' + "é" * 200 + '"', '"\\ud800"', '"\\u0000"', "[]", "{}",
              "[" * 200 + "]" * 200, '{"a":' * 100 + "1" + "}" * 100, "18446744073709551616",
              "-9223372036854775809", '"\\x41"', "'a'", "[1,]", "[,1]", "{1:2}"]


def hostile(chance: random.Random, good: bytes) -> bytes:
    """One payload, made of a good one as a rule."""
    kind = chance.randrange(10)
    data = bytearray(good)
    if kind == 0:
        return chance.randbytes(chance.choice([0, 1, 2, 7, 64, 1_000, 60_000]))
    if kind == 1:
        return bytes(data[:chance.randrange(len(data))])
    if kind == 2:
        for _ in range(chance.choice([1, 2, 16, 200])):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(data)
    if kind == 3:
        at = chance.randrange(len(data))
        return bytes(data[:at] + data[at:] * chance.choice([2, 3, 50]))
    if kind == 4:
        body = json.loads(good)
        key = chance.choice(list(body))
        text = json.dumps({**body, key: "\0mark"})
        return text.replace('"\\u0000mark"', chance.choice(ODD_VALUES)).encode("utf-8", "replace")
    if kind == 5:
        brackets = chance.choice(["[", '{"a":', "[{\"a\":["])
        return (brackets * chance.choice([10, 1_000, 30_000])).encode()
    if kind == 6:
        return good[:-1] + b"," + good[1:]  # every key twice
    if kind == 7:
        samples = [chance.uniform(-1e308, 1e308) for _ in range(chance.choice([0, 1, 5_000]))]
        body = json.loads(good)
        body["vib"]["samples"] = samples
        return json.dumps(body).encode()
    if kind == 8:
        at = chance.randrange(len(data))
        junk = chance.choice([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\0", b"\\u12"])
        return bytes(data[:at]) + junk + bytes(data[at:])
    keys = {f"k{i}" * chance.choice([1, 50]): i for i in range(chance.choice([100, 3_000]))}
    return json.dumps({**json.loads(good), **keys}).encode()


def fault(stage) -> None:
    count = stage.pick(10_000, 1_000)
    chance = random.Random(13)
    broker, cloud = stage.broker(max_packet=2 << 20), stage.cloud()
    collector = stage.collector(broker)
    commands = pipeline(0.0)
    gateway = stage.whole(broker, cloud, policy=commands,
                          spool={"dead_letters": 10_000, "max_size": "1GiB"}).start()
    pid = gateway.program.pid
    flood = stage.flood(broker, 200).start()
    publisher = stage.publisher(broker)
    machine = bearing.Machine("hostile")
    for number in range(count):
        body = bearing.payload(machine.measure(), time.time_ns() // 1_000_000, number + 1,
                               machine.serial)
        body["i"] = 0
        publisher.publish("plant/a/machines/hostile/vibration",
                          hostile(chance, json.dumps(body).encode()))
        if number % 200 == 199:
            publisher.flush(within=60)
    publisher.flush(within=60)
    flood.stop()
    books = stage.expect_decided(flood, collector)
    total = count + flood.acknowledged

    def accounted() -> dict[str, int]:
        counters = (gateway.status() or {"counters": {}})["counters"]

        def total(metric: str, label: str = "") -> int:
            return sum(n for name, n in counters.items() if name.startswith(metric) and label in name)

        return {
            "decided": total("sluice_decide_decisions_total"),
            "copies": total("sluice_decode_copies_total"),
            # A decision whose question cannot be asked is a dead letter besides. Counted where they are made:
            # the oldest are let go of when their room is used up.
            "dead letters": total("sluice_spool_dead_letters_total")
            - total("sluice_spool_dead_letters_total", "cannot_ask"),
        }

    def adds_up() -> bool:
        return sum(accounted().values()) == total

    wait_until(adds_up, lambda: f"{accounted()} make {total}", within=60, every=0.5)
    seen = accounted()
    expect(gateway.program.is_running and gateway.program.pid == pid, "the same process")
    stats, letters = gateway.spool_stats(), gateway.ask("/v1/spool/dead?limit=10000")
    expect(len(letters) == stats["dead_letters"] and len(letters) + stats["dead_letters_dropped"]
           >= seen["dead letters"], f"each is kept or told as dropped: {len(letters)} of {stats}")
    expect(all(letter.get("reason") for letter in letters), "every dead letter has a reason")
    fresh = stage.expect_fresh(broker, collector)
    hostile_decided = sum(1 for device, _ in books.first if device == "a/hostile") + len(books.unnumbered)
    stage.note(f"{count:,} hostile payloads among {flood.acknowledged:,} good ones: 0 crashes, "
               f"{seen['dead letters']:,} dead letters, {hostile_decided:,} readable all the same and "
               f"decided, {seen['copies']} copies, all add up; fresh message after "
               f"{1000 * fresh:.0f} ms")
    if not stage.is_fast:
        fuzz(stage)


def fuzz(stage) -> None:
    """The parsers alone: more of the same, without a broker in between."""
    done = subprocess.run([str(ROOT / "Integration/fuzz/run.sh"), "60"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    rates = {target: (int(rate), int(own)) for target, rate, own in re.findall(
        r"^(\w+): (\d+) executions a minute, (\d+) a minute of its CPU", done.stdout, re.M)}
    expect(done.returncode == 0 and len(rates) == 12, f"fuzzing ends well: {done.stdout[-2000:]}"
                                                      f"{done.stderr[-1000:]}")
    stage.note("fuzzed for a minute each, 0 crashes, executions a minute (of CPU): " + ", ".join(
        f"{target} {rate:,} ({own:,})" for target, (rate, own) in rates.items()))
    # Others share the machine: the time that is counted is the target's own.
    for target in ("decode", "reply"):
        expect(rates[target][1] >= 4_000_000, f"4 M executions a minute of CPU: {target} {rates[target]}")
