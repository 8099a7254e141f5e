#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What a slow model costs a fast policy beside it: from publishing to the action, in turn alone and with slow
readings in between.

    Integration/bench/beside.sh [--rate 1000] [--slow 20] [--layers 48] [--seconds 8] [--rounds 5]

The broker, the gateway, who publishes and who listens share the machine. Not a test: nothing fails.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import commit, processor  # noqa: E402
from rig import slow_model  # noqa: E402
from rig.broker import Broker  # noqa: E402
from rig.gateway import EDGE_MODELS, Gateway  # noqa: E402
from rig.process import wait_until  # noqa: E402

FAST = """\
policy: fast
match: { topic: "fast/+machine" }
reading:
  format: json
  device: "{machine}"
  time: ts
  sequence: n
  fields: { vib: vib, temp: temp, current: current }
model: fast-wear
rules:
  - { name: any, when: "true", route: act }
otherwise: { route: act }
actions:
  - { name: done, when: "true", publish: { topic: "done/{machine}", qos: 0 } }
"""
SLOW = FAST.replace("fast", "slow").replace('when: "true", publish', 'when: "score > 2.0", publish')
BODY = ('{{"ts":{ts},"n":{n},"vib":[0.1,-0.3,0.2,0.4,-0.2,0.1,0.3,-0.1],"temp":{temp:.2f},'
        '"current":2.1}}')


class Wire:
    """MQTT 3.1.1 over a plain socket: as little of it as costs next to nothing a message."""

    def __init__(self, port: int, name: str):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send(0x10, self.text("MQTT") + b"\x04\x02\x00\x00" + self.text(name))
        self.socket.recv(4)

    @staticmethod
    def text(words: str) -> bytes:
        return struct.pack(">H", len(words)) + words.encode()

    def send(self, kind: int, rest: bytes) -> None:
        length, size = b"", len(rest)
        while True:
            size, low = divmod(size, 128)
            length += bytes([low | (0x80 if size else 0)])
            if not size:
                break
        self.socket.sendall(bytes([kind]) + length + rest)

    def listen(self, chunks: list[tuple[float, bytes]]) -> None:
        """Keeps what comes and when, for as long as the connection lasts."""
        def run() -> None:
            while chunk := self.socket.recv(1 << 16):
                chunks.append((time.perf_counter(), chunk))
        threading.Thread(target=run, daemon=True).start()


class Line:
    """Publishes the readings and hears the actions."""

    def __init__(self, port: int):
        self.sent: dict[int, float] = {}
        self.count = 0
        self.chunks: list[tuple[float, bytes]] = []
        ear = Wire(port, "ear")
        ear.send(0x82, b"\x00\x01" + Wire.text("done/+") + b"\x00")
        ear.listen(self.chunks)
        self.mouths = {kind: Wire(port, kind) for kind in ("fast", "slow")}
        # The acknowledgements are none of our business, but must be read.
        for mouth in self.mouths.values():
            mouth.listen([])

    def heard(self) -> dict[int, float]:
        """When each action came, by the number of its reading."""
        took: dict[int, float] = {}
        stream, ends = b"", []
        for when, chunk in self.chunks:
            stream += chunk
            ends.append((len(stream), when))
        place = 0
        for found in re.finditer(rb'"sequence":"?(\d+)', stream):
            while ends[place][0] < found.end():
                place += 1
            took.setdefault(int(found[1]), ends[place][1])
        return took

    def publish(self, kind: str, number: int) -> None:
        body = BODY.format(ts=time.time_ns() // 1_000_000, n=number, temp=40 + number % 17)
        packet = Wire.text(f"{kind}/m{number % 8}") + struct.pack(">H", number % 65_535 + 1)
        self.mouths[kind].send(0x32, packet + body.encode())

    def turn(self, rate: float, slow: float, seconds: float) -> list[float]:
        """Seconds each action took, sorted."""
        first = self.count
        stop = threading.Event()
        start = time.perf_counter()

        def slowly() -> None:
            number = first
            while not stop.wait(1 / slow):
                self.publish("slow", number := number + 1)

        other = threading.Thread(target=slowly)
        if slow:
            other.start()
        for index in range(int(rate * seconds)):
            time.sleep(max(0.0, start + index / rate - time.perf_counter()))
            self.sent[self.count] = time.perf_counter()
            self.publish("fast", self.count)
            self.count += 1
        stop.set()
        if slow:
            other.join()
        wait_until(lambda: len(self.heard()) >= self.count, "every action is heard", within=30, every=0.5)
        heard = self.heard()
        return sorted(heard[number] - self.sent[number] for number in range(first, self.count))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--slow", type=float, default=20, help="slow readings a second")
    parser.add_argument("--layers", type=int, default=48)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Its small packets must not wait for the listener's acknowledgements (Nagle).
        broker = Broker(folder / "broker", is_persistent=False, extra="set_tcp_nodelay true").start()
        models = folder / "models"
        slow_model.write(models, "slow-wear", layers=given.layers)
        shutil.copytree(EDGE_MODELS / "bearing-wear", models / "fast-wear")
        gateway = Gateway(folder / "gateway", broker.url, ["fast/+", "slow/+"],
                          policies={"fast": FAST, "slow": SLOW}, models={"path": str(models)},
                          decisions={"sample": 0}).start()
        try:
            measure(gateway, Line(broker.port), given)
        finally:
            gateway.stop()
            broker.kill()


def measure(gateway: Gateway, line: Line, given) -> None:
    slow = next(m for m in gateway.status()["inference"] if m["model"].startswith("slow-wear/"))
    line.turn(given.rate, 0, 2)
    told: dict[str, list[list[float]]] = {"alone": [], "beside": []}
    for _ in range(given.rounds):
        for title, rate in (("alone", 0), ("beside", given.slow)):
            told[title].append(line.turn(given.rate, rate, given.seconds))
            gateway.wait_drained(within=120)
    print(f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; commit {commit()}; "
          f"{given.rate:g} readings/s at QoS 1; a run of the slow model takes "
          f"{slow['estimate_ms']:.0f} ms on its {slow['runs_on']}, {given.slow:g} readings/s; "
          f"medians of {given.rounds} rounds, milliseconds from publishing to the action\n")
    print("| | p50 | p90 | p99 | p99.9 |\n|---|--:|--:|--:|--:|")
    for title, rounds in told.items():
        figures = (statistics.median(one[int(part * (len(one) - 1))] for one in rounds) * 1e3
                   for part in (0.5, 0.9, 0.99, 0.999))
        print(f"| {title} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |")


if __name__ == "__main__":
    main()
