# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The features of a series exactly as the gateway computes them (population moments).

Written a second time, in another language, on purpose: the models are trained on these, and the
accuracy of the running gateway shows when the two disagree.
"""

from __future__ import annotations

import math


def moments(x: list[float]) -> dict[str, float]:
    """mean std min max rms crest kurtosis skew range of a series that is not empty."""
    n = len(x)
    mean = sum(x) / n
    m2 = m3 = m4 = square = 0.0
    for v in x:
        d = v - mean
        dd = d * d
        m2 += dd
        m3 += dd * d
        m4 += dd * dd
        square += v * v
    m2, m3, m4 = m2 / n, m3 / n, m4 / n
    rms = math.sqrt(square / n)
    low, high = min(x), max(x)
    return {
        "mean": mean,
        "std": math.sqrt(m2),
        "min": low,
        "max": high,
        "rms": rms,
        "crest": max(abs(low), abs(high)) / rms if rms > 0 else 0.0,
        "kurtosis": m4 / (m2 * m2) if m2 > 0 else 0.0,
        "skew": m3 / m2**1.5 if m2 > 0 else 0.0,
        "range": high - low,
    }


def evaluate(expressions: list[str], fields: dict) -> list[float]:
    """Feature expressions such as `rms(vib)`, `temp` or `delta(temp, 5)` over one reading's fields,
    each a number or a series, oldest first."""
    known: dict[str, dict[str, float]] = {}
    row = []
    for expression in expressions:
        name, _, rest = expression.partition("(")
        field, _, places = rest.rstrip(")").partition(", ")
        if not rest:
            row.append(float(fields[name]))
        elif name == "delta":
            row.append(fields[field][-1] - fields[field][-1 - int(places)])
        else:
            if field not in known:
                known[field] = moments(fields[field])
            row.append(known[field][name])
    return row
