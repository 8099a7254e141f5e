# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Bits of a store are flipped and its files are cut, at random. The gateway starts every time; what
another reader of SQLite files can still read must be put to the cloud, and nothing may be put to it
that differs from what was stored.

A trial's damage depends on its number and the store alone: SLUICE_TRIALS=119,125 plays these only,
SLUICE_TRIALS="bit of the log" those of one kind, and SLUICE_STORE=FOLDER damages the store that an earlier
run kept (`master/gateway`). The store of a trial that fails is kept, as it was damaged."""

import json
import os
import random
import re
import shutil
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

from rig.policies import NEVER_SURE, pipeline
from rig.process import Failed, expect, free_port, wait_until

TITLE = "random bit flips and truncations of a store"
MUST = "always starts; intact rows kept; damaged counted"
FAST = False
LONGEST = 3000
DEVICES = 64
KINDS = ["one bit", "64 bits", "page of zeros", "cut file", "cut log", "bit of the log"]


def chosen(trials: int) -> list[int]:
    """The numbers of the trials to play."""
    wanted = os.environ.get("SLUICE_TRIALS", "")
    if wanted in KINDS:
        return [n for n in range(trials) if KINDS[n % len(KINDS)] == wanted]
    return [int(n) for n in wanted.split(",")] if wanted else list(range(trials))


class Asked:
    """What a cloud was asked: the numbers of each message, by its count."""

    def __init__(self):
        self.rows: dict[int, tuple] = {}
        self.tag_of: dict[str, int] = {}

    def __call__(self, key: str | None, body: bytes) -> str:
        request = json.loads(body)
        tensor = request["inputs"][0]
        count, width = tensor["shape"]
        listed = request.get("parameters", {}).get("sluice_keys")
        keys = listed.split(",") if listed else [key or ""]
        for row, name in zip(range(count), keys):
            numbers = tuple(tensor["data"][row * width:(row + 1) * width])
            tag = int(numbers[-1])
            self.rows[tag] = numbers
            self.tag_of[name.partition(":")[0]] = tag
        return "well"


def entries(folder: Path) -> dict[str, bytes]:
    """What SQLite itself reads of a store, row by row; works on a copy."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for file in folder.glob("spool.sqlite*"):
        if not file.name.endswith((".lock", "-shm")):
            shutil.copy(file, copy)
    found: dict[str, bytes] = {}
    connection = sqlite3.connect(copy / "spool.sqlite")
    connection.text_factory = bytes
    try:
        high = 4_000
        for number in range(1, high):
            try:
                row = connection.execute("SELECT key, body FROM entries WHERE id = ?",
                                         (number,)).fetchone()
            except (sqlite3.Error, UnicodeDecodeError):  # the latter: damage in the words of an error
                continue
            if row and isinstance(row[0], bytes) and isinstance(row[1], bytes):
                found[row[0].decode(errors="replace").partition(":")[0]] = row[1]
    finally:
        connection.close()
        shutil.rmtree(copy, ignore_errors=True)
    return found


def damage(folder: Path, kind: str, chance: random.Random) -> None:
    store, log = folder / "spool.sqlite", folder / "spool.sqlite-wal"
    target = log if "log" in kind and log.exists() and log.stat().st_size else store
    content = bytearray(target.read_bytes())
    if "cut" in kind:
        del content[chance.randrange(len(content)):]
    elif "page" in kind:
        at = chance.randrange(len(content) // 4096) * 4096
        content[at:at + 4096] = bytes(4096)
    else:
        for _ in range(64 if "64" in kind else 1):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    target.write_bytes(content)


def place(master: Path, folder: Path, kind: str | None, chance: random.Random) -> None:
    """Puts a copy of the store into a folder, damaged in one way."""
    for file in master.glob("spool.sqlite*"):
        if file.is_file():
            shutil.copy(file, folder)
    if kind:
        damage(folder, kind, chance)


class Bench:
    """A gateway without a broker, over and over on another damaged copy."""

    def __init__(self, stage, name: str, master: Path):
        self.stage = stage.apart(name)
        self.master = master
        self.cloud = self.stage.cloud()
        self.cloud.keeps_bodies = False
        url = f"mqtt://127.0.0.1:{free_port()}"
        self.gateway = self.stage.whole(type("Nobody", (), {"url": url}), self.cloud,
                                        policy=pipeline(NEVER_SURE),
                                        cloud_options={"max_batch": 64})

    def run(self, kind: str | None, chance: random.Random, wanted) -> tuple[Asked, set, str]:
        """What the cloud was asked, what was still readable, and what the log said of damage."""
        folder = self.gateway.folder
        for file in folder.glob("spool.sqlite*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        place(self.master, folder, kind, chance)
        readable = entries(folder)
        self.cloud.mischief = asked = Asked()
        log = self.gateway.program.log
        start = log.stat().st_size if log.exists() else 0
        self.gateway.spawn()

        def up() -> bool:
            if not self.gateway.program.is_running:
                raise Failed(f"it does not start on {kind}:\n" + self.gateway.program.last_words())
            return self.gateway.ask("/v1/status") is not None

        try:
            wait_until(up, f"it starts on {kind}", within=20, every=0.01)
            goal, quiet = wanted(readable), time.monotonic()
            seen = -1
            # The cloud is asked as soon as a probe has found it; what comes then comes at once, but for
            # what a busy machine does to either.
            while time.monotonic() - quiet < 6.0 and not goal <= asked.tag_of.keys():
                if len(asked.rows) != seen:
                    seen, quiet = len(asked.rows), time.monotonic()
                time.sleep(0.02)
            time.sleep(0.05)
            self.stats = self.gateway.ask("/v1/spool/stats") or {}
        finally:
            self.gateway.kill()
        said = log.read_bytes()[start:].decode(errors="replace")
        return asked, readable, said


def make_master(stage, rows: int) -> Path:
    """A store as kill -9 leaves it, its log not yet merged."""
    apart = stage.apart("master")
    broker, cloud = apart.broker(), apart.cloud()
    cloud.stop()
    gateway = apart.whole(broker, cloud, policy=pipeline(NEVER_SURE)).start()
    collector = apart.collector(broker)
    flood = apart.flood(broker, 500, devices=DEVICES).start(count=rows)
    flood.wait()
    apart.expect_decided(flood, collector)
    wait_until(lambda: gateway.backlog() >= rows, "every message is a row", within=10)
    gateway.kill()
    broker.stop()
    return gateway.folder


def fault(stage) -> None:
    trials, rows = stage.pick((1_000, 400), (12, 200))
    playing = chosen(trials)
    given = os.environ.get("SLUICE_STORE")
    master = Path(given) if given else make_master(stage, rows)
    original = entries(master)
    first = Bench(stage, "reference", master)
    truth, _, _ = first.run(None, random.Random(0), lambda _: original.keys())
    expect(len(truth.rows) == rows, f"an undamaged store is put to the cloud whole: {len(truth.rows)}")
    lock, results, troubles = threading.Lock(), Counter(), []
    numbers = iter(playing)

    def failed(number: int, words: str) -> None:
        """Keeps the trial's store, as it was damaged, to be looked at."""
        troubles.append(f"trial {number}, {KINDS[number % len(KINDS)]}: {words}")
        kept = stage.folder / f"trial-{number}"
        kept.mkdir(exist_ok=True)
        place(master, kept, KINDS[number % len(KINDS)], random.Random(number))

    def work(bench: Bench) -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None or len(troubles) > 20:
                return
            chance = random.Random(number)
            kind = KINDS[number % len(KINDS)]

            def intact(readable) -> set:
                return {d for d, body in readable.items() if original.get(d) == body}

            try:
                asked, readable, said = bench.run(kind, chance, intact)
            except Failed as failure:
                with lock:
                    results["did not start"] += 1
                    failed(number, str(failure))
                continue
            except Exception as error:
                with lock:
                    troubles.append(f"trial {number} could not be judged: {error!r}")
                continue
            good = {truth.tag_of[d] for d in intact(readable)}
            lost = good - asked.rows.keys()
            changed = [t for t, numbers in asked.rows.items() if truth.rows.get(t) != numbers]
            with lock:
                results["trials"] += 1
                results["readable"] += len(good)
                results["kept"] += len(asked.rows)
                results["set aside"] += "set_aside=" in said
                results["reported"] += sum(map(int, re.findall(r"rows_damaged=\"?(\d+)", said)))
                if lost:
                    failed(number, f"{len(lost)} of {len(good)} intact rows were not put to the cloud: "
                                   f"messages {sorted(lost)[:5]}")
                if changed:
                    failed(number, f"{len(changed)} rows were changed: messages {changed[:5]}")

    benches = [Bench(stage, f"bench{i}", master) for i in range(2)]
    threads = [threading.Thread(target=work, args=(bench,)) for bench in benches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(not troubles, f"{len(troubles)} of {len(playing)} trials: " + "; ".join(troubles[:4]))
    stage.note(f"{results['trials']:,} damaged stores of {rows} rows, {results['did not start']} did not start, "
               f"{results['kept']:,} rows put to the cloud, {results['readable']:,} that SQLite still "
               f"reads all among them, 0 changed; {results['set aside']} stores set aside, "
               f"{results['reported']:,} rows said to be damaged")
