"""Caches that are exact across processes, because each request first reads what changed in the database.

A write transaction calls `touch("p:12", "a:7")`: the keys are committed with it, or not at all. A request
begins with `sync()`, one short query, which drops those keys from this process's caches. A lost Redis, a
killed process or a second machine therefore cannot leave a stale answer (ADR-0002).

On SQLite, commits and `seq` have the same order. On PostgreSQL a lower seq may commit later, so rows are
read by transaction id from the oldest transaction that was still open at the last read, and applied once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from parvis.kernel.clock import now_ms
from parvis.kernel.sql import Query, this_database

V = TypeVar("V")

KEEP_S = 3600.0
FORGET_AFTER_S = 900.0

_SINCE = Query(sqlite="SELECT seq, keys FROM kernel_change WHERE seq > ?")
_SINCE_XID = Query(
    postgres="SELECT c.seq, c.keys, c.xid, pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    " FROM (SELECT 1) AS one LEFT JOIN kernel_change c ON c.xid >= ?"
)
_NEWEST = Query("SELECT coalesce(max(seq), 0) FROM kernel_change")
_XMIN = Query(postgres="SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_TOUCH = Query(
    sqlite="INSERT INTO kernel_change (xid, keys, at_ms) VALUES (0, ?, ?)",
    postgres="INSERT INTO kernel_change (xid, keys, at_ms) VALUES (pg_current_xact_id()::text::bigint, ?, ?)",
)
_PRUNE = Query("DELETE FROM kernel_change WHERE at_ms < ?")

_lock = threading.RLock()
_caches: dict[str, list[Cache[Any]]] = {}
_listeners: list[Callable[[str], None]] = []


class _Position:
    """How far this process has read: a seq on SQLite, a transaction id and the seqs seen from it on PostgreSQL."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seq = 0
        self.xid = 0
        self.seen: dict[int, int] = {}
        self.applied = 0
        self.at = 0.0
        self.started = False


_position = _Position()


class Cache(Generic[V]):
    """A bounded dictionary in this process whose entries the change feed drops.

    prefix: the part of a change key before its colon; the rest of the key is the entry's key.
    Eviction is first in, first out: what is hot comes back with one query.
    """

    def __init__(self, prefix: str, *, size: int, key: Callable[[str], Hashable] = int) -> None:
        self.prefix, self.size = prefix, size
        self.entries: dict[Any, V] = {}
        self._key = key
        self._dropped: dict[Hashable, int] = {}
        self._floor = 0
        _caches.setdefault(prefix, []).append(self)

    def mark(self) -> int:
        """Return the moment to pass to `put`; take it before the database is read."""
        return _position.applied

    def put(self, key: Hashable, value: V, mark: int) -> None:
        """Keep a value, unless its key was dropped after `mark` (the value may predate that change)."""
        if mark != _position.applied and (mark < self._floor or self._dropped.get(key, 0) > mark):
            return
        entries = self.entries
        if len(entries) >= self.size and key not in entries:
            with _lock:
                for old in list(entries)[: max(1, self.size // 10)]:
                    entries.pop(old, None)
        entries[key] = value

    def drop(self, rest: str, at: int) -> None:
        """Forget the entry that a change key names."""
        key = self._key(rest)
        self.entries.pop(key, None)
        self._dropped[key] = at
        if len(self._dropped) > 20_000:
            self.forget_drops(at)

    def forget_drops(self, at: int) -> None:
        """Forget when keys were dropped; values read before this moment are then refused altogether."""
        self._dropped.clear()
        self._floor = at

    def clear(self) -> None:
        """Drop every entry."""
        self.entries.clear()
        self.forget_drops(_position.applied)


def _all_caches() -> list[Cache[Any]]:
    return [cache for same in _caches.values() for cache in same]


def on_change(listener: Callable[[str], None]) -> None:
    """Call `listener(key)` for every change key that this process reads."""
    _listeners.append(listener)


def touch(*keys: str) -> None:
    """Record, in the open transaction, that what caches hold under these keys is no longer true."""
    if keys:
        _TOUCH.run(" ".join(keys), now_ms())


def sync() -> None:
    """Drop from this process's caches what was committed since the last call. One query."""
    position = _position
    lite = this_database().vendor == "sqlite"
    now = time.monotonic()
    if not position.started or now - position.at > FORGET_AFTER_S:
        _start(lite, now)
        return
    if lite:
        rows: list[tuple[Any, ...]] = _SINCE.rows(position.seq)
        position.at = now
        if not rows:
            return
        with _lock:
            for seq, keys in rows:
                if seq > position.seq:
                    _apply(keys)
                    position.seq = seq
        return
    found = _SINCE_XID.rows(position.xid)
    position.at = now
    horizon = found[0][3]
    if found[0][0] is None and horizon == position.xid:
        return
    with _lock:
        for seq, keys, xid, _ in found:
            if seq is not None and seq not in position.seen:
                _apply(keys)
                position.seen[seq] = xid
        if horizon > position.xid:
            position.xid = horizon
            position.seen = {s: x for s, x in position.seen.items() if x >= horizon}


def _start(lite: bool, now: float) -> None:
    """Begin with empty caches at the present end of the feed."""
    with _lock:
        if lite:
            row = _NEWEST.row()
            _position.seq = row[0] if row else 0
        else:
            row = _XMIN.row()
            _position.xid = row[0] if row else 0
            _position.seen = {}
        _position.applied += 1
        for cache in _all_caches():
            cache.clear()
        for listener in _listeners:
            listener("*")
        _position.at = now
        _position.started = True


def _apply(keys: str) -> None:
    _position.applied += 1
    at = _position.applied
    for key in keys.split(" "):
        prefix, _, rest = key.partition(":")
        for cache in _caches.get(prefix, ()):
            if rest == "*":
                cache.clear()
            else:
                cache.drop(rest, at)
        for listener in _listeners:
            listener(key)


def prune() -> int:
    """Delete changes older than an hour (every process has read them, or will start afresh)."""
    return _PRUNE.run(now_ms() - int(KEEP_S * 1000))


def forget() -> None:
    """Empty every cache and start anew at the next `sync` (tests, and after a fork)."""
    with _lock:
        for cache in _all_caches():
            cache.clear()
        _position.started = False
