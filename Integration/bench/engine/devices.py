# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Readings a second of one lane with few and with many devices: a windowed model and detectors.

    devices.py --bench ENGINEBENCH --runtime LIBRARY [--rounds 3] [--seconds 1] [--devices 1,10000,100000]
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import statistics
import tempfile
from pathlib import Path

from report import ROOT, Peer, heading

FIELD = "f0"
WINDOW = 32


def repository(folder: Path) -> dict[str, str]:
    """The models over one field; what each is."""
    edge = ROOT / "Integration/models/edge/bearing-wear/1/model.onnx"
    digest = hashlib.sha256(edge.read_bytes()).hexdigest()
    bounds = "max_devices: 200000"
    models = {
        "alone": ("an ONNX model on each reading", f"inputs: {{ X: [ {FIELD}, {FIELD}, {FIELD} ] }}\n"),
        "windowed": (f"an ONNX model on windows of {WINDOW} readings",
                     f"inputs: {{ X: [ mean({FIELD}), std({FIELD}), slope({FIELD}) ] }}\n"
                     f"window: {{ count: {WINDOW}, hop: 1, {bounds}, max_bytes: 4GiB }}\n"),
    }
    for name, (_, text) in models.items():
        place = folder / name / "1"
        place.mkdir(parents=True)
        shutil.copy(edge, place / "model.onnx")
        (place / "model.yaml").write_text(
            f"kind: onnx\nfile: {{ name: model.onnx, sha256: {digest} }}\n{text}"
            "outputs: { probabilities: probabilities }\nlabels: [ a, b, c ]\n")
    detectors = {
        "robust-z": f"kind: detector\ndetector: {{ type: robust-z, feature: {FIELD}, {bounds}, max_memory: 4GiB }}\n",
        "ensemble": "kind: ensemble\nmax_devices: 200000\nmax_memory: 16GiB\n",
    }
    for name, text in detectors.items():
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "1/model.yaml").write_text(text)
    return {name: what for name, (what, _) in models.items()} | {name: "the detector" for name in detectors}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("bench", "runtime"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--devices", default="1,10000,100000")
    given, _ = parser.parse_known_args()
    counts = [int(text) for text in given.devices.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        models = repository(Path(folder))
        told: dict[tuple, list[list[float]]] = {}
        for _ in range(given.rounds):
            for model in models:
                for count in counts:
                    # A process of its own, so that its memory is this lane's.
                    bench = Peer(given.bench, given.runtime, folder)
                    said = bench.ask("devices", model, count, given.seconds)
                    told.setdefault((model, count), []).append(said)
                    bench.end()
    print(f"{heading()}; {given.rounds} rounds, medians; batches of 64, one lane, from decoded readings to "
          "findings\n")
    print("| model | devices | readings/s | ns a reading | bytes a device |\n|---|--:|--:|--:|--:|")
    for (model, count), figures in told.items():
        time = statistics.median(one[0] for one in figures)
        size = f"{statistics.median(one[1] for one in figures):,.0f}" if count > 1 else "-"
        title = f"{model}: {models[model]}" if count == counts[0] else ""
        print(f"| {title} | {count:,} | {1e9 / time:,.0f} | {time:,.0f} | {size} |")


if __name__ == "__main__":
    main()
