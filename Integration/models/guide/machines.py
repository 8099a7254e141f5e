# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Readings of pumps that wear, for the guide: numbers, a text and a flag a row, and what was true."""

from __future__ import annotations

import numpy as np
import pandas as pd

NUMBERS = ["temp", "vibration", "current", "speed"]
STATES = ["fault", "healthy", "worn"]  # sorted, as scikit-learn sorts its classes


def readings(count=2000, seed=7):
    """A table of `count` readings; the same seed gives the same table."""
    chance = np.random.default_rng(seed)
    wear = chance.beta(1.2, 1.8, count)
    load = chance.uniform(0.4, 1.0, count)
    medium = chance.choice(["water", "oil", "brine"], count, p=[0.5, 0.3, 0.2])
    harsh = (medium == "brine") * 0.15
    table = pd.DataFrame({
        "temp": 35 + 20 * load + 25 * wear**2 + chance.normal(0, 2, count),
        "vibration": 0.4 + 2.5 * wear**1.5 * load + chance.normal(0, 0.15, count),
        "current": 6 + 5 * load + 1.5 * wear + chance.normal(0, 0.3, count),
        "speed": 1480 - 25 * load - 12 * wear + chance.normal(0, 3, count),
    }).round(3)
    table["medium"] = medium
    table["warm"] = chance.random(count) < 0.8
    worn = wear + harsh
    table["state"] = np.select([worn > 0.7, worn > 0.4], ["fault", "worn"], "healthy")
    table["hours"] = (2000 * np.clip(1 - worn, 0, 1) + chance.normal(0, 40, count)).round(1)
    return table


ALL = readings()
TRAIN, TEST = ALL[:1500], ALL[1500:]
