# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What durability, escalation and a backlog cost, from outside: `durable.py ingest|escalations|backlog`.

See ingest.sh, escalations.sh and backlog.sh. Not tests: nothing fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from rig.faults import FaultStage  # noqa: E402
from rig.policies import NEVER_SURE, pipeline  # noqa: E402
from rig.process import Failed, Program, free_port, wait_until  # noqa: E402
from rig.results import commit, kind_of_build, machine  # noqa: E402

UNLIMITED = {"max_queued_bytes": "0"}
NOWHERE = SimpleNamespace(url="http://127.0.0.1:9")


class Answerer:
    """The cloud that costs next to nothing."""

    def __init__(self, tools: Path, folder: Path):
        self.port = free_port()
        self.program = Program("answerer", folder / "answerer.log")
        self.program.spawn([str(tools / "answerer"), str(self.port)])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def ingest(arguments, folder: Path) -> None:
    """Every message a row, the cloud away: live, as fast as the broker takes it; fsync slowed."""
    print(f"{'fsync':>12} {'messages':>10} {'msg/s':>9} {'messages a commit':>18}")
    for delay in (0.0, 0.005, 0.025):
        rates, batches = [], []
        for round_ in range(arguments.rounds):
            stage = FaultStage(folder / f"i{delay}-{round_}")
            stage.folder.mkdir()
            try:
                broker = stage.broker(**UNLIMITED)
                collector = stage.collector(broker)
                faults = stage.faulty_disk()
                gateway = stage.whole(broker, NOWHERE, policy=pipeline(NEVER_SURE))
                gateway.environment = faults.environment
                gateway.start()
                faults.set(delay=delay)
                before = gateway.spool_stats()["commits"]
                flood = stage.flood(broker, 0)
                start = time.monotonic()
                flood.start(count=arguments.count)
                flood.wait()
                wait_until(lambda: len(collector.read().first) >= arguments.count, "all decided", 300)
                rates.append(arguments.count / (collector.books.last_at - start))
                batches.append(arguments.count / (gateway.spool_stats()["commits"] - before))
            finally:
                stage.end()
        print(f"{'as it is' if not delay else f'+ {1000 * delay:.0f} ms':>12} {arguments.count:10,} "
              f"{statistics.median(rates):9,.0f} {statistics.median(batches):18.1f}", flush=True)


def escalations(arguments, folder: Path) -> None:
    """Every message a question of its own, beside a bare libcurl client with the same body."""
    tools, width = arguments.tools, arguments.concurrency
    rows: dict[str, list[tuple[float, float]]] = {}
    for round_ in range(arguments.rounds):
        stage = FaultStage(folder / f"e{round_}")
        stage.folder.mkdir()
        try:
            cloud = stage.cloud()
            broker = stage.broker(**UNLIMITED)
            answerer = Answerer(tools, stage.folder)
            stage._ends.append(answerer.program.kill)
            for batch in (1, 32):
                body = stage.folder / f"body{batch}"
                body.write_bytes(sample_body(stage, broker, cloud, batch))
                said = json.loads(subprocess.run(
                    [str(tools / "poster"), f"{answerer.url}/v2/models/bearing-wear-large/infer",
                     str(body), str(width), str(arguments.count // batch)],
                    check=True, capture_output=True, text=True).stdout)
                rows.setdefault(f"libcurl, {batch} a call", []).append(
                    (batch * said["calls"] / said["seconds"], 1e6 * said["cpu"] / said["calls"]))
                rate, cpu = ask(stage, broker, answerer, arguments.count, width, batch)
                rows.setdefault(f"sluice, {batch} a call", []).append((rate, cpu))
        finally:
            stage.end()
    print(f"{'client':24} {'questions/s':>12} {'CPU µs a call':>14}")
    for title, figures in rows.items():
        print(f"{title:24} {statistics.median(f[0] for f in figures):12,.0f} "
              f"{statistics.median(f[1] for f in figures):14.1f}")
    print("CPU of sluice is the whole path's: MQTT, decoding, the model, the policy, the row, the call,\n"
          "the event; its questions wait in the broker when it starts.")


def sample_body(stage, broker, cloud, batch: int) -> bytes:
    """A request as the gateway makes it."""
    gateway = stage.whole(broker, cloud, policy=pipeline(NEVER_SURE), name=f"sample{batch}",
                          cloud_options={"max_batch": batch})
    flood = stage.flood(broker, 0)
    try:
        gateway.start()
        gateway.stop()
        flood.start(count=2_000).wait()
        have = len(cloud.bodies)
        gateway.start()
        wait_until(lambda: len(cloud.bodies) > have, "a request", 20)
        time.sleep(1)
        return max(cloud.bodies[have:], key=len)
    finally:
        gateway.kill()


def ask(stage, broker, answerer, count: int, width: int, batch: int) -> tuple[float, float]:
    gateway = stage.whole(
        broker, answerer, policy=pipeline(NEVER_SURE, deadline="60s"), name=f"ask{batch}",
        cloud_options={"max_batch": batch, "max_in_flight": width})
    collector = stage.collector(broker, name=f"c{batch}")
    # The session, and then a queue in the broker: its own publisher is not what is measured.
    gateway.start()
    gateway.stop()
    apart = stage.folder / f"flood{batch}"
    apart.mkdir(exist_ok=True)
    flood = stage.flood(broker, 0)
    flood.start(count=count).wait()
    gateway.spawn()
    wait_until(collector.has_grown, "it asks", 60, every=0.002)
    begun, cpu = time.monotonic(), gateway.program.cpu_seconds()
    have = len(collector.read().first)
    wait_until(lambda: len(collector.read().first) >= count, "all asked", 300, every=0.02)
    took = collector.books.last_at - begun
    cpu = gateway.program.cpu_seconds() - cpu
    provisional = len(collector.books.provisional)
    if provisional:
        print(f"  {provisional} of {count} were not answered in time", file=sys.stderr)
    gateway.kill()
    collector.stop()
    return (count - have) / took, 1e6 * cpu / ((count - have) / batch)


def backlog(arguments, folder: Path) -> None:
    """A million rows: what a start over them takes, and how fast they leave."""
    stage = FaultStage(folder)
    try:
        broker = stage.broker(**UNLIMITED)
        answerer = Answerer(arguments.tools, folder)
        stage._ends.append(answerer.program.kill)
        collector = stage.collector(broker)
        gateway = stage.whole(broker, NOWHERE, policy=pipeline(NEVER_SURE),
                              spool={"max_size": "16GiB"})
        empty = [start_up(stage, broker, gateway, collector) for _ in range(arguments.rounds)]
        gateway.start()
        flood = stage.flood(broker, 0, devices=1_000)
        begun = time.monotonic()
        flood.start(count=arguments.rows).wait(within=1_200)
        wait_until(lambda: gateway.backlog() >= arguments.rows,
                   lambda: f"{gateway.backlog()} of {arguments.rows} rows", 600, every=1)
        filled = time.monotonic() - begun
        gateway.stop(within=60)
        # The machine still writes what was stored: a start would wait for that, not for the rows.
        os.sync()
        full = [start_up(stage, broker, gateway, collector) for _ in range(arguments.rounds)]
        size = sum(path.stat().st_size for path in gateway.folder.glob("spool.sqlite*"))
        gateway.settings["cloud"]["central"]["url"] = answerer.url
        gateway.configure()
        gateway.start()
        queued = gateway.backlog()
        begun, cpu = time.monotonic(), gateway.program.cpu_seconds()
        end = begun + arguments.seconds
        while time.monotonic() < end and gateway.backlog() > 0:
            time.sleep(0.5)
        left = gateway.backlog()
        took = time.monotonic() - begun
        cpu = gateway.program.cpu_seconds() - cpu
        middle = statistics.median
        print(f"rows                    {queued:,} ({size / 1e6:,.0f} MB), stored at "
              f"{arguments.rows / filled:,.0f} a second")
        each = ", ".join(f"{f[0]:.2f}" for f in full)
        print(f"start to first message  {middle(f[0] for f in full):.2f} s ({each}); empty "
              f"{middle(e[0] for e in empty):.2f} s")
        print(f"resident memory         {middle(f[1] for f in full) / 1e6:.1f} MB; empty "
              f"{middle(e[1] for e in empty) / 1e6:.1f} MB")
        print(f"drained                 {(queued - left) / took:,.0f} rows a second over {took:.0f} s, "
              f"{1e6 * cpu / max(1, queued - left):.0f} µs of CPU a row")
    finally:
        stage.end()


def start_up(stage, broker, gateway, collector) -> tuple[float, float]:
    """Seconds from the start of the process to the first live message's event; bytes then."""
    publisher = stage._publisher or stage.publisher(broker)
    stage._publisher = publisher
    gateway.start()
    gateway.stop()
    topic, body, _ = stage.reading("live")
    publisher.publish(topic, {**body, "i": 0})
    publisher.flush()
    key = ("a/live", body["n"])
    begun = time.monotonic()
    gateway.spawn()
    wait_until(lambda: key in collector.read().first, "the first live message", 60, every=0.002)
    took = time.monotonic() - begun
    time.sleep(3)
    size = gateway.program.resident_bytes()
    gateway.stop(within=60)
    return took, size


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["ingest", "escalations", "backlog"])
    parser.add_argument("tools", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    print(f"machine  {machine()}\nbuild    {kind_of_build()}, {commit()}\n"
          f"load     {os.getloadavg()[0]:.1f} before, all on this one machine\n", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    try:
        {"ingest": ingest, "escalations": escalations, "backlog": backlog}[arguments.what](
            arguments, folder)
        print(f"load     {os.getloadavg()[0]:.1f} after")
    except Failed as failure:
        sys.exit(f"{failure}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
