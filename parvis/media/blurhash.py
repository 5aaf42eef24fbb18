"""BlurHash, written from its specification (github.com/woltapp/blurhash, Algorithm.md), for tiny pictures.

The cosine transform is separable: 4 x 4 components of 32 x 32 pixels take about 5 ms in Python alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in range(256)]


def encode(pixels: Sequence[tuple[int, int, int]], width: int, height: int, *, across: int = 4, down: int = 4) -> str:
    """Return the BlurHash of sRGB pixels, row by row; `across` x `down` components (1 to 9 each)."""
    cos_x = [[math.cos(math.pi * i * x / width) for x in range(width)] for i in range(across)]
    cos_y = [[math.cos(math.pi * j * y / height) for y in range(height)] for j in range(down)]
    factors = [[0.0, 0.0, 0.0] for _ in range(across * down)]
    for y in range(height):
        row = pixels[y * width : (y + 1) * width]
        for channel in range(3):
            line = [_LINEAR[p[channel]] for p in row]
            for i in range(across):
                along = sum(map(float.__mul__, line, cos_x[i]))
                for j in range(down):
                    factors[j * across + i][channel] += along * cos_y[j][y]
    area = width * height
    for place, factor in enumerate(factors):
        scale = (1 if place == 0 else 2) / area
        factor[:] = [value * scale for value in factor]
    most = max((abs(v) for f in factors[1:] for v in f), default=0.0)
    quantised = max(0, min(82, math.floor(most * 166 - 0.5))) if len(factors) > 1 else 0
    unit = (quantised + 1) / 166 if len(factors) > 1 else 1.0
    parts = [_digits(across - 1 + (down - 1) * 9, 1), _digits(quantised, 1), _digits(_colour(factors[0]), 4)]
    parts += [_digits(_detail(f, unit), 2) for f in factors[1:]]
    return "".join(parts)


def _digits(value: int, count: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in range(count - 1, -1, -1))


def _srgb(value: float) -> int:
    v = max(0.0, min(1.0, value))
    return int(v * 12.92 * 255 + 0.5) if v <= 0.0031308 else int((1.055 * v ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _colour(factor: Sequence[float]) -> int:
    red, green, blue = map(_srgb, factor)
    return red << 16 | green << 8 | blue


def _detail(factor: Sequence[float], unit: float) -> int:
    total = 0
    for value in factor:
        signed = math.copysign(math.sqrt(abs(value / unit)), value)
        total = total * 19 + max(0, min(18, math.floor(signed * 9 + 9.5)))
    return total
