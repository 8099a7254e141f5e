# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Log-mel spectra exactly as the gateway computes them, with librosa's defaults.

Written a second time on purpose, as `features.py` is: the acoustic model is trained on these.
"""

from __future__ import annotations

import numpy as np


def slaney(hertz):
    """Mel as in Slaney's Auditory Toolbox: straight to 1 kHz, logarithmic above."""
    hertz = np.asarray(hertz, float)
    return np.where(hertz < 1000, hertz * 3 / 200,
                    15 + 27 * np.log(np.maximum(hertz, 1e-9) / 1000) / np.log(6.4))


def unslaney(mel):
    mel = np.asarray(mel, float)
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def filters(rate: float, size: int, bands: int) -> np.ndarray:
    """Triangles of equal area, `bands` x (size / 2 + 1)."""
    edges = unslaney(np.linspace(slaney(0.0), slaney(rate / 2), bands + 2))
    bins = np.arange(size // 2 + 1) * rate / size
    rising = (bins[None] - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins[None]) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


def log_mel(sound: np.ndarray, rate: float, size: int, hop: int, bands: int) -> np.ndarray:
    """Decibels, `bands` x frames, at most 80 below the loudest."""
    padded = np.pad(np.asarray(sound, float), size // 2)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    count = 1 + (len(padded) - size) // hop
    frames = np.stack([padded[k * hop:k * hop + size] * window for k in range(count)])
    power = np.abs(np.fft.rfft(frames)) ** 2
    decibels = 10 * np.log10(np.maximum(1e-10, filters(rate, size, bands) @ power.T))
    return np.maximum(decibels, decibels.max() - 80)
