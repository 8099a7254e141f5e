# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Questions to a cloud: bare libcurl, the stage that asks, and the whole gateway; see escalations.sh."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rig.faults import FaultStage
from rig.policies import NEVER_SURE, pipeline
from rig.process import Program, free_port, wait_until

UNLIMITED = {"max_queued_bytes": "0"}
PATH = "/v2/models/bearing-wear-large/infer"
LIBCURL, STAGE, GATEWAY = "bare libcurl", "the stage", "the whole gateway"
BATCHES = (1, 32)
# What libcurl and the stage are given three turns of in each round, one after the other.
TURNS = 3


class Answerer:
    """The cloud that costs next to nothing."""

    def __init__(self, tools: Path, folder: Path):
        self.port = free_port()
        self.program = Program("answerer", folder / "answerer.log")
        self.program.spawn([str(tools / "answerer"), str(self.port)])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def escalations(arguments, folder: Path) -> None:
    """The same questions in the same bodies over the same number of connections, three ways."""
    figures: dict[tuple[int, str], list[tuple[float, float]]] = {}
    for round_ in range(arguments.rounds):
        stage = FaultStage(folder / f"e{round_}")
        stage.folder.mkdir()
        try:
            cloud = stage.cloud()
            broker = stage.broker(**UNLIMITED)
            answerer = Answerer(arguments.tools, stage.folder)
            stage._ends.append(answerer.program.kill)
            for batch in BATCHES:
                for title, figure in one_round(arguments, stage, cloud, broker, answerer, batch):
                    figures.setdefault((batch, title), []).append(figure)
        finally:
            stage.end()
    table(figures)
    print(f"\nThe stage is Escalate and its HTTP client alone. What the whole gateway uses is the whole\n"
          "path's: MQTT, decoding, the model, the policy, the row, the call, the event; its questions wait in\n"
          f"the broker when it starts. All: {arguments.concurrency} calls under way at most. Median (least to "
          "most).")


def one_round(arguments, stage, cloud, broker, answerer, batch: int):
    width = arguments.concurrency
    body = sample_body(stage, broker, cloud, batch)
    (stage.folder / "body").write_bytes(body)
    (stage.folder / "samples").write_text(samples(body))
    # More questions a call are fewer calls a second.
    calls = str(arguments.count if batch == 1 else arguments.count // 4)
    ways = [
        (LIBCURL, [arguments.tools / "poster", answerer.url + PATH, stage.folder / "body", str(width), calls]),
        (STAGE, [arguments.stage, answerer.url, "bearing-wear-large", stage.folder / "samples", str(width),
                 calls, str(batch)]),
    ]
    for _ in range(TURNS):
        for title, command in ways:
            said = json.loads(subprocess.run([str(word) for word in command], check=True,
                                             capture_output=True, text=True).stdout)
            if said["failed"]:
                print(f"  {title}: {said['failed']} of {said['calls']} failed", file=sys.stderr)
            yield title, (batch * said["calls"] / said["seconds"], 1e6 * said["cpu"] / said["calls"])
    yield GATEWAY, ask(stage, broker, answerer, arguments.count, width, batch)


def table(figures: dict[tuple[int, str], list[tuple[float, float]]]) -> None:
    print(f"{'questions a call':>16}  {'':18} {'questions/s':>34} {'ratio':>6} {'CPU µs a call':>30} {'ratio':>6}")
    for (batch, title), all_ in figures.items():
        rates, costs = zip(*all_)
        bare_rates, bare_costs = zip(*figures[batch, LIBCURL])
        middle = statistics.median
        print(f"{batch:16}  {title:18} {spread(rates, 0):>34} {middle(rates) / middle(bare_rates):6.2f} "
              f"{spread(costs, 1):>30} {middle(bare_costs) / middle(costs):6.2f}")


def spread(values, digits: int) -> str:
    return (f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}"
            f" to {max(values):,.{digits}f})")


def samples(body: bytes) -> str:
    """The questions of a request, each as stagebench takes it."""
    inputs = json.loads(body)["inputs"]
    lines = []
    for row in range(inputs[0]["shape"][0]):
        words = []
        for tensor in inputs:
            width = len(tensor["data"]) // tensor["shape"][0]
            values = tensor["data"][row * width:(row + 1) * width]
            words.append(f"{tensor['name']}={','.join(str(value) for value in values)}")
        lines.append(" ".join(words))
    return "\n".join(lines) + "\n"


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
