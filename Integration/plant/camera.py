# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras over a belt: one looks at caps one by one, one looks down on loose bolts and nuts.

Needs numpy and Pillow, which only training does; the tests publish frames that are committed.
"""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 160, 120
LABELS = ("good", "scratched", "dented", "empty")
PARTS = ("bolt", "nut")


class Camera:
    """One camera with its own light, lens and belt."""

    def __init__(self, seed: str):
        self.random = np.random.default_rng([ord(c) for c in f"camera/{seed}"])
        r = self.random
        self.belt = r.uniform(40, 75)
        self.light = r.uniform(0.85, 1.15)
        self.tint = r.uniform(0.93, 1.07, 3)
        self.noise = r.uniform(2, 6)
        self.slope = r.uniform(-0.25, 0.25, 2)

    def _scene(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        """The empty belt at twice the size, for smooth edges."""
        r = self.random
        y, x = np.mgrid[0:2 * HEIGHT, 0:2 * WIDTH]
        weave = 5 * np.sin(x / 3.1 + r.uniform(0, 6)) + r.normal(0, 4, x.shape)
        grey = np.clip(self.belt + weave, 0, 255).astype(np.uint8)
        scene = Image.fromarray(np.repeat(grey[..., None], 3, -1))
        return scene, ImageDraw.Draw(scene)

    def _shoot(self, scene: Image.Image) -> Image.Image:
        """What the sensor makes of the scene."""
        r = self.random
        image = scene.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        image = image.filter(ImageFilter.GaussianBlur(r.uniform(0.2, 0.7)))
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
        light = self.light * r.uniform(0.95, 1.05) * (
            1 + self.slope[0] * (x / WIDTH - 0.5) + self.slope[1] * (y / HEIGHT - 0.5))
        pixels = np.asarray(image, float) * light[..., None] * self.tint
        pixels += r.normal(0, self.noise, pixels.shape)
        return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))

    def cap(self, truth: str | None = None) -> tuple[Image.Image, str]:
        """The next cap, or an empty place on the belt."""
        r = self.random
        truth = truth or str(r.choice(LABELS, p=(0.4, 0.25, 0.25, 0.1)))
        scene, draw = self._scene()
        if truth != "empty":
            cx, cy = WIDTH + r.uniform(-24, 24), HEIGHT + r.uniform(-20, 20)
            radius = r.uniform(70, 80)
            metal = r.uniform(165, 190)
            for share, shade in ((1.0, -45), (0.93, 0), (0.72, -25), (0.69, 8)):
                tone = tuple(int(metal + shade) for _ in range(3))
                a = radius * share
                draw.ellipse((cx - a, cy - a, cx + a, cy + a), fill=tone)
            if truth == "scratched":
                for _ in range(r.integers(1, 3)):
                    angle, length = r.uniform(0, math.pi), r.uniform(40, 95)
                    mx, my = cx + r.uniform(-18, 18), cy + r.uniform(-18, 18)
                    dx, dy = math.cos(angle) * length / 2, math.sin(angle) * length / 2
                    tone = int(metal + r.choice((-75, 60)))
                    draw.line((mx - dx, my - dy, mx + dx, my + dy), fill=(tone,) * 3,
                              width=int(r.integers(3, 6)))
            elif truth == "dented":
                size = r.uniform(14, 24)
                angle, way = r.uniform(0, math.tau), r.uniform(0, 30)
                mx, my = cx + math.cos(angle) * way, cy + math.sin(angle) * way
                for share in (1.0, 0.8, 0.6, 0.4):
                    a = size * share
                    tone = int(metal - 25 - 45 * (1 - share))
                    draw.ellipse((mx - a, my - a * 0.8, mx + a, my + a * 0.8), fill=(tone,) * 3)
        return self._shoot(scene), truth

    def belt_view(self, count: int | None = None):
        """Loose parts: the frame, and for each part its name and its box in fractions."""
        r = self.random
        scene, draw = self._scene()
        count = int(r.integers(0, 6)) if count is None else count
        parts, centres = [], []
        for _ in range(60):
            if len(parts) == count:
                break
            name = PARTS[int(r.integers(0, 2))]
            reach = r.uniform(22, 34) if name == "bolt" else r.uniform(16, 24)
            cx = r.uniform(reach + 2, 2 * WIDTH - reach - 2)
            cy = r.uniform(reach + 2, 2 * HEIGHT - reach - 2)
            if any(math.hypot(cx - x, cy - y) < reach + other for x, y, other in centres):
                continue
            centres.append((cx, cy, reach))
            points = self._part(draw, name, cx, cy, reach)
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            parts.append((name, (min(xs) / (2 * WIDTH), min(ys) / (2 * HEIGHT),
                                 max(xs) / (2 * WIDTH), max(ys) / (2 * HEIGHT))))
        return self._shoot(scene), parts

    def _part(self, draw, name, cx, cy, reach):
        r = self.random
        metal = int(r.uniform(150, 215))
        angle = r.uniform(0, math.tau)
        cos, sin = math.cos(angle), math.sin(angle)

        def turned(points):
            return [(cx + x * cos - y * sin, cy + x * sin + y * cos) for x, y in points]

        if name == "nut":
            hexagon = turned([(reach * math.cos(k * math.pi / 3), reach * math.sin(k * math.pi / 3))
                              for k in range(6)])
            draw.polygon(hexagon, fill=(metal, metal, metal - 12))
            hole = reach * 0.48
            dark = int(self.belt * 0.7)
            draw.ellipse((cx - hole, cy - hole, cx + hole, cy + hole), fill=(dark,) * 3)
            return hexagon
        thick = reach * 0.22
        shaft = turned([(-reach * 0.5, -thick), (reach, -thick), (reach, thick),
                        (-reach * 0.5, thick)])
        head = turned([(-reach, -thick * 2.2), (-reach * 0.5, -thick * 2.2),
                       (-reach * 0.5, thick * 2.2), (-reach, thick * 2.2)])
        draw.polygon(shaft, fill=(metal - 25,) * 3)
        draw.polygon(head, fill=(metal, metal, metal - 6))
        return shaft + head


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    """The frame as the camera sends it."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    """The frame without loss."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
