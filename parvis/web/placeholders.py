"""What stands in a picture's frame before it arrives: a blurhash as a very small PNG in a data address.

The algorithm is the published one (github.com/woltapp/blurhash, Algorithm.md): base 83, a DC and AC components.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_VALUE = {c: i for i, c in enumerate(_DIGITS)}
WIDTH, HEIGHT = 8, 6


def _number(text: str) -> int:
    value = 0
    for c in text:
        value = value * 83 + _VALUE[c]
    return value


def _linear(value: int) -> float:
    v = value / 255
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def _srgb(value: float) -> int:
    v = max(0.0, min(1.0, value))
    return round(255 * (v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055))


def decode(blurhash: str, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Return width * height RGB triples. Raises ValueError for what is not a blurhash."""
    if len(blurhash) < 6 or any(c not in _VALUE for c in blurhash):
        raise ValueError("not a blurhash")
    size = _VALUE[blurhash[0]]
    nx, ny = size % 9 + 1, size // 9 + 1
    if len(blurhash) != 4 + 2 * nx * ny:
        raise ValueError("a blurhash of the wrong length")
    peak = (_VALUE[blurhash[1]] + 1) / 166
    dc = _number(blurhash[2:6])
    colours = [(_linear(dc >> 16), _linear(dc >> 8 & 255), _linear(dc & 255))]
    for i in range(1, nx * ny):
        value = _number(blurhash[4 + 2 * i : 6 + 2 * i])
        parts = (value // 361, value // 19 % 19, value % 19)
        r, g, b = (math.copysign(((q - 9) / 9) ** 2, q - 9) * peak for q in parts)
        colours.append((r, g, b))
    out = bytearray()
    for y in range(height):
        for x in range(width):
            pixel = [0.0, 0.0, 0.0]
            for j in range(ny):
                for i in range(nx):
                    basis = math.cos(math.pi * x * i / width) * math.cos(math.pi * y * j / height)
                    for c in range(3):
                        pixel[c] += colours[i + j * nx][c] * basis
            out += bytes(_srgb(v) for v in pixel)
    return bytes(out)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@lru_cache(maxsize=4096)
def data_address(blurhash: str) -> str:
    """Return the blurhash as a data: address of an 8 by 6 PNG, or "" when it is none."""
    try:
        pixels = decode(blurhash)
    except ValueError:
        return ""
    rows = b"".join(b"\0" + pixels[y * WIDTH * 3 : (y + 1) * WIDTH * 3] for y in range(HEIGHT))
    png = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0))
    png += _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()
