# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The demo's director: starts the parts, narrates, takes the cloud away, and adds up. Use demo.sh."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from audience import Audience, Tail  # noqa: E402
from hindsight import audited, hindsight  # noqa: E402
from ledger import (  # noqa: E402
    Words, by_the_numbers, episodes, fields, is_open, key_of, quantiles, row, stamp,
)
from plant import bearing, features, inspection, vitals  # noqa: E402
from rig.broker import Broker  # noqa: E402
from rig.gateway import (  # noqa: E402
    CLOUD_MODELS, EDGE_MODELS, LARGE_INPUTS, Gateway, breaker, waiting,
)
from rig.process import Failed, Program  # noqa: E402
from rig.serve import Serve  # noqa: E402
from rig.shipped import POLICIES, shipped  # noqa: E402

EDGE_INPUTS = {
    "bearing-wear": ["rms(vib)", "kurtosis(vib)", "temp"],
    "quality-inspection": ["weight", "width", "gloss"],
}
LABELS = {"bearing-wear": list(bearing.LABELS), "quality-inspection": list(inspection.LABELS),
          "vital-signs": list(vitals.LABELS)}
# Policies that watch the pumps without a cloud, and how many readings each must have seen.
WATCHERS = {"pump-trend": ("windows, trained", 24), "pump-unusual": ("no parameters", 1)}
LATE = 20  # readings before a fault shows and after it in which an alarm is about it
ROUTES = ("act", "escalate", "defer", "drop")


class Demo:
    """Everything that runs, and what has been seen of it."""

    def __init__(self, folder: Path, seconds: float):
        self.folder = folder
        self.seconds = seconds
        self.truth = folder / "truth.jsonl"
        self.trace = folder / "trace.jsonl"
        self.broker = Broker(folder / "broker")
        self.cloud = Serve(folder, CLOUD_MODELS, "cloud")
        self.edge = Serve(folder, EDGE_MODELS, "edge")
        self.plant = Program("plant", folder / "plant.log")
        self.gateway: Gateway | None = None
        self.audience: Audience | None = None
        self.decisions: list[dict] = []
        self.routes: Counter[str] = Counter()
        self.open: set[str] = set()  # decisions that wait for the cloud's word
        self.most_kept = 0
        self.start = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.start:4.0f} s  {text}", flush=True)

    def raise_curtain(self) -> None:
        """Broker, cloud, gateway, and somebody who listens to the actions."""
        self.broker.start()
        self.say(f"broker   mosquitto on {self.broker.url}")
        self.cloud.start()
        self.say(f"cloud    sluice serve on {self.cloud.url}: "
                 + ", ".join(sorted(p.name for p in CLOUD_MODELS.iterdir())))
        home = self.folder / "gateway"
        self.gateway = shipped(
            home, self.broker.url, self.cloud.url, policies=audited(POLICIES, home),
            record={"path": str(self.trace), "max_size": "256MiB"},
            audits={"calls": "100000/hour"},
            models={"path": str(shutil.copytree(EDGE_MODELS, home / "models"))},
        )
        self.tail = Tail(self.gateway.decisions)
        self.gateway.start()
        self.say("gateway  sluice run: "
                 + ", ".join(sorted(p.name for p in EDGE_MODELS.iterdir())))
        self.audience = Audience(self.broker.port)

    def look(self) -> None:
        """One line: what was decided so far, and how the cloud and the spool are."""
        for line in self.tail.lines():
            if "revision" not in line:  # a label that no decision waits for
                continue
            self.decisions.append(line)
            if line["revision"] == 0:
                self.routes[line["route"]] += 1
                if is_open(line):
                    self.open.add(line["decision_id"])
            else:
                self.open.discard(line["decision_id"])
        status = self.gateway.status()
        if status is None:
            raise Failed("sluice run does not answer:\n" + self.gateway.program.last_words())
        kept = status["spool"]["waiting"]
        self.most_kept = max(self.most_kept, kept)
        state = {"closed": "up", "open": "gone", "half_open": "probing"}[breaker(status)]
        text = "  ".join(f"{route} {self.routes[route]:4}" for route in ROUTES)
        self.say(f"{text} | cloud {state:7} spool {kept:3} | {self.audience.news()}".rstrip(" |"))

    def play(self) -> None:
        """The plant runs; in the middle the cloud goes away for a fifth of the time."""
        self.plant.spawn([
            sys.executable, str(HERE / "plant/publish.py"), "--port", str(self.broker.port),
            "--seconds", str(self.seconds), "--truth", str(self.truth),
        ])
        begun = time.monotonic()
        gone_at, back_at = 0.4 * self.seconds, 0.6 * self.seconds
        acts = [(gone_at, self.cloud.stop, "the cloud is stopped"),
                (back_at, self.cloud.start, "the cloud is started again")]
        is_draining = False
        while self.plant.is_running:
            if acts and time.monotonic() - begun >= acts[0][0]:
                _, act, words = acts.pop(0)
                act()
                self.say(f"---- {words}")
                is_draining = not acts
            self.look()
            if is_draining and not self.open:
                is_draining = False
                self.say("---- drained: the cloud has had its word on all of them")
            time.sleep(1.0)
        if self.plant.process.returncode != 0:
            raise Failed("the plant could not publish:\n" + self.plant.last_words())

    def settle(self) -> None:
        """Until everything is decided and nothing is left on disk."""
        self.say("---- the plant has stopped; waiting for what is left")
        end = time.monotonic() + 90
        while time.monotonic() < end:
            self.look()
            if not self.undecided() and self.gateway.backlog() == 0:
                break
            time.sleep(1.0)
        time.sleep(0.5)
        self.look()

    def undecided(self) -> list[tuple]:
        """What the broker took and a policy has not decided."""
        seen = {key_of(line) for line in self.decisions}
        return [key for key in self.published() if key not in seen]

    def published(self) -> dict[tuple, dict]:
        """Every message by each policy that is to decide it; a window must have filled first."""
        records = {}
        for line in self.truth.read_text().splitlines():
            record = json.loads(line)
            watchers = WATCHERS if record["policy"] in WATCHERS else {record["policy"]: ("", 1)}
            for policy, (_, least) in watchers.items():
                if record["n"] >= least:
                    records[(policy, record["device"], record["n"])] = record
        return records

    def add_up(self) -> bool:
        """The table, from the plant's own truth and the gateway's log of every decision."""
        published = self.published()
        lost, dead = len(self.undecided()), len(self.gateway.dead_letters())
        left = waiting(self.gateway.spool_stats())
        words = Words(self.decisions)
        twice = len(words.at_once) - len(words.first)
        # What was put aside for the cloud while it was gone; all of it is to have its word since.
        put_aside = [key for key, line in words.first.items() if is_open(line)]
        answered = [words.last[key] for key in put_aside if words.last[key]["revision"] > 0]
        corrected = sum(line["standing"] == "corrected" for line in answered)

        shares = Counter(line["route"] for line in words.first.values())
        print()
        sent = len(self.truth.read_text().splitlines())
        row("messages", f"{sent} published, {len(words.first)} decisions, {lost} missing, "
                        f"{twice} made twice, {dead} dead letters")
        row("routes", ", ".join(f"{route} {shares[route] / max(1, len(words.first)):.1%}"
                                for route in ROUTES))
        row("spooled for the cloud", f"{len(put_aside)} readings, {len(answered)} drained "
            f"({corrected} corrected), at most {self.most_kept} rows at once, {left} left")
        print(f"\n  {'right, against the truth':26}{'edge alone':>13}{'cloud alone':>13}"
              f"{'hybrid':>13}{'at first':>13}")
        for policy in LABELS:
            self.judge(policy, published, words)
        print(f"\n  {'pumps, and no cloud':26}{'faults found':>13}{'after':>16}{'false alarms':>16}")
        for policy, (what, _) in WATCHERS.items():
            self.watch(policy, what, published, words)
        print(f"\n  {'latency':26}{'p50':>13}{'p99':>13}")
        quantiles("arrival to decision, here",
                  [x["latency_ms"] for x in words.first.values() if x["route"] != "escalate"])
        quantiles("and with the cloud's answer",
                  [x["latency_ms"] for x in words.first.values()
                   if x["route"] == "escalate" and x["standing"] == "final"])
        quantiles("sensor to published action", self.reactions(words))
        print()
        return not lost and not twice and not dead and not left and len(answered) == len(put_aside)

    def judge(self, policy: str, published: dict, words: Words) -> None:
        """Who would have been right how often. Each model alone answers the same messages, now."""
        mine = {key: record for key, record in published.items() if key[0] == policy}
        if not mine:
            return

        def alone(server: Serve, model: str, inputs: list[str]) -> dict[tuple, str]:
            rows = [features.evaluate(inputs, fields(record)) for record in mine.values()]
            return dict(zip(mine, server.labels(model, rows, LABELS[policy])))

        large = alone(self.cloud, f"{policy}-large", LARGE_INPUTS[policy])
        if policy in EDGE_INPUTS:
            small = alone(self.edge, policy, EDGE_INPUTS[policy])
        else:
            # Without a cloud, only what breaks the bounds of the policy's own rules is an alarm.
            small = {key: by_the_numbers(line) or "normal" for key, line in words.first.items()}
        answers = [small, large, *(
            {key: by_the_numbers(words.first[key]) or line.get("label")
             for key, line in said.items() if key in mine}
            for said in (words.last, words.first)
        )]
        figures = [sum(said.get(key) == record["truth"] for key, record in mine.items())
                   for said in answers]
        row(policy, "".join(f"{100 * right / len(mine):12.1f}%" for right in figures))
        if policy == "vital-signs":
            crises = [key for key, record in mine.items() if record["truth"] == "critical"]
            found = [sum(said.get(key) == "critical" for key in crises) for said in answers]
            row("  of them true crises", "".join(f"{f'{n} of {len(crises)}':>13}" for n in found))

    def watch(self, policy: str, what: str, published: dict, words: Words) -> None:
        """How many faults of pumps a policy saw while they lasted, how soon, and what it only imagined."""
        truths: dict[str, dict[int, str]] = {}
        for (owner, device, n), record in published.items():
            if owner == policy:
                truths.setdefault(device, {})[n] = record["truth"]
        found, delays, false = 0, [], 0
        faults = 0
        for device, truth in truths.items():
            alarms = [n for n in sorted(truth)
                      if words.first.get((policy, device, n), {}).get("route") == "act"]
            spans = episodes(truth)
            faults += len(spans)
            for first, last in spans:
                seen = [n for n in alarms if first <= n <= last]
                found += bool(seen)
                delays += [seen[0] - first] if seen else []
            # Alarms in a row are one.
            for n, before in zip(alarms, [-LATE, *alarms]):
                near = any(first - LATE <= n <= last + LATE for first, last in spans)
                false += not near and n - before >= LATE
        after = f"{sorted(delays)[len(delays) // 2]} min" if delays else "-"
        row(policy, f"{f'{found} of {faults}':>13}{after:>16}{false:>16}   {what}")

    def reactions(self, words: Words) -> list[float]:
        """Milliseconds from a sensor's time to its first action as heard from outside."""
        # A pump's clock is the plant's, which runs faster than ours.
        by_decision = {line["decision_id"]: line for line in words.first.values()
                       if line["policy"] not in WATCHERS}
        later = {line["decision_id"]: stamp(line["logged"])
                 for line in words.last.values() if line["revision"] > 0}
        first: dict[str, float] = {}
        for at, decision, _ in self.audience.heard:
            # What the cloud's late word sets off is no reaction to the sensor.
            if decision in by_decision and at < later.get(decision, at + 1):
                first.setdefault(decision, at)
        return [1000 * (at - stamp(by_decision[decision]["time"]))
                for decision, at in first.items()]

    def end(self) -> None:
        """Ends what is still running, quietly."""
        for program in (self.plant, self.gateway.program if self.gateway else None,
                        self.edge.program, self.cloud.program, self.broker.program):
            if program is not None:
                try:
                    program.stop(within=10)
                except Failed:
                    pass


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()

    def interrupted(*_) -> None:
        raise KeyboardInterrupt

    # Also where whoever started this had Ctrl-C ignored.
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    Program.in_own_sessions = True
    folder = Path(tempfile.mkdtemp(prefix="sluice-demo-"))
    demo = Demo(folder, arguments.seconds)
    good = False
    keep_files = False
    try:
        demo.raise_curtain()
        demo.play()
        demo.settle()
        demo.edge.start()
        good = demo.add_up()
        demo.edge.stop()
        hindsight(demo.gateway, demo.trace)
        if arguments.keep:
            stay(demo)
    except KeyboardInterrupt:
        print("\ninterrupted; cleaning up", flush=True)
        return 130
    except (Failed, OSError, subprocess.SubprocessError) as problem:
        print(f"\nthe demo failed: {problem}", file=sys.stderr)
        print(f"its files are in {folder}", file=sys.stderr)
        keep_files = True
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        demo.end()
        if not keep_files:
            shutil.rmtree(folder, ignore_errors=True)
    if not good:
        print("something was lost or left: see the table", file=sys.stderr)
    return 0 if good else 1


def stay(demo: Demo) -> None:
    """--keep: the plant goes on, until Ctrl-C."""
    demo.plant.spawn([
        sys.executable, str(HERE / "plant/publish.py"), "--port", str(demo.broker.port),
        "--seed", "kept", "--truth", str(demo.folder / "truth-kept.jsonl"), "--rate", "50",
    ])
    config = demo.gateway.config
    print(f"still running, at 50 messages a second; Ctrl-C ends it and removes {demo.folder}\n"
          f"  events   mosquitto_sub -p {demo.broker.port} -v -t 'alerts/#' -t 'alarms/#' -t 'sluice/#'\n"
          f"  status   {os.environ['SLUICE']} status --config {config}\n"
          f"  spool    {os.environ['SLUICE']} spool stats --config {config}\n"
          f"  cloud    kill {demo.cloud.program.pid}", flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
