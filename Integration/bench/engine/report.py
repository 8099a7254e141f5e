# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Lets the engine, C and Python take turns on the same models and prints the medians.

    report.py --bench ENGINEBENCH --peer PEER --python PYTHON --runtime LIBRARY [--rounds 15] [--seconds 0.05]
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BATCHES = (1, 8, 64, 256)

# name: (file, features, labels, what it is)
MODELS = {
    "small": ("edge/bearing-wear", 3, 3, "3 features, 8 neurons, 3 labels"),
    "large": ("cloud/bearing-wear-large", 9, 3, "9 features, 64 and 32 neurons, 3 labels"),
    "wide": (None, 64, 8, "64 features, 256 and 256 neurons, 8 labels"),
}
WIDE = """
import sys, numpy as np, onnx
from onnx import TensorProto as T, helper as h, numpy_helper as n
chance = np.random.default_rng(1)
nodes, weights, last = [], [], "X"
for i, (a, b) in enumerate([(64, 256), (256, 256), (256, 8)]):
    weights += [n.from_array(chance.normal(0, a**-0.5, (a, b)).astype(np.float32), f"w{i}"),
                n.from_array(np.zeros(b, np.float32), f"b{i}")]
    nodes += [h.make_node("Gemm", [last, f"w{i}", f"b{i}"], [f"g{i}"]),
              h.make_node("Softmax" if i == 2 else "Relu", [f"g{i}"],
                          ["probabilities" if i == 2 else f"r{i}"])]
    last = f"r{i}"
graph = h.make_graph(nodes, "wide", [h.make_tensor_value_info("X", T.FLOAT, [None, 64])],
                     [h.make_tensor_value_info("probabilities", T.FLOAT, [None, 8])], weights)
onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=9), sys.argv[1])
"""


class Peer:
    """One program that answers a line with a line."""

    def __init__(self, *command: object):
        self.program = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, *words: object) -> list[float]:
        return [float(word) for word in self.line(*words).split()]

    def line(self, *words: object) -> str:
        self.program.stdin.write(" ".join(map(str, words)) + "\n")
        self.program.stdin.flush()
        line = self.program.stdout.readline()
        if not line:
            raise SystemExit(f"{self.program.args[0]} has ended with {self.program.wait()}")
        return line

    def end(self) -> None:
        self.program.stdin.close()
        self.program.wait(10)


def repository(folder: Path, python: str) -> None:
    """The models over the fields f0, f1, …"""
    for name, (source, width, labels, _) in MODELS.items():
        place = folder / name / "1"
        place.mkdir(parents=True)
        if source:
            shutil.copy(ROOT / f"Integration/models/{source}/1/model.onnx", place)
        else:
            subprocess.run([python, "-c", WIDE, place / "model.onnx"], check=True)
        digest = hashlib.sha256((place / "model.onnx").read_bytes()).hexdigest()
        fields = ", ".join(f"f{i}" for i in range(width))
        (folder / name / "columns").write_text(str(labels))
        (place / "model.yaml").write_text(
            f"kind: onnx\nfile: {{ name: model.onnx, sha256: {digest} }}\n"
            f"inputs: {{ X: [ {fields} ] }}\noutputs: {{ probabilities: probabilities }}\n"
            f"labels: [ {', '.join(f'l{i}' for i in range(labels))} ]\nmax_batch: 256\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("bench", "peer", "python", "runtime"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.05)
    given = parser.parse_args()
    here = Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory() as folder:
        repository(Path(folder), given.python)
        peers = {
            "engine": Peer(given.bench, given.runtime, folder),
            "C": Peer(given.peer, given.runtime, folder),
            "Python": Peer(given.python, here / "peer.py", folder),
        }
        times: dict[tuple, list[float]] = {}
        for _ in range(given.rounds):
            for name, (_, width, _, _) in MODELS.items():
                for batch in BATCHES:
                    for who, peer in peers.items():
                        said = peer.ask("runs", name, width, batch, given.seconds)
                        for title, figure in zip((who, f"{who}, second"), said):
                            times.setdefault((name, batch, title), []).append(figure / 1000)
        for peer in peers.values():
            peer.end()
    show(given, {key: statistics.median(figures) for key, figures in times.items()})


def show(given, middle: dict) -> None:
    version = subprocess.run(
        [given.python, "-c", "import onnxruntime as o; print(o.__version__)"],
        capture_output=True, text=True, check=True).stdout.strip()
    print(f"{heading()}; ONNX Runtime {version}, one thread each;\n{given.rounds} rounds in turn of "
          f"{given.seconds:g} s, medians of medians. Microseconds a message.\n")
    print("| model | batch | engine | of it the run | C, `Run` | Python, `run` | Python, bound "
          "| engine / Python | its run / C | engine / C |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    goals = []
    for name in MODELS:
        for batch in BATCHES:
            ours, alone, c, python, bound = (middle[name, batch, who] for who in (
                "engine", "engine, second", "C", "Python", "Python, second"))
            print(f"| {name if batch == 1 else ''} | {batch} | {ours:.2f} | {alone:.2f} | {c:.2f} "
                  f"| {python:.2f} | {bound:.2f} | {ours / python:.2f} | {alone / c:.2f} "
                  f"| {ours / c:.2f} |")
            if batch == 1:
                goals.append((f"{name}: the engine at most Python's `run` at batch 1", ours <= python))
            if batch == 64:
                goals.append((f"{name}: its run within 1.1 of C's at 64", alone <= 1.1 * c))
                goals.append((f"{name}: the engine within 1.1 of C's run at 64", ours <= 1.1 * c))
    print()
    for name, (_, _, _, what) in MODELS.items():
        print(f"{name}: {what}")
    print("\nThe engine's time is from decoded readings to findings with labels and probabilities; C's and "
          "Python's are\nof the run alone, over tensors filled beforehand, with nothing read from them.\n")
    for goal, is_met in goals:
        print(f"{goal}: {'yes' if is_met else 'NO'}")


def heading() -> str:
    """When, where and of what."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                            capture_output=True, text=True).stdout.strip()
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                      if line.startswith("model name")), platform.machine())
    return (f"{datetime.date.today()}; {processor}, {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f}; commit {commit}")


if __name__ == "__main__":
    sys.exit(main())
