# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch to the gateway, by torch.onnx; the batch's size is left open."""

import io
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from gateway import put, tried
from machines import NUMBERS, STATES, TEST, TRAIN

torch.manual_seed(0)
torch.set_num_threads(1)
X, x = (torch.tensor(t[NUMBERS].to_numpy(np.float32)) for t in (TRAIN, TEST))
codes = torch.tensor(TRAIN.state.map(STATES.index).to_numpy())


def export(model, x=X[:2]):
    """The model as one ONNX file, the first dimension of `x` open."""
    model.eval()
    program = torch.onnx.export(model, (x,), input_names=["x"], output_names=["y"], dynamo=True,
                                dynamic_shapes=({0: "batch"},), verbose=False)
    return program.model_proto


class Scaled(torch.nn.Module):
    """A network over readings as they come: the scaling goes into the file with it."""

    def __init__(self, outputs):
        super().__init__()
        self.register_buffer("mean", X.mean(0))
        self.register_buffer("scale", X.std(0))
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(len(NUMBERS), 16), torch.nn.ReLU(), torch.nn.Linear(16, outputs))

    def forward(self, x):
        return self.layers((x - self.mean) / self.scale)


def fitted(model, targets, loss, X=X):
    """Trains on everything at once, long enough for so small a network."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(300):
        optimizer.zero_grad()
        loss(model(X), targets).backward()
        optimizer.step()
    return model


# ---- torch: logits, which the gateway makes probabilities of
model = fitted(Scaled(3), codes, torch.nn.functional.cross_entropy)
network = export(model)
put("torch", network, {"x": NUMBERS}, labels=STATES, confidence={"from": "logits"})
# ----
with torch.no_grad():
    probabilities = model(x).softmax(1).numpy()
tried("torch", TEST[NUMBERS], np.array(STATES)[probabilities.argmax(1)], probabilities)


# ---- torch-int8: the same network in whole numbers of eight bits
class Samples(CalibrationDataReader):
    def __init__(self):
        self.rows = iter(X[:200].split(20))

    def get_next(self):
        rows = next(self.rows, None)
        return None if rows is None else {"x": rows.numpy()}


with tempfile.TemporaryDirectory() as folder:
    plain, small = Path(folder, "plain.onnx"), Path(folder, "small.onnx")
    plain.write_bytes(network.SerializeToString())
    quant_pre_process(plain, plain)
    quantize_static(plain, small, Samples())
    small = small.read_bytes()
put("torch-int8", small, {"x": NUMBERS}, labels=STATES, confidence={"from": "logits"})
# ----
session = onnxruntime.InferenceSession(small)
logits = np.concatenate([session.run(None, {"x": part.numpy()})[0] for part in x.split(50)])
powers = np.exp(logits - logits.max(1, keepdims=True))
tried("torch-int8", TEST[NUMBERS], np.array(STATES)[logits.argmax(1)],
      powers / powers.sum(1, keepdims=True))

# ---- torch-one: one probability, that of the second of two labels
faulty = torch.tensor((TRAIN.state == "fault").to_numpy(np.float32))[:, None]
model = fitted(Scaled(1), faulty, torch.nn.functional.binary_cross_entropy_with_logits)
model = torch.nn.Sequential(model, torch.nn.Sigmoid())
put("torch-one", export(model), {"x": NUMBERS}, labels=["sound", "fault"])
# ----
with torch.no_grad():
    chance = model(x).numpy()[:, 0]
tried("torch-one", TEST[NUMBERS], np.array(["sound", "fault"])[(chance > 0.5).astype(int)],
      np.stack([1 - chance, chance], axis=1))

# ---- torch-regression: hours until it fails
hours = torch.tensor(TRAIN.hours.to_numpy(np.float32))[:, None] / 1000
model = fitted(Scaled(1), hours, torch.nn.functional.mse_loss)
put("torch-regression", export(model), {"x": NUMBERS})
# ----
with torch.no_grad():
    tried("torch-regression", TEST[NUMBERS], values=model(x).numpy()[:, 0])


# ---- torch-window: the last 24 readings of a device at once
def windows(table):
    """24 readings, and the 24 from the next reading on: rows of 4 fields by 24 places, oldest first."""
    numbers = table[NUMBERS].to_numpy(np.float32)
    return torch.tensor(np.lib.stride_tricks.sliding_window_view(numbers, 24, axis=0).copy())


worn, wearing = (t.sort_values("hours", ascending=False) for t in (TRAIN, TEST))
model = torch.nn.Sequential(
    torch.nn.BatchNorm1d(4), torch.nn.Conv1d(4, 8, 5), torch.nn.ReLU(), torch.nn.Flatten(),
    torch.nn.Linear(160, 3))
codes = torch.tensor(worn.state.map(STATES.index).to_numpy()[23:])
fitted(model, codes, torch.nn.functional.cross_entropy, windows(worn))
put("torch-window", export(model, windows(worn)[:2]), {"x": NUMBERS}, labels=STATES,
    confidence={"from": "logits"}, window={"count": 24, "hop": 1})
# ----
with torch.no_grad():
    probabilities = model(windows(wearing)).softmax(1).numpy()
tried("torch-window", wearing[NUMBERS], np.array(STATES)[probabilities.argmax(1)], probabilities,
      first=24)
