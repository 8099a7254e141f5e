# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What durability, escalation and a backlog cost, from outside: `durable.py ingest|escalations|backlog`.

See ingest.sh, escalations.sh and backlog.sh. Not tests: nothing fails.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from asking import UNLIMITED, Answerer, escalations  # noqa: E402
from rig.faults import FaultStage  # noqa: E402
from rig.policies import NEVER_SURE, pipeline  # noqa: E402
from rig.process import Failed, wait_until  # noqa: E402
from rig.results import commit, kind_of_build, machine  # noqa: E402

NOWHERE = SimpleNamespace(url="http://127.0.0.1:9")


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
    # What was decided before is read now: a million events would be counted as time of the start.
    while collector.has_grown():
        collector.read()
        time.sleep(0.2)
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
    parser.add_argument("--stage", type=Path, help="stagebench, for escalations")
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
