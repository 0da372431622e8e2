"""Draw the small figures of results in notebooks, without a plotting library."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Anchors of Crameri's vik, doi 10.5281/zenodo.1243862: negative, zero, positive.
_VIK = np.array(
    [[0, 18, 97], [3, 72, 136], [113, 168, 196], [236, 229, 224], [217, 161, 128], [166, 82, 38], [89, 0, 8]],
    dtype=float,
)


def coloured(values: NDArray[np.floating], most: float | None = None) -> NDArray[np.uint8]:
    """Colours of signed values, shape (row, column, 3), symmetric about zero up to `most`."""
    scale = most if most else float(np.abs(values).max()) or 1.0
    place = (np.clip(values / scale, -1, 1) + 1) / 2 * (len(_VIK) - 1)
    channels = [np.interp(place, np.arange(len(_VIK)), _VIK[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A picture, shape (row, column, 3), as a PNG file."""
    rows, columns, _ = pixels.shape
    lines = np.zeros((rows, 1 + 3 * columns), np.uint8)
    lines[:, 1:] = pixels.reshape(rows, -1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def image(pixels: NDArray[np.uint8], width: int = 320) -> str:
    """An `img` element of this picture, enlarged without smoothing."""
    text = base64.b64encode(png(pixels)).decode()
    style = f"width:{width}px;image-rendering:pixelated"
    return f'<img alt="" style="{style}" src="data:image/png;base64,{text}">'


def curve(
    times: NDArray[np.floating], values: NDArray[np.floating], width: int = 320, height: int = 90
) -> str:
    """An `svg` element of a curve, with a line at zero."""
    if len(values) < 2:
        return ""
    chosen = np.linspace(0, len(values) - 1, min(len(values), 400)).astype(int)
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    span = (high - low) or 1.0
    x = (times[chosen] - times[0]) / ((times[-1] - times[0]) or 1.0) * width
    y = (high - values[chosen]) / span * height
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    zero = high / span * height
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<line x1="0" x2="{width}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="#999" stroke-dasharray="3"/>'
        f'<polyline points="{points}" fill="none" stroke="#a65226" stroke-width="1.5"/></svg>'
    )


def points(groups: Sequence[NDArray[np.floating]], width: int = 320, height: int = 110) -> str:
    """An `svg` element of the numbers of some groups side by side, each with its mean, and a line at zero."""
    shown = [of for of in groups if len(of)]
    if not shown:
        return ""
    low, high = min(0.0, *(float(of.min()) for of in shown)), max(0.0, *(float(of.max()) for of in shown))
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return 5 + (high - value) / span * (height - 10)

    def line(x1: float, x2: float, y: float, more: str) -> str:
        return f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y:.1f}" y2="{y:.1f}" {more}/>'

    drawn = [line(0, width, place(0), 'stroke="#999" stroke-dasharray="3"')]
    for index, of in enumerate(shown):
        middle = width * (index + 0.5) / len(shown)
        for count, value in enumerate(of):
            x = middle + ((count * 0.618) % 1 - 0.5) * 40
            y = place(float(value))
            drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#4a7fb5" fill-opacity="0.6"/>')
        mean = place(float(of.mean()))
        drawn.append(line(middle - 34, middle + 34, mean, 'stroke="#a65226" stroke-width="2"'))
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}">{"".join(drawn)}</svg>'
