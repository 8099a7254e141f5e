# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What the admin server costs: see onlookers.sh.

An onlooker does what the dashboard does: a stream of decisions, the status every two seconds, policies and dead
letters every fifteen. All of them are one process beside, which gets only the processor time that nobody else wants.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.policies import local  # noqa: E402
from rig.process import Program, free_port, wait_until  # noqa: E402
from rig.stage import Stage  # noqa: E402

OFTEN, RARELY = 2.0, 15.0
ASKED = ("/v1/status", "/v1/policies", "/v1/spool/dead")


async def onlook(host: str, port: int, count: int) -> None:
    """`count` dashboards, until it is ended."""
    async def ask(path: str) -> int:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        size = 0
        while data := await reader.read(1 << 16):
            size += len(data)
        writer.close()
        return size

    async def repeat(pause: float, *paths: str) -> None:
        await asyncio.sleep(pause * (hash(id(paths)) % 97) / 97)
        while True:
            for path in paths:
                try:
                    await ask(path)
                except OSError:
                    pass
            await asyncio.sleep(pause)

    dashboards = [work for _ in range(count) for work in (
        ask("/v1/decisions/stream"), repeat(OFTEN, "/v1/status"), repeat(RARELY, "/v1/policies", "/v1/spool/dead"))]
    print("looking", flush=True)
    await asyncio.gather(*dashboards, return_exceptions=True)


async def stand_in(port: int, url: str, count: int, rate: float) -> None:
    """Answers what `count` dashboards ask as the gateway at `url` once answered; decides nothing."""
    bodies = {}
    for path in ASKED:
        with urllib.request.urlopen(url + path, timeout=30) as answer:
            bodies[path] = answer.read()
    # What a gateway that decides `rate` times a second sends to each of so many (DecisionStream.pause).
    pause = max(0.1, 0.002 * count)
    lines = round(rate * pause) * (b"event: decision\ndata: " + b"x" * 600 + b"\n\n")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        try:
            writer.write(head + bodies.get(path, b""))
            while path not in bodies:
                writer.write(lines)
                await writer.drain()
                await asyncio.sleep(pause)
            await writer.drain()
            writer.close()
        except OSError:
            pass

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        print("standing in", flush=True)
        await server.serve_forever()


def step_back() -> None:
    """Has this process run only where nobody else wants to."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def cpu_by_thread(pid: int) -> dict[str, float]:
    """Seconds of processor time that a process has used, by what its threads are called."""
    used: dict[str, float] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
            spent = int((task / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            continue  # ended meanwhile
        if name.startswith("lane-"):
            name = "lanes"
        elif name.endswith(("-qos", ".overcommit")):
            name = "others"
        used[name] = used.get(name, 0.0) + spent
    return used


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


class Bench:
    """One gateway, a publisher and a watcher in this process."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self.broker = stage.broker()
        self.port = free_port()
        self.gateway = stage.gateway(
            self.broker, policy=local(), admin={"listen": f"127.0.0.1:{self.port}"},
            decisions={"sample": 100}).start()
        self.publisher = stage.publisher(self.broker)
        self.sent: dict[tuple[str, int], float] = {}
        self.took: list[float] = []
        self.watcher = stage.watcher(self.broker, "alerts/#", on_event=self.note)
        self.url = f"http://127.0.0.1:{self.port}"

    def note(self, event) -> None:
        begun = self.sent.pop(event.key, None)
        if begun is not None:
            self.took.append(time.perf_counter() - begun)

    def send(self, device: int) -> None:
        topic, body, _ = self.stage.reading(f"m{device:05d}")
        text = json.dumps(body, separators=(",", ":"))
        self.sent[(f"a/m{device:05d}", body["n"])] = time.perf_counter()
        self.publisher.publish(topic, text)

    def cpu(self) -> dict[str, float]:
        return cpu_by_thread(self.gateway.program.pid)

    def traffic(self, seconds: float, rate: float) -> tuple[float, float, float, int]:
        """Median, p99 and the slowest in milliseconds, and how many never came."""
        self.took.clear()
        self.sent.clear()
        start = time.perf_counter()
        for number in range(int(seconds * rate)):
            time.sleep(max(0.0, start + number / rate - time.perf_counter()))
            self.send(number % 10)
        wait_until(lambda: not self.sent, "every action was seen", within=30)
        took = [1e3 * value for value in self.took]
        return share(took, 0.5), share(took, 0.99), max(took), len(self.sent)

    def metrics(self) -> tuple[int, float]:
        """Bytes of /metrics, and milliseconds until they are there; the median of twenty."""
        sizes, times = [], []
        for _ in range(20):
            begun = time.perf_counter()
            with urllib.request.urlopen(f"{self.url}/metrics", timeout=30) as answer:
                sizes.append(len(answer.read()))
            times.append(1e3 * (time.perf_counter() - begun))
            time.sleep(0.3)  # longer than an answer is kept
        return sizes[-1], share(times, 0.5)


class Crowd:
    """The dashboards of one measurement and, for the control, whom they look at."""

    def __init__(self, bench: Bench, count: int, rate: float, what: str, log: Path):
        self.programs: list[Program] = []
        port = bench.port
        if what == "of a stand-in":
            port = free_port()
            self.start(log.with_suffix(".stand-in"), "standing in",
                       "--stand-in", str(port), bench.url, str(count), str(rate), "--step-back")
        if count:
            back = [] if what == "dashboards that push" else ["--step-back"]
            self.start(log, "looking", "--onlook", str(port), str(count), *back)
            time.sleep(3)

    def start(self, log: Path, word: str, *options: str) -> None:
        program = Program("onlookers", log)
        program.spawn([sys.executable, __file__, *options])
        self.programs.append(program)
        wait_until(lambda: word in log.read_text().splitlines(), f"it is {word}")

    def cpu_seconds(self) -> float:
        return sum(program.cpu_seconds() for program in self.programs)

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_) -> None:
        for program in reversed(self.programs):
            program.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--idle", type=float, default=60)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--onlook", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--stand-in", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--step-back", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step_back:
        step_back()
    if given.onlook:
        return asyncio.run(onlook("127.0.0.1", int(given.onlook[0]), int(given.onlook[1])))
    if given.stand_in:
        port, url, count, rate = given.stand_in
        return asyncio.run(stand_in(int(port), url, int(count), float(rate)))
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="sluice-look-") as folder:
        stage = Stage(Path(folder))
        try:
            measure(Bench(stage), given, Path(folder))
        finally:
            stage.end()


def measure(bench: Bench, given: argparse.Namespace, folder: Path) -> None:
    program = bench.gateway.program
    wait_until(lambda: bench.gateway.status()["uptime_seconds"] > 5, "settled")
    before, begun = program.cpu_seconds(), time.perf_counter()
    time.sleep(given.idle)
    busy = (program.cpu_seconds() - before) / (time.perf_counter() - begun)
    print(f"idle: {program.resident_bytes() / 1e6:.1f} MB resident, {100 * busy:.2f} % of a core")

    print(f"{given.rate:.0f} messages a second, {given.clients} dashboards")
    for round in range(given.rounds):
        for number, what in enumerate(("alone", "dashboards", "dashboards that push", "of a stand-in")):
            log = folder / f"onlookers-{round}-{number}.log"
            with Crowd(bench, given.clients if number else 0, given.rate, what, log) as crowd:
                before, clients, begun = bench.cpu(), crowd.cpu_seconds(), time.perf_counter()
                median, high, most, lost = bench.traffic(given.seconds, given.rate)
                passed = time.perf_counter() - begun
                used = {name: 100 * (value - before.get(name, 0.0)) / passed for name, value in bench.cpu().items()}
                parts = sorted(((value, name) for name, value in used.items() if value >= 0.05), reverse=True)
                print(f"round {round + 1}, {what}: median {median:.2f} ms, p99 {high:.2f} ms, slowest {most:.1f} ms; "
                      f"gateway {sum(used.values()):.1f} % of a core ("
                      + ", ".join(f"{name} {value:.1f}" for value, name in parts)
                      + f"), clients {100 * (crowd.cpu_seconds() - clients) / passed:.1f} %", flush=True)

    size, took = bench.metrics()
    print(f"/metrics after 10 devices: {size:,} bytes, {took:.1f} ms")
    for device in range(given.devices):
        bench.send(device)
        while bench.publisher.sent - bench.publisher.acknowledged > 500:
            time.sleep(0.005)
    wait_until(lambda: not bench.sent, "every action was seen", within=120)
    size, took = bench.metrics()
    print(f"/metrics after {given.devices:,} devices: {size:,} bytes, {took:.1f} ms; "
          f"{program.resident_bytes() / 1e6:.1f} MB resident")


if __name__ == "__main__":
    main()
