#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Trains the models that look and listen, and the one that foretells.

    python3 -m venv V && V/bin/pip install -r requirements_media.txt
    V/bin/python train_media.py [NAME…]

cap-inspection   a camera frame -> good, scratched, dented or empty       (a small CNN)
part-finder      a camera frame -> bolts and nuts with their boxes        (one-stage detector)
pipe-leak        half a second of sound -> log-mel -> tight or leak       (a small CNN)
gearbox-life     vibration and temperature -> hours left                  (regression)

Frames go through JPEG and Pillow, sound through `plant/spectra.py`: what the gateway does again with
its own code. Writes `edge/NAME/1/`, and into the folders of the policies a few payloads that their
tests and the scenarios publish. Seeded, on one thread.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from media_networks import Classifier, Life, PartFinder, Scale  # noqa: E402
from plant import camera, gearbox, pipes, spectra  # noqa: E402

POLICIES = HERE.parents[1] / "Policies"
LIMIT = 300_000  # bytes a model file may have
torch.manual_seed(20)
torch.set_num_threads(1)


def fit(model, loss, rows: int, epochs: int, rate: float, batch: int = 64) -> None:
    """Adam with a rate that falls to nothing; `loss(indices)` is that of some rows."""
    optimiser = torch.optim.Adam(model.parameters(), rate, weight_decay=1e-5)
    steps = epochs * (rows // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    order = np.random.default_rng(20)
    model.train()
    for epoch in range(epochs):
        for some in np.array_split(order.permutation(rows), rows // batch):
            optimiser.zero_grad()
            value = loss(torch.from_numpy(some))
            value.backward()
            optimiser.step()
            schedule.step()
        if epoch % 5 == 4:
            print(f"    epoch {epoch + 1}: {value.item():.4f}", flush=True)
    model.eval()


def export(model, example, inputs, outputs) -> bytes:
    """The ONNX file with a free batch dimension."""
    file = io.BytesIO()
    torch.onnx.export(
        model, (example,), file, input_names=[inputs], output_names=outputs, opset_version=17,
        dynamo=False, dynamic_axes={name: {0: "N"} for name in [inputs, *outputs]})
    return file.getvalue()


def write(name: str, data: bytes, settings: str) -> onnxruntime.InferenceSession:
    """Writes model.onnx and model.yaml with the digest of these very bytes."""
    if len(data) > LIMIT:
        raise SystemExit(f"{name}: {len(data)} bytes, over the limit of {LIMIT}")
    folder = HERE / "edge" / name / "1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(data)
    (folder / "model.yaml").write_text(
        "# Written by Integration/models/train_media.py.\nkind: onnx\n"
        f"file: {{ name: model.onnx, sha256: {hashlib.sha256(data).hexdigest()} }}\n" + settings)
    print(f"{name}: {len(data)} bytes")
    return onnxruntime.InferenceSession(data)


def payload(policy: str, name: str, data: bytes) -> None:
    """A payload for the tests of a policy."""
    folder = POLICIES / policy / "payloads"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def pixels(frame: bytes, width: int, height: int) -> np.ndarray:
    """A frame as the gateway feeds it: resized, 0…1, channels first."""
    image = Image.open(io.BytesIO(frame)).convert("RGB")
    image = image.resize((width, height), Image.Resampling.BILINEAR)
    return (np.asarray(image, np.float32) / 255).transpose(2, 0, 1)


def cap_inspection() -> None:
    def rows(prefix, cameras, count):
        x, y = [], []
        for number in range(cameras):
            station = camera.Camera(f"{prefix}/{number}")
            for _ in range(count):
                image, truth = station.cap()
                x.append(pixels(camera.jpeg(image), 96, 96))
                y.append(camera.LABELS.index(truth))
        return np.stack(x), np.array(y)

    x, y = rows("train", 40, 60)
    tx, ty = rows("test", 8, 60)
    model = Classifier((3, 12, 24, 32, 32), len(camera.LABELS))
    inputs, truth = torch.from_numpy(x), torch.from_numpy(y)

    def loss(some):
        batch = inputs[some]
        if torch.rand(()) < 0.5:
            batch = batch.flip(3)
        if torch.rand(()) < 0.5:
            batch = batch.flip(2)
        return nn.functional.cross_entropy(model.logits(batch), truth[some], label_smoothing=0.02)

    fit(model, loss, len(x), 30, 5e-3)
    session = write(
        "cap-inspection", export(model, inputs[:1], "frame", ["probabilities"]),
        "inputs:\n"
        "  frame: { image: { field: frame, size: [96, 96], fit: stretch, color: rgb, scale: 1/255 } }\n"
        "outputs: { probabilities: probabilities }\n"
        f"labels: [ {', '.join(camera.LABELS)} ]\n"
        "confidence: { from: probabilities, method: max }\n"
        "budget: 20ms\n")
    found = session.run(None, {"frame": tx})[0]
    print(f"  accuracy {(found.argmax(1) == ty).mean():.3f} on other cameras")
    station = camera.Camera("payload/1")
    expected = {}
    for label in camera.LABELS:
        image, _ = station.cap(label)
        payload("camera-inspection", f"{label}.jpg", camera.jpeg(image))
        found = session.run(None, {"frame": pixels(camera.jpeg(image), 96, 96)[None]})[0][0]
        expected[label] = [round(float(p), 4) for p in found]
    image, _ = station.cap("scratched")
    payload("camera-inspection", "scratched.png", camera.png(image.resize((80, 60))))
    print("  " + json.dumps(expected))


def letterboxed(frame: bytes, size: int) -> np.ndarray:
    """A frame between bars, as the gateway's `fit: letterbox` makes it."""
    image = Image.open(io.BytesIO(frame)).convert("RGB")
    ratio = min(size / image.width, size / image.height)
    width, height = round(image.width * ratio), round(image.height * ratio)
    bars = Image.new("RGB", (size, size), (114, 114, 114))
    resized = image.resize((width, height), Image.Resampling.BILINEAR)
    bars.paste(resized, ((size - width) // 2, (size - height) // 2))
    return (np.asarray(bars, np.float32) / 255).transpose(2, 0, 1)


def part_finder() -> None:
    size, grid = PartFinder.SIZE, PartFinder.GRID
    share = camera.HEIGHT / camera.WIDTH
    bar = (1 - share) / 2

    def rows(prefix, cameras, count):
        x, truths = [], []
        for number in range(cameras):
            station = camera.Camera(f"{prefix}/{number}")
            for _ in range(count):
                image, parts = station.belt_view()
                x.append(letterboxed(camera.jpeg(image), size))
                truths.append([(camera.PARTS.index(n), (l, bar + t * share, r, bar + b * share))
                               for n, (l, t, r, b) in parts])
        return np.stack(x), truths

    x, truths = rows("train", 30, 60)
    scores = np.zeros((len(x), len(camera.PARTS), grid * grid), np.float32)
    boxes = np.zeros((len(x), 4, grid * grid), np.float32)
    for row, parts in enumerate(truths):
        for kind, box in parts:
            cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            place = int(cy * grid) * grid + int(cx * grid)
            scores[row, kind, place] = 1
            boxes[row, :, place] = box
    model = PartFinder()
    inputs, scores, boxes = map(torch.from_numpy, (x, scores, boxes))

    def loss(some):
        raw = model.raw(inputs[some])
        wanted = scores[some]
        # Focal loss (Lin et al., 2017): nearly every place is empty.
        p = raw[:, 4:].sigmoid()
        miss = torch.where(wanted > 0, 1 - p, p) ** 2
        score = miss * nn.functional.binary_cross_entropy_with_logits(
            raw[:, 4:], wanted, reduction="none")
        has = wanted.amax(1) > 0
        found = model.boxes(raw).transpose(1, 2)[has]
        truth = boxes[some].transpose(1, 2)[has]
        return score.sum() / max(1, has.sum()) + 20 * (found - truth).abs().mean()

    fit(model, loss, len(x), 20, 5e-3)
    session = write(
        "part-finder", export(model, inputs[:1], "frame", ["boxes", "scores"]),
        "inputs:\n"
        "  frame: { image: { field: frame, size: [96, 96], fit: letterbox, color: rgb, scale: 1/255 } }\n"
        "detections: { boxes: boxes, scores: scores, format: xyxy, normalised: true, score: 0.4, iou: 0.45 }\n"
        f"labels: [ {', '.join(camera.PARTS)} ]\n"
        "budget: 30ms\n")
    tx, truths = rows("test", 8, 50)
    hits = parts = false = 0
    for frame, truth in zip(tx, truths):
        found = detections(session, frame)
        parts += len(truth)
        for label, box in truth:
            match = next((d for d in found if d[0] == label and overlap(d[2], box) > 0.5), None)
            if match:
                hits += 1
                found.remove(match)
        false += len(found)
    print(f"  {hits} of {parts} parts found on other belts, {false} found that are none")
    station = camera.Camera("payload/2")
    image, truth = station.belt_view(4)
    payload("part-count", "four.jpg", camera.jpeg(image))
    print("  " + json.dumps([[n, [round(v, 3) for v in box]] for n, box in truth]))
    image, _ = station.belt_view(0)
    payload("part-count", "none.jpg", camera.jpeg(image))


def detections(session, frame, least=0.4, most=0.45):
    """What the gateway makes of boxes and scores."""
    boxes, scores = (one[0] for one in session.run(None, {"frame": frame[None]}))
    order = sorted(range(len(boxes)), key=lambda k: -scores[k].max())
    kept = []
    for k in order:
        label, score = int(scores[k].argmax()), float(scores[k].max())
        if score >= least and all(d[0] != label or overlap(d[2], boxes[k]) <= most for d in kept):
            kept.append((label, score, boxes[k]))
    return kept


def overlap(a, b) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def pipe_leak() -> None:
    def spectrum(sound):
        return spectra.log_mel(sound / 32_768, pipes.RATE, 512, 256, 40).astype(np.float32)[None]

    def rows(prefix, places, count):
        x, y = [], []
        for number in range(places):
            microphone = pipes.Microphone(f"{prefix}/{number}")
            for _ in range(count):
                sound, truth = microphone.listen()
                x.append(spectrum(sound))
                y.append(pipes.LABELS.index(truth))
        return np.stack(x), np.array(y)

    x, y = rows("train", 60, 40)
    tx, ty = rows("test", 15, 30)
    body = Classifier((1, 8, 16, 24), 2)
    # Decibels to about -2…2.
    model = nn.Sequential(Scale(float(x.mean()), float(x.std())), body)
    inputs, truth = torch.from_numpy(x), torch.from_numpy(y)
    scaled = model[0](inputs)
    fit(model, lambda some: nn.functional.cross_entropy(
        body.logits(scaled[some]), truth[some], label_smoothing=0.02), len(x), 20, 4e-3)
    session = write(
        "pipe-leak", export(model, inputs[:1], "spectrum", ["probabilities"]),
        "inputs: { spectrum: [ \"log_mel(sound, 512, 256, 40)\" ] }\n"
        "outputs: { probabilities: probabilities }\n"
        f"labels: [ {', '.join(pipes.LABELS)} ]\n"
        "confidence: { from: probabilities, method: max }\n"
        "budget: 20ms\n")
    found = session.run(None, {"spectrum": tx})[0]
    print(f"  accuracy {(found.argmax(1) == ty).mean():.3f} at other places")
    microphone = pipes.Microphone("payload/1")
    for label in pipes.LABELS:
        while True:
            sound, _ = microphone.listen(label)
            found = session.run(None, {"spectrum": spectrum(sound)[None]})[0][0]
            if found[pipes.LABELS.index(label)] > 0.9:
                break
        payload("acoustic-leak", f"{label}.pcm", sound.tobytes())
        print("  " + json.dumps({label: [round(float(p), 4) for p in found]}))


def gearbox_life() -> None:
    names = ["rms(vib)", "kurtosis(vib)", "crest(vib)", "temp"]
    from plant import features

    def rows(prefix, count):
        x, y = [], []
        for number in range(count):
            one = gearbox.Gearbox(f"{prefix}/{number}")
            for _ in range(40):
                hours = one.random.uniform(0, 1.3 * gearbox.HORIZON)
                reading = one.measure(hours)
                x.append(features.evaluate(names, {"vib": reading.vib, "temp": reading.temp}))
                y.append(min(hours, gearbox.HORIZON))
        return np.array(x, np.float32), np.array(y, np.float32)[:, None]

    x, y = rows("train", 250)
    tx, ty = rows("test", 50)
    model = Life(x.mean(0).tolist(), x.std(0).tolist())
    inputs, truth = torch.from_numpy(x), torch.from_numpy(y)
    fit(model, lambda some: nn.functional.smooth_l1_loss(
        model(inputs[some]) / 10, truth[some] / 10), len(x), 30, 1e-2)
    session = write(
        "gearbox-life", export(model, inputs[:1], "X", ["hours"]),
        f"inputs: {{ X: [ {', '.join(names)} ] }}\n"
        "# One number and no labels: conditions see it as `value`.\n"
        "budget: 20ms\n")
    found = session.run(None, {"X": tx})[0]
    near = ty[:, 0] < 48
    print(f"  mean error {np.abs(found - ty).mean():.1f} h, {np.abs(found - ty)[near].mean():.1f} h "
          "in the last two days")
    one = gearbox.Gearbox("payload/1")
    for name, hours in (("hours-6", 6.0), ("hours-60", 60.0), ("hours-400", 400.0)):
        reading = one.measure(hours)
        message = gearbox.payload(reading, 1_750_000_000_000, 1)
        payload("time-to-failure", f"{name}.json", json.dumps(message).encode())
        row = features.evaluate(names, {"vib": reading.vib, "temp": reading.temp})
        found = session.run(None, {"X": np.array([row], np.float32)})[0][0][0]
        print(f"  {name}: {found:.2f} h")


TASKS = {"cap-inspection": cap_inspection, "part-finder": part_finder, "pipe-leak": pipe_leak,
         "gearbox-life": gearbox_life}

if __name__ == "__main__":
    for task in sys.argv[1:] or TASKS:
        TASKS[task]()
