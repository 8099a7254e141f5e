# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Microphones at compressed-air pipes: half a second of sound, in which a leak hisses or does not.

The plant hums, pumps whine and somebody hammers; a leak is a broad hiss above 3 kHz, often fainter
than all of them. Needs numpy, which only training does.
"""

from __future__ import annotations

import numpy as np

LABELS = ("tight", "leak")
RATE = 16_000
SAMPLES = RATE // 2


class Microphone:
    """One microphone at its place in the plant."""

    def __init__(self, seed: str):
        self.random = np.random.default_rng([ord(c) for c in f"pipes/{seed}"])
        r = self.random
        self.hum = r.uniform(0.02, 0.12)
        self.whine = r.uniform(300, 2600)
        self.whine_level = r.uniform(0, 0.05)
        self.floor = r.uniform(0.002, 0.01)

    def listen(self, truth: str | None = None) -> tuple[np.ndarray, str]:
        """Half a second, as 16-bit samples."""
        r = self.random
        truth = truth or LABELS[int(r.random() < 0.5)]
        t = np.arange(SAMPLES) / RATE
        sound = np.zeros(SAMPLES)
        for harmonic in range(1, 9):
            level = self.hum * r.uniform(0.3, 1) / harmonic
            sound += level * np.sin(2 * np.pi * 50 * harmonic * t + r.uniform(0, 6.28))
        whine = self.whine * r.uniform(0.97, 1.03)
        sound += self.whine_level * np.sin(2 * np.pi * whine * t)
        # The hall: noise that falls with frequency.
        white = r.normal(0, 1, SAMPLES)
        hall = np.convolve(white, np.exp(-np.arange(24) / r.uniform(3, 7)), "same")
        sound += self.floor * r.uniform(1, 4) * hall
        if r.random() < 0.3:
            at = int(r.integers(0, SAMPLES - 800))
            ring = np.exp(-np.arange(800) / r.uniform(60, 200)) * r.normal(0, 1, 800)
            sound[at:at + 800] += r.uniform(0.05, 0.3) * ring
        if truth == "leak":
            hiss = np.diff(r.normal(0, 1, SAMPLES + 2), n=2) / 2.4
            flutter = 1 + 0.2 * np.sin(2 * np.pi * r.uniform(3, 12) * t)
            sound += 10 ** r.uniform(-2.5, -1.3) * hiss * flutter
        return np.clip(np.rint(sound * 32_768), -32_768, 32_767).astype("<i2"), truth
