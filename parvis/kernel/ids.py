"""Ids that sort by time: milliseconds since 1970 in the high bits, then a process slot and a counter.

Layout (as Mastodon's, so that clients may derive a date): id = ms << 16 | slot << 10 | counter.
slot: 0..63, one per process of a machine, claimed by a file lock; counter: 0..1023 per millisecond.
"""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from datetime import datetime, timezone

from django.conf import settings

_lock = threading.Lock()
_last_ms = 0
_counter = 0
_slot: int | None = None
_slot_fd: int | None = None
SLOTS = 64


def _claim_slot() -> int:
    """Lock the first free slot file of this machine; a random slot when all are taken."""
    global _slot_fd
    folder = settings.DATA_DIR / "run" / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    first = os.getpid()
    for step in range(SLOTS):
        slot = (first + step) % SLOTS
        fd = os.open(folder / str(slot), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            continue
        _slot_fd = fd
        return slot
    return random.randrange(SLOTS)


def _forget_slot() -> None:
    """A forked child shares its parent's lock, so it claims a slot of its own."""
    global _slot, _slot_fd, _lock
    if _slot_fd is not None:
        os.close(_slot_fd)
    _slot = _slot_fd = None
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget_slot)


def new_id() -> int:
    """Return an id greater than every id this process made before, unique across the machine's processes."""
    global _last_ms, _counter, _slot
    with _lock:
        if _slot is None:
            _slot = _claim_slot()
        now = time.time_ns() // 1_000_000
        if now <= _last_ms:
            _counter += 1
            if _counter >= 1024:
                _last_ms += 1
                _counter = 0
        else:
            _last_ms, _counter = now, 0
        return _last_ms << 16 | _slot << 10 | _counter


def id_at(moment: datetime) -> int:
    """Return an id that sorts at a given moment, for imported posts; the low 16 bits are random."""
    return int(moment.timestamp() * 1000) << 16 | random.getrandbits(16)


def first_id_at(moment: datetime) -> int:
    """Return the smallest id of a moment, to compare with."""
    return int(moment.timestamp() * 1000) << 16


def moment_of(value: int) -> datetime:
    """Return when an id was made, UTC, to the millisecond."""
    return datetime.fromtimestamp((value >> 16) / 1000, tz=timezone.utc)
