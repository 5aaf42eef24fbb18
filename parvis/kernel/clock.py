"""The one clock, so that tests can freeze it, and the one way to write a moment."""

from __future__ import annotations

import time
from datetime import datetime, timezone


def now() -> datetime:
    """Return the current moment, UTC."""
    return datetime.now(timezone.utc)


def now_ms() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def iso(moment: datetime | None) -> str | None:
    """Return a moment as Mastodon writes it: 2026-01-31T12:00:00.000Z."""
    if moment is None:
        return None
    moment = moment.astimezone(timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def iso_ms(ms: int) -> str:
    """Return milliseconds since 1970 as Mastodon writes a moment."""
    seconds, rest = divmod(ms, 1000)
    t = time.gmtime(seconds)
    return f"{t[0]:04d}-{t[1]:02d}-{t[2]:02d}T{t[3]:02d}:{t[4]:02d}:{t[5]:02d}.{rest:03d}Z"
