"""Counts requests per key and window in a file shared by every process of the machine (memory-mapped).

A slot is 16 bytes: hash of the key, window number, count. Two increments in the same microsecond may count as
one, so a limit can be passed by a hair, never lost; a lock would cost more than the count.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
import zlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings

SLOTS = 1 << 16
_SLOT = struct.Struct("<III4x")
_map: Any = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a limit: resets at `reset_s` (seconds since 1970)."""

    limit: int
    remaining: int
    reset_s: int

    @property
    def spent(self) -> bool:
        return self.remaining < 0


def _open() -> Any:
    global _map
    path = settings.DATA_DIR / "run" / "rates"
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(fd).st_size < SLOTS * _SLOT.size:
            os.ftruncate(fd, SLOTS * _SLOT.size)
        _map = mmap.mmap(fd, SLOTS * _SLOT.size)
    finally:
        os.close(fd)
    return _map


def spend(key: str, *, limit: int, window_s: int) -> Budget:
    """Count one more for this key in the present window, and return what is left (negative when spent)."""
    shared = _map or _open()
    now = int(time.time())
    window = now // window_s
    digest = zlib.crc32(key.encode()) or 1
    first = (digest * 2654435761 + window_s) % SLOTS
    chosen = first
    for step in range(8):
        at = (first + step) % SLOTS
        known, when, count = _SLOT.unpack_from(shared, at * _SLOT.size)
        if known == digest:
            chosen = at
            count = count + 1 if when == window else 1
            break
        if known == 0:
            chosen, count = at, 1
            break
    else:
        count = 1  # eight other keys stand here: the first of them is forgotten
    _SLOT.pack_into(shared, chosen * _SLOT.size, digest, window, count)
    return Budget(limit, limit - count, (window + 1) * window_s)
