# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A site that nobody has configured: what its broker carries is discovered, a configuration drafted
from it passes its own check and tests as it was written, is examined by the doctor, runs, and is
watched by top and tap. Nothing is ever written over."""

import json
import os
import subprocess
import threading
import time

from rig.gateway import binary
from rig.process import Program, expect, wait_until
from rig.stage import Stage


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    publisher = stage.publisher(broker)
    over = threading.Event()

    def talk() -> None:
        n = 0
        while not over.wait(0.1):
            n += 1
            for machine in ("m01", "m02", "m03"):
                publisher.publish(f"plant/a/presses/{machine}/state", {
                    "ts": time.time_ns() // 1_000_000 - 2_000, "n": n, "force": 4.5 + n % 3,
                    "oil": {"temp": 41.5}, "mode": "auto"})
                publisher.publish(f"home/{machine}/humidity", {"value": 50.5 + n % 5}, 0)
            publisher.publish("cameras/one", b"\xff\xd8\xff\xe0 no picture")
            publisher.publish("odd/{x}: \u202e\"'", {"value": 1})

    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    folder = stage.folder / "site"
    folder.mkdir()

    def sluice(*words: str, within: float = 60, ends: int | None = 0):
        done = subprocess.run([binary(), *words], cwd=folder, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=within)
        expect(ends is None or done.returncode == ends,
               f"sluice {' '.join(words)} ends with {done.returncode}:\n{done.stdout}{done.stderr}")
        expect("\x1b" not in done.stdout + done.stderr, "no colours where there is no terminal")
        return done

    heard = sluice("discover", "--broker", broker.url, "--for", "3s", "--json").stdout
    report = json.loads(heard)
    patterns = {one["filter"]: one for one in report["patterns"]}
    expect("plant/a/presses/+/state" in patterns and "home/+/humidity" in patterns,
           f"topics are folded: {sorted(patterns)}")
    presses = patterns["plant/a/presses/+/state"]
    fields = {one["path"]: one for one in presses["fields"]}
    expect(presses["topics"] == 3 and presses["qos"][0] == 0, f"effective QoS: {presses['qos']}")
    expect(fields["ts"]["part"] == "time" and fields["ts"]["timeUnit"] == "ms", f"{fields['ts']}")
    expect(-3 < fields["ts"]["clockAhead"][1] < -1.5, f"two seconds behind: {fields['ts']}")
    expect(fields["n"]["part"] == "sequence", f"{fields['n']}")
    expect(patterns["home/+/humidity"]["qos"][1] == 0, "published at QoS 0")
    expect(patterns["cameras/one"]["format"] == "image", "a picture")
    (folder / "heard.json").write_text(heard)

    sluice("init", "--broker", broker.url, "--from", "heard.json", "--site", "first")
    written = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    check = sluice("check")
    expect("2 policies" in check.stdout and "8 of 8 policy cases" in check.stdout, check.stdout)
    expect("8 of 8 policy cases passed" in sluice("test").stdout, "its tests pass as written")
    again = sluice("init", "--broker", broker.url, "--from", "heard.json", ends=1)
    expect("exists already" in again.stderr, f"refused: {again.stderr}")
    expect(written == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()},
           "nothing was written over")

    doctor = json.loads(sluice("doctor", "--json").stdout)
    states = {item["subject"]: item["state"] for item in doctor["items"]}
    expect(states["broker"] == "ok" and states["broker: plant/a/presses/+/state"] == "ok",
           f"the doctor finds the broker: {states}")
    expect(states["disk: space"] in ("ok", "warn") and "disk" in states, f"and the disk: {states}")

    gateway = Program("sluice run", stage.folder / "run.log")
    gateway.spawn([binary(), "run", "--config", str(folder / "sluice.yaml")], env=dict(os.environ))
    try:
        wait_until(lambda: sluice("status", ends=None).returncode == 0, "the gateway answers", within=30)
        tap = sluice("tap", "--json", "--count", "3", 'policy == "presses-state" && sequence > 0')
        lines = [json.loads(line) for line in tap.stdout.splitlines()]
        expect(len(lines) == 3 and {line["policy"] for line in lines} == {"presses-state"},
               f"decisions as they happen: {tap.stdout}")
        wrong = sluice("tap", "confidnce < 0.6", ends=64)
        expect("did you mean `confidence`" in wrong.stderr, wrong.stderr)
        top = sluice("top", "--once").stdout.splitlines()
        expect(top[0].split()[0] == "first" and top[1].startswith("messages "), "\n".join(top))

        def rate() -> float:
            return float(sluice("top", "--once").stdout.splitlines()[1].split()[1].removesuffix("/s"))

        # Who publishes may have been held up in the one second that is looked at.
        wait_until(lambda: 20 < rate() < 200, lambda: f"about 60 messages a second: {rate()}")
    finally:
        over.set()
        gateway.kill()
    stage.note(f"{report['messages']} messages heard, {len(patterns)} patterns, {len(written)} files drafted")
