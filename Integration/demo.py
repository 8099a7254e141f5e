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

from plant import bearing, features, inspection  # noqa: E402
from rig.broker import Broker  # noqa: E402
from rig.gateway import (  # noqa: E402
    CLOUD_MODELS, EDGE_MODELS, LARGE_INPUTS, Gateway, breaker, waiting,
)
from rig.process import Failed, Program, wait_until  # noqa: E402
from rig.serve import Serve  # noqa: E402
from rig.shipped import shipped  # noqa: E402
from rig.wire import Watcher  # noqa: E402

EDGE_INPUTS = {
    "bearing-wear": ["rms(vib)", "kurtosis(vib)", "temp"],
    "quality-inspection": ["weight", "width", "gloss"],
}
LABELS = {"bearing-wear": list(bearing.LABELS), "quality-inspection": list(inspection.LABELS)}
ROUTES = ("act", "escalate", "defer", "drop")


class Tail:
    """Reads a growing file of JSON lines, whole lines only, through one rotation."""

    def __init__(self, path: Path):
        self.path = path
        self.file = None
        self.rest = ""

    def lines(self) -> list[dict]:
        if self.file is None:
            if not self.path.exists():
                return []
            self.file = self.path.open()
        text = self.rest + self.file.read()
        *whole, self.rest = text.split("\n")
        if not whole and self.path.exists():
            if self.path.stat().st_ino != os.fstat(self.file.fileno()).st_ino:
                self.file.close()
                self.file = self.path.open()
                return self.lines()
        return [json.loads(line) for line in whole if line]


class Demo:
    """Everything that runs, and what has been seen of it."""

    def __init__(self, folder: Path, seconds: float):
        self.folder = folder
        self.seconds = seconds
        self.truth = folder / "truth.jsonl"
        self.broker = Broker(folder / "broker")
        self.cloud = Serve(folder, CLOUD_MODELS, "cloud")
        self.plant = Program("plant", folder / "plant.log")
        self.gateway: Gateway | None = None
        self.watcher: Watcher | None = None
        self.decisions: list[dict] = []
        self.routes: Counter[str] = Counter()
        self.standings: Counter[str] = Counter()
        self.alerts = 0
        self.most_kept = 0
        self.start = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.start:5.0f} s  {text}", flush=True)

    def raise_curtain(self) -> None:
        """Broker, cloud, gateway, and somebody who listens to the alerts."""
        self.broker.start()
        self.say(f"broker   mosquitto on {self.broker.url}")
        self.cloud.start()
        self.say(f"cloud    sluice serve on {self.cloud.url}: "
                 + ", ".join(sorted(p.name for p in CLOUD_MODELS.iterdir())))
        self.gateway = shipped(self.folder / "gateway", self.broker.url, self.cloud.url)
        self.tail = Tail(self.gateway.decisions)
        self.gateway.start()
        self.say("gateway  sluice run: "
                 + ", ".join(sorted(p.name for p in EDGE_MODELS.iterdir())))
        self.watcher = Watcher(self.broker.port, ["alerts/#", "sluice/verdicts/#"],
                               on_event=self.rings)

    def rings(self, event) -> None:
        if event.topic.startswith("alerts/"):
            self.alerts += 1
            self.last_alert = event

    last_alert = None

    def look(self) -> None:
        """One line: what was decided so far, and how the cloud and the spool are."""
        for line in self.tail.lines():
            self.decisions.append(line)
            if line["revision"] == 0:
                self.routes[line["route"]] += 1
            self.standings[line["standing"]] += 1
        status = self.gateway.status() or {}
        kept = waiting(self.gateway.spool_stats())
        self.most_kept = max(self.most_kept, kept)
        state = {"closed": "up", "open": "gone", "half_open": "probing"}[breaker(status)]
        text = "  ".join(f"{route} {self.routes[route]:5}" for route in ROUTES[:3])
        alert = ""
        if self.last_alert is not None:
            event, self.last_alert = self.last_alert, None
            alert = f"   {event.topic}: {event.data.get('label')} ({event.data.get('standing')})"
        self.say(f"{text}  |  cloud {state:7}  spool {kept:5}  alerts {self.alerts:4}{alert}")

    def play(self) -> None:
        """The plant runs; in the middle the cloud goes away for a fifth of the time."""
        self.plant.spawn([
            sys.executable, str(HERE / "plant/publish.py"), "--port", str(self.broker.port),
            "--seconds", str(self.seconds), "--truth", str(self.truth),
        ])
        begun = time.monotonic()
        gone_at, back_at = 0.4 * self.seconds, 0.6 * self.seconds
        here = True
        while self.plant.is_running:
            at = time.monotonic() - begun
            if here and gone_at <= at < back_at:
                here = False
                self.cloud.stop()
                self.say("---- the cloud is stopped")
            elif not here and at >= back_at:
                here = True
                self.cloud.start()
                self.say("---- the cloud is started again")
            self.look()
            time.sleep(1.0)
        if not here:
            self.cloud.start()
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
        """Messages the broker took and the gateway has not decided."""
        seen = {(line["policy"], line["device"], line["sequence"]) for line in self.decisions}
        return [key for key in self.published() if key not in seen]

    def published(self) -> dict[tuple, dict]:
        records = {}
        for line in self.truth.read_text().splitlines():
            record = json.loads(line)
            records[(record["policy"], record["device"], record["n"])] = record
        return records

    def add_up(self) -> bool:
        """The table. Edge alone and cloud alone answer the very same messages again, now."""
        published = self.published()
        lost = self.undecided()
        dead = len(self.gateway.dead_letters())
        stats = self.gateway.spool_stats()

        first = [line for line in self.decisions if line["revision"] == 0]
        final: dict[tuple, dict] = {}
        for line in self.decisions:
            key = (line["policy"], line["device"], line["sequence"])
            if key not in final or line["revision"] >= final[key]["revision"]:
                final[key] = line

        rows = [("messages", f"{len(published)}, and lost: {len(lost)}, dead letters: {dead}")]
        shares = Counter(line["route"] for line in first)
        provisional = sum(line["standing"] == "provisional" for line in first)
        rows.append(("decided", ", ".join(
            f"{route} {shares[route] / max(1, len(first)):.1%}" for route in ROUTES
            if shares[route])))
        rows.append(("without the cloud it wanted",
                     f"{provisional} provisional; later confirmed "
                     f"{self.standings['confirmed']}, corrected {self.standings['corrected']}"))
        for policy in LABELS:
            rows.append((f"accuracy, {policy}", self.accuracy(policy, published, final, first)))
        for title, lines in (
            ("latency, decided here", [x for x in first if x["route"] == "act"]),
            ("latency, asked the cloud", [x for x in first if x["route"] == "escalate"]),
        ):
            waits = sorted(line["latency_ms"] for line in lines)
            if waits:
                rows.append((title, f"p50 {waits[len(waits) // 2]:.1f} ms, "
                                    f"p99 {waits[int(len(waits) * 0.99)]:.1f} ms"))
        rows.append(("spool", f"{self.most_kept} rows at most, "
                              f"{stats.get('committed', '?')} written, "
                              f"{stats.get('acknowledged', '?')} drained, {waiting(stats)} left"))
        rows.append(("alerts published", str(self.alerts)))
        print()
        for title, text in rows:
            print(f"  {title:28} {text}")
        print()
        return not lost and not dead and waiting(stats) == 0

    def accuracy(self, policy: str, published: dict, final: dict, first: list[dict]) -> str:
        """Share of right labels: the small model alone, the large one alone, and both as decided."""
        mine = {key: record for key, record in published.items() if key[0] == policy}
        if not mine:
            return "no messages"
        truths = [record["truth"] for record in mine.values()]

        def fields(record: dict) -> dict:
            payload = record["payload"]
            return {**payload, "vib": payload.get("vib", {}).get("samples")}

        def alone(server: Serve, model: str, inputs: list[str]) -> float:
            rows = [features.evaluate(inputs, fields(record)) for record in mine.values()]
            answers = server.labels(model, rows, LABELS[policy])
            return sum(a == t for a, t in zip(answers, truths)) / len(truths)

        large = alone(self.cloud, f"{policy}-large", LARGE_INPUTS[policy])
        small = alone(self.edge, policy, EDGE_INPUTS[policy])
        words = {(x["policy"], x["device"], x["sequence"]): x.get("label") for x in first}
        at_once = sum(words.get(k) == r["truth"] for k, r in mine.items()) / len(mine)
        hybrid = sum(final.get(k, {}).get("label") == r["truth"] for k, r in mine.items())
        return (f"edge alone {small:.1%}, cloud alone {large:.1%}, hybrid {hybrid / len(mine):.1%}"
                f" ({at_once:.1%} at first word)")

    def end(self) -> None:
        """Ends what is still running, quietly."""
        for program in (self.plant, self.gateway.program if self.gateway else None,
                        getattr(self, "edge", self.cloud).program, self.cloud.program,
                        self.broker.program):
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
        demo.edge = Serve(folder, EDGE_MODELS, "edge").start()
        good = demo.add_up()
        demo.edge.stop()
        if arguments.keep:
            stay(demo)
    except KeyboardInterrupt:
        print("\ninterrupted; cleaning up", flush=True)
        return 130
    except (Failed, OSError, subprocess.SubprocessError, KeyError) as problem:
        print(f"\nthe demo failed: {problem!r}" if isinstance(problem, KeyError)
              else f"\nthe demo failed: {problem}", file=sys.stderr)
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
          f"  events   mosquitto_sub -p {demo.broker.port} -v -t 'alerts/#' -t 'sluice/#'\n"
          f"  status   {os.environ['SLUICE']} status --config {config}\n"
          f"  spool    {os.environ['SLUICE']} spool stats --config {config}\n"
          f"  cloud    kill {demo.cloud.program.pid}", flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
