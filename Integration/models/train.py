#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Trains the demo's models on the simulated plant and writes two model repositories.

    python3 -m venv V && V/bin/pip install -r requirements.txt && V/bin/python train.py [NAME…]

`edge/` holds what runs in the gateway (few features, few parameters), `cloud/` what `sluice serve`
serves in the demo. Everything is seeded and trained on one thread; on one machine a second run
writes the same bytes. Machines used for the test are other machines than those trained on, and the
demo's are others again (their seeds begin with other words).
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import hashlib
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from plant import bearing, features, inspection, pump, vitals  # noqa: E402

SEED = 20
LIMIT = 1_000_000  # bytes a model file may have
PUMP_WINDOW = 24


@dataclass(frozen=True)
class Model:
    """One model to train: where it goes, what it sees, how big it is."""

    repository: str
    name: str
    inputs: list[str]
    labels: tuple[str, ...]
    hidden: tuple[int, ...]
    budget: str
    window: int = 0  # how many readings of one device it sees at once, 0 for the newest only

    @property
    def task(self) -> str:
        """Whose readings it is trained on."""
        if self.name == "quality-first-look":
            return "quality-inspection"
        return self.name.removesuffix("-large")


MODELS = [
    Model("edge", "bearing-wear", ["rms(vib)", "kurtosis(vib)", "temp"],
          bearing.LABELS, (8,), "20ms"),
    Model("cloud", "bearing-wear-large",
          ["mean(vib)", "std(vib)", "rms(vib)", "crest(vib)", "kurtosis(vib)", "skew(vib)",
           "range(vib)", "temp", "current"],
          bearing.LABELS, (64, 32), "100ms"),
    Model("edge", "quality-inspection", ["weight", "width", "gloss"],
          inspection.LABELS, (8,), "20ms"),
    # The first stage of a cascade: most parts need no more than scale and gloss meter.
    Model("edge", "quality-first-look", ["weight", "gloss"],
          inspection.LABELS, (4,), "5ms"),
    Model("cloud", "quality-inspection-large", ["weight", "width", "height", "gloss"],
          inspection.LABELS, (64, 32), "100ms"),
    # Sees the last readings of a pump at once: how they lie, flutter and sink.
    Model("edge", "pump-trend",
          [f"{f}({field}{n})" for f, n in (("mean", ""), ("std", ""), ("delta", f", {PUMP_WINDOW - 1}"))
           for field in pump.FIELDS],
          pump.LABELS, (16,), "5ms", window=PUMP_WINDOW),
    # The edge has a detector for this one, which needs no training.
    Model("cloud", "vital-signs-large", ["heart_rate", "spo2", "resp_rate"],
          vitals.LABELS, (32, 16), "100ms"),
]


def bearing_rows(prefix: str, machines: int, messages: int):
    """Readings of whole bearing lives, machine by machine."""
    for m in range(machines):
        machine = bearing.Machine(f"{prefix}/{m}")
        for _ in range(messages):
            r = machine.measure()
            yield {"vib": r.vib, "temp": r.temp, "current": r.current}, r.truth


def inspection_rows(prefix: str, stations: int, messages: int):
    """Readings of parts, station by station."""
    for s in range(stations):
        station = inspection.Station(f"{prefix}/{s}")
        for _ in range(messages):
            p = station.measure()
            yield {"weight": p.weight, "width": p.width, "height": p.height,
                   "gloss": p.gloss}, p.truth


def vitals_rows(prefix: str, patients: int, messages: int):
    """Readings of patients with many episodes, bed by bed."""
    for p in range(patients):
        patient = vitals.Patient(f"{prefix}/{p}", share_episodes=0.06)
        for _ in range(messages):
            v = patient.measure()
            yield {"heart_rate": v.heart_rate, "spo2": v.spo2, "resp_rate": v.resp_rate}, v.truth


def pump_rows(prefix: str, pumps: int, messages: int):
    """Readings of pumps with what each had said just before, pump by pump."""
    for p in range(pumps):
        one = pump.Pump(f"{prefix}/{p}")
        series = {field: [] for field in pump.FIELDS}
        for _ in range(messages):
            told = one.measure()
            for field, values in series.items():
                values.append(getattr(told, field))
                del values[:-PUMP_WINDOW]
            if len(series["flow"]) == PUMP_WINDOW:
                yield {field: list(values) for field, values in series.items()}, told.truth


def table(rows, model: Model):
    """The model's features and the truth as an index into its labels."""
    x, y = [], []
    for fields, truth in rows:
        x.append(features.evaluate(model.inputs, fields))
        y.append(model.labels.index(truth))
    return np.array(x, np.float32), np.array(y, np.int64)


def train(model: Model, rows) -> bytes:
    """Fits scaler and network and returns the ONNX file's bytes."""
    x, y = table(rows, model)
    pipeline = make_pipeline(
        StandardScaler(),
        # Early stopping on held-out readings keeps the probabilities honest.
        MLPClassifier(model.hidden, random_state=SEED, early_stopping=True, max_iter=300),
    )
    pipeline.fit(x, y)
    onnx = to_onnx(
        pipeline,
        initial_types=[("X", FloatTensorType([None, len(model.inputs)]))],
        options={id(pipeline): {"zipmap": False}},
        target_opset=17,
        name=model.name,
    )
    return onnx.SerializeToString()


def write(model: Model, data: bytes) -> None:
    """Writes model.onnx and its model.yaml with the digest of these very bytes."""
    if len(data) > LIMIT:
        raise SystemExit(f"{model.name}: {len(data)} bytes, over the limit of {LIMIT}")
    folder = HERE / model.repository / model.name / "1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(data)
    window = f"window: {{ count: {model.window}, hop: 1 }}\n" if model.window else ""
    (folder / "model.yaml").write_text(
        "# Written by Integration/models/train.py.\n"
        "kind: onnx\n"
        f"file: {{ name: model.onnx, sha256: {hashlib.sha256(data).hexdigest()} }}\n"
        f"inputs: {{ X: [ {', '.join(quoted(text) for text in model.inputs)} ] }}\n"
        f"{window}"
        "outputs: { label: label, probabilities: probabilities }\n"
        f"labels: [ {', '.join(model.labels)} ]\n"
        "confidence: { from: probabilities, method: max }\n"
        f"budget: {model.budget}\n"
    )


def quoted(text: str) -> str:
    """A feature as an item of a YAML list."""
    return f'"{text}"' if "," in text else text


def examine(model: Model, data: bytes, rows) -> tuple[np.ndarray, np.ndarray]:
    """Runs the file itself; prints its accuracy; returns right-or-wrong and confidence."""
    session = onnxruntime.InferenceSession(data)
    assert [o.name for o in session.get_outputs()] == ["label", "probabilities"]
    x, y = table(rows, model)
    label, probabilities = session.run(["label", "probabilities"], {"X": x})
    assert label.dtype == np.int64 and probabilities.dtype == np.float32
    right, confidence = label == y, probabilities.max(axis=1)
    print(f"{model.name:26} {len(data):7} bytes  accuracy {right.mean():.3f}"
          f"  mean confidence {confidence.mean():.3f}")
    return right, confidence


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = {
        "bearing-wear": (bearing_rows, ("train", 300, 150), ("test", 60, 200)),
        "quality-inspection": (inspection_rows, ("train", 10, 4000), ("test", 4, 4000)),
        "vital-signs": (vitals_rows, ("train", 200, 200), ("test", 60, 200)),
        "pump-trend": (pump_rows, ("train", 120, 700), ("test", 40, 700)),
    }
    wanted = [model for model in MODELS if not sys.argv[1:] or model.name in sys.argv[1:]]
    training, test = ({task: list(of(*parts[k])) for task, (of, *parts) in rows.items()
                       if task in {model.task for model in wanted}} for k in (0, 1))
    outcome = {}
    for model in wanted:
        task = model.task
        data = train(model, training[task])
        write(model, data)
        outcome[model.name] = examine(model, data, test[task])
    print("\nhybrid: the edge's answer where it is sure, else the cloud's")
    for task in training:
        if not {task, f"{task}-large"} <= outcome.keys():
            continue
        edge, sure = outcome[task]
        large, _ = outcome[f"{task}-large"]
        for threshold in (0.8, 0.85, 0.9, 0.95):
            asked = sure < threshold
            print(f"  {task:20} threshold {threshold:.2f}  escalated {asked.mean():6.1%}"
                  f"  accuracy {np.where(asked, large, edge).mean():.3f}")


if __name__ == "__main__":
    main()
