#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the frames of these tests and what Pillow makes of them.

    python3 -m venv V && V/bin/pip install pillow numpy && V/bin/python make_frames.py

`frames/` holds the encoded frames, `pixels/` raw samples: NAME.rgb or NAME.grey as Pillow decodes a
frame, and the results of resizing.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent
FRAMES, PIXELS = HERE / "frames", HERE / "pixels"
W, H = 46, 34


def scene(width: int, height: int) -> np.ndarray:
    """Waves, an edge and a disc in three colours."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    u, v = x / width, y / height
    red = 127 + 100 * np.sin(9 * u + 2 * v)
    green = 127 + 90 * np.cos(7 * v - 3 * u)
    blue = 255 * u * (1 - v)
    image = np.stack([red, green, blue], -1)
    image[(u > 0.6) & (v > 0.5)] = (230, 30, 60)
    image[(u - 0.3) ** 2 + (v - 0.4) ** 2 < 0.03] = (20, 220, 240)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, color, rows: bytes, interlace=0, extra=b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def interlaced(image: np.ndarray) -> bytes:
    """Adam7, which Pillow reads and does not write."""
    rows = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                           (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = image[y0::dy, x0::dx]
        if part.size:
            rows += b"".join(b"\0" + row.tobytes() for row in part)
    return png(image.shape[1], image.shape[0], 8, 2, rows, interlace=1)


def save(name: str, image: Image.Image, **options) -> None:
    image.save(FRAMES / name, **options)


def pixels(name: str, image: Image.Image) -> None:
    (PIXELS / name).write_bytes(np.asarray(image).tobytes())


def main() -> None:
    FRAMES.mkdir(exist_ok=True)
    PIXELS.mkdir(exist_ok=True)
    array = scene(W, H)
    image = Image.fromarray(array)
    save("baseline.jpg", image, quality=90, subsampling="4:2:0")
    save("full-chroma.jpg", image, quality=95, subsampling="4:4:4")
    save("progressive.jpg", image, quality=90, progressive=True)
    save("grey.jpg", image.convert("L"), quality=90)
    save("inks.jpg", image.convert("CMYK"), quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("turned.jpg", image, quality=90, exif=exif)
    save("rgb.png", image)
    save("grey.png", image.convert("L"))
    save("rgba.png", Image.merge("RGBA", (*image.split(), image.convert("L"))))
    save("palette.png", image.quantize(32))
    save("bits.png", image.convert("L").point(lambda p: 255 * (p > 127)).convert("1"))
    (FRAMES / "interlaced.png").write_bytes(interlaced(array))
    deep = (array.astype(np.uint32) * 256 + 200).astype(">u2")
    (FRAMES / "deep.png").write_bytes(
        png(W, H, 16, 2, b"".join(b"\0" + row.tobytes() for row in deep)))
    for path in sorted(FRAMES.iterdir()):
        if path.name == "large.jpg":
            continue
        frame = Image.open(path)
        frame = ImageOps.exif_transpose(frame)
        grey = frame.mode in ("L", "1")
        pixels(f"{path.name}.{'grey' if grey else 'rgb'}", frame.convert("L" if grey else "RGB"))
    pixels("rgb.png.grey", image.convert("L"))
    for filter in ("bilinear", "bicubic", "box", "nearest"):
        method = getattr(Image.Resampling, filter.upper())
        name = "area" if filter == "box" else filter
        pixels(f"stretch-{name}-16x12", image.resize((16, 12), method))
        pixels(f"stretch-{name}-64x40", image.resize((64, 40), method))
    pixels("crop-bilinear-16x16", ImageOps.fit(image, (16, 16), Image.Resampling.BILINEAR))
    box = ImageOps.contain(image, (20, 20), Image.Resampling.BILINEAR)
    bars = Image.new("RGB", (20, 20), (114, 114, 114))
    bars.paste(box, ((20 - box.width) // 2, (20 - box.height) // 2))
    pixels("letterbox-bilinear-20x20", bars)
    pixels("stretch-grey-16x12", image.convert("L").resize((16, 12), Image.Resampling.BILINEAR))
    big = Image.fromarray(scene(641, 481))
    save("large.jpg", big, quality=80)
    whole = Image.open(FRAMES / "large.jpg").convert("RGB")
    pixels("large-32x24", whole.resize((32, 24), Image.Resampling.BILINEAR))


if __name__ == "__main__":
    main()
