# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Growth as pictures: the cost of a message against what grows, in SVG, with nothing but Python."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 62, 130, 40, 48
COLOURS = ["#0b62a8", "#b3470f", "#3c7a26", "#6b4aa0"]


def steps(top: float) -> list[float]:
    """Round numbers from 0 to above `top`, four to eight of them."""
    size = 10 ** math.floor(math.log10(top or 1))
    for part in (0.1, 0.2, 0.25, 0.5, 1, 2):
        if top / (size * part) <= 7:
            step = size * part
            break
    return [number * step for number in range(math.ceil(top / step) + 1)]


def short(number: float) -> str:
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def picture(title: str, across: str, up: str, lines: dict[str, list[tuple[float, list[float]]]]) -> str:
    """`lines` has for each subject the points: where, and all that was measured there."""
    places = sorted({place for points in lines.values() for place, _ in points})
    top = max(max(values) for points in lines.values() for _, values in points)
    marks = steps(top)

    def x(place: float) -> float:
        # Zero has a place of its own before the logarithm's.
        low = min((place for place in places if place > 0), default=1)
        span = math.log10(places[-1] / low) if places[-1] > low else 1
        before = 0.18 if places[0] == 0 else 0
        share = 0 if place <= 0 else before + (1 - before) * math.log10(place / low) / span
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / marks[-1] * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="14" fill="#222222">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle" '
        f'fill="#444444">{escape(across)}</text>',
        f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle" '
        f'fill="#444444">{escape(up)}</text>',
    ]
    for mark in marks:
        parts.append(
            f'<path d="M{LEFT} {y(mark):.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>'
            f'<text x="{LEFT - 6}" y="{y(mark) + 4:.1f}" text-anchor="end" fill="#444444">{short(mark)}</text>')
    for place in places:
        parts.append(f'<text x="{x(place):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" '
                     f'fill="#444444">{short(place)}</text>')
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        spots = [(x(place), statistics.median(values), values) for place, values in sorted(points)]
        path = "L".join(f"{across:.1f} {y(value):.1f}" for across, value, _ in spots)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for across, value, values in spots:
            parts.append(f'<path d="M{across:.1f} {y(min(values)):.1f}V{y(max(values)):.1f}" '
                         f'stroke="{colour}"/><circle cx="{across:.1f}" cy="{y(value):.1f}" r="3" '
                         f'fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y(spots[-1][1]) + 4:.1f}" fill="{colour}">'
                     f'{escape(name)}</text>')
    return "\n".join(parts) + "\n</svg>\n"


def write(folder: Path, figures: dict[tuple[str, str, str], list[float]], said: str) -> list[str]:
    """Draws what was measured of growth; the files' names. `said` names machine and commit."""
    kinds = {
        "B": ("payload", "bytes of payload"),
        "devices": ("devices", "devices"),
        "policies": ("policies", "policies, each about topics of its own"),
        "on a topic": ("same-topic", "policies that all decide about every message"),
        "in a run": ("runs", "readings in a run of the model at most, QoS 0"),
        "in a burst": ("bursts", "messages under way without acknowledgement at most"),
        "rows": ("backlog", "rows waiting in the spool"),
        "listeners": ("listeners", "listeners to the stream of decisions"),
    }
    drawn = []
    for kind, (name, across) in kinds.items():
        lines: dict[str, list[tuple[float, list[float]]]] = {}
        for (case, subject, figure), values in figures.items():
            number, _, rest = case.partition(" ")
            if figure == "cpu" and rest == kind and number.replace(",", "").isdigit():
                lines.setdefault(subject, []).append((float(number.replace(",", "")), values))
        if not any(len(points) > 1 for points in lines.values()):
            continue
        folder.mkdir(parents=True, exist_ok=True)
        title = "CPU a message against " + across.split(",")[0]
        text = picture(title, across, "µs a message", lines)
        (folder / f"{name}.svg").write_text(text.replace("</svg>", f"<desc>{escape(said)}</desc></svg>"))
        drawn.append(f"{name}.svg")
    return drawn
