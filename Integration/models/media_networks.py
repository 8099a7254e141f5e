# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The networks that look, listen and foretell: train_media.py trains them."""

from __future__ import annotations

import torch
from torch import nn

from plant import camera, gearbox


def convolution(channels: tuple[int, ...], strides: tuple[int, ...]) -> nn.Sequential:
    """3 x 3 convolutions with batch normalisation."""
    layers: list[nn.Module] = []
    for a, b, stride in zip(channels, channels[1:], strides):
        layers += [nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers)


class Classifier(nn.Module):
    """Convolutions, the strongest and the mean answer of each, one layer, softmax."""

    def __init__(self, channels: tuple[int, ...], labels: int):
        super().__init__()
        self.body = convolution(channels, (2,) * (len(channels) - 1))
        self.head = nn.Linear(2 * channels[-1], labels)

    def logits(self, x):
        y = self.body(x)
        return self.head(torch.cat([y.amax((2, 3)), y.mean((2, 3))], 1))

    def forward(self, x):
        return self.logits(x).softmax(1)


class PartFinder(nn.Module):
    """A grid of 12 x 12 places, each with one box and a score for each kind of part."""

    SIZE, GRID = 96, 12

    def __init__(self):
        super().__init__()
        self.body = convolution((3, 12, 24, 40, 40, 40), (2, 2, 2, 1, 1))
        self.head = nn.Conv2d(40, 4 + len(camera.PARTS), 1)
        steps = (torch.arange(self.GRID) + 0.5) / self.GRID
        y, x = torch.meshgrid(steps, steps, indexing="ij")
        self.register_buffer("centres", torch.stack([x, y]).reshape(2, -1))

    def raw(self, x):
        return self.head(self.body(x)).flatten(2)

    def boxes(self, raw):
        """Left, top, right, bottom as fractions of the model's picture."""
        centre = self.centres + raw[:, :2].tanh() / self.GRID
        half = (raw[:, 2:4] - 2).sigmoid() / 2
        return torch.cat([centre - half, centre + half], 1)

    def forward(self, x):
        raw = self.raw(x)
        return self.boxes(raw).transpose(1, 2), raw[:, 4:].sigmoid().transpose(1, 2)


class Life(nn.Module):
    """Hours left; the scaling of its inputs is inside."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32))
        self.body = nn.Sequential(nn.Linear(len(mean), 24), nn.ReLU(), nn.Linear(24, 12), nn.ReLU(),
                                  nn.Linear(12, 1))

    def forward(self, x):
        return gearbox.HORIZON * self.body((x - self.mean) / self.std).sigmoid()


class Scale(nn.Module):
    """(x - mean) / std."""

    def __init__(self, mean: float, std: float):
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x):
        return (x - self.mean) / self.std
