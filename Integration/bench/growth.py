# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Does a message cost more with larger payloads, more devices, policies, rows, listeners, other batches?

Fed at QoS 1, but for what goes into one run of the model."""

from __future__ import annotations

import http.client
import shutil
import threading
import time

import backlog_rows
import brokered
import fed
from rig.gateway import EDGE_MODELS, Gateway
from rig.process import free_port, wait_until


def growth(bench) -> None:
    count, _ = bench.count(200_000)
    for size in (100, 1_000, 10_000):
        bodies = bench.site(f"size{size}", size=size)
        # A long body costs the feeder and the kernel, too.
        measure(bench, f"{size:,} B", bodies, count // (4 if size > 5_000 else 1))
    for devices in (1, 1_000, 100_000):
        # What is learnt of a device when it is first met is a figure of its own.
        measure(bench, f"{devices:,} devices", bench.site("quiet"), max(count, 2 * devices), devices,
                isFirstMet=devices > 2_000)
    for policies in (1, 20, 200):
        # One decides; the others are about topics of their own.
        texts = {"small": fed.five_rules()}
        for number in range(1, policies):
            texts[f"p{number}"] = fed.five_rules(f"p{number}")
        measure(bench, f"{policies} policies", bench.site("quiet"), count, policies=texts)
    for policies in (1, 5, 20):
        # All of them decide about every message.
        texts = {f"q{number}": fed.five_rules(f"q{number}", topic="small")
                 for number in range(policies)}
        measure(bench, f"{policies} on a topic", bench.site("quiet"), count // policies,
                policies=texts)
    batches(bench, count)
    listeners(bench, count)


def measure(bench, case: str, bodies, count: int, devices: int = 16, policies=None,
            isFirstMet: bool = False) -> None:
    start = fed.sluice(bench.folder, policies or {"small": fed.five_rules()})
    for name, start in (("drained", fed.bare(bench.tools, "drain")), ("sluice", start)):
        subject = bench.subject(bodies, start, devices)
        try:
            if isFirstMet:
                said = subject.measure(1, devices)
                bench.note(f"{case}, first met", name, cpu=said["cpu"])
            said = subject.measure(1, count)
            bench.note(case, name, cpu=said["cpu"])
        finally:
            subject.stop()


def batches(bench, count: int) -> None:
    """Few and many readings in a run of the model, and few and many messages before an acknowledgement."""
    for size in (1, 10, 100, 1_000):
        folder = bench.folder / f"runs{size}"
        models = folder / "models"
        if not models.exists():
            shutil.copytree(EDGE_MODELS / "quality-inspection", models / "quality-inspection")
            for description in models.glob("*/*/model.yaml"):
                description.write_text(description.read_text() + f"max_batch: {size}\n")
        batch(bench, f"{size:,} in a run", fed.sluice(folder, {"small": fed.five_rules()}), 0, count)
    for size in (1, 10, 100, 500):
        lane = {"name": "plant", "topics": [fed.FILTER], "receive_maximum": size}
        batch(bench, f"{size} in a burst", bench.sluice(inputs=[lane]), 1, count if size > 9 else count // 4)


def batch(bench, case: str, start, qos: int, count: int) -> None:
    subject = bench.subject(bench.site("quiet"), start)
    try:
        said = subject.measure(qos, count)
        bench.note(case, "sluice", cpu=said["cpu"], rate=said["rate"])
    finally:
        subject.stop()


def listeners(bench, count: int) -> None:
    """Some look on at every decision, over the admin server, as a dashboard does."""
    port = free_port()
    subject = bench.subject(bench.site("quiet"), bench.sluice(admin={"listen": f"127.0.0.1:{port}"}))
    links: list[http.client.HTTPResponse] = []
    try:
        for wanted in (0, 1, 10, 100):
            while len(links) < wanted:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/v1/decisions/stream")
                answer = connection.getresponse()
                if answer.status != 200:
                    # There is a limit to streams; what there is will do.
                    break
                links.append(answer)
                threading.Thread(target=read_on, args=(answer,), daemon=True).start()
            said = subject.measure(1, count)
            bench.note(f"{len(links)} listeners", "sluice", cpu=said["cpu"])
    finally:
        subject.stop()


def read_on(answer: http.client.HTTPResponse) -> None:
    try:
        while answer.read1(1 << 16):
            pass
    except (OSError, http.client.HTTPException, ValueError, AttributeError):
        pass  # The gateway has ended.


def backlog(bench) -> None:
    """A start over a backlog, and what a message costs with it waiting: the cloud is away for good."""
    feeder = fed.Feeder(bench.tools, bench.site("doubtful", escalated=1.0), 1_000)
    cloud = brokered.cloud_at(f"http://127.0.0.1:{free_port()}")
    gateway = Gateway(bench.folder / f"backlog{time.monotonic_ns()}", feeder.url, [fed.FILTER],
                      policies={"small": fed.five_rules(cloud=True, defers=True)}, name="backlog",
                      cloud=cloud, spool={"max_size": "64GiB"})
    fed.slim(gateway, bench.folder)
    # A start over nothing, but not the first: that makes the file, and tries the model.
    start(gateway, feeder)
    gateway.stop(within=120)
    feeder.close()
    start_over(bench, gateway, 0)
    feeder = fed.Feeder(bench.tools, bench.site("doubtful", escalated=1.0), 1_000)
    start(gateway, feeder)
    feeder.feed(1, 20_000)
    gateway.stop(within=120)
    feeder.close()
    for wanted in sorted({20_000, max(20_000, bench.rows // 10), max(20_000, bench.rows)}):
        rows = backlog_rows.multiply(gateway.folder / "spool.sqlite", wanted)
        start_over(bench, gateway, rows)


def start(gateway, feeder) -> tuple[float, int]:
    """Seconds from the start of the process to its subscription, and the process."""
    gateway.settings["broker"]["url"] = feeder.url
    gateway.configure()
    begun = time.monotonic()
    gateway.spawn()
    wait_until(lambda: gateway.program.is_running, "it runs")
    feeder.wait(gateway.program.pid)
    return time.monotonic() - begun, gateway.program.pid


def start_over(bench, gateway, rows: int) -> None:
    feeder = fed.Feeder(bench.tools, bench.site("quiet"), 16)
    seconds, pid = start(gateway, feeder)
    try:
        feeder.feed(1, 2_000)
        said = fed.measure(feeder, pid, 1, bench.count(100_000)[0])
        resident, own = fed.memory(pid)
        bench.note(f"{float(f'{rows:.2g}'):,.0f} rows", "sluice", start=1000 * seconds, cpu=said["cpu"],
                   resident=resident / 1e6, own=own / 1e6)
    finally:
        gateway.stop(within=120)
        feeder.close()
