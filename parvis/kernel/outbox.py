"""Facts after writes: `emit` stores an event with the transaction that caused it; the worker runs its reactions.

At least once: an event's row is deleted after its reactions ran, so a killed worker runs them again, and
reactions are idempotent. Reactions get a list of events of one kind (a batch costs one transaction). One that
fails is tried alone, event by event, later and with growing pauses, without holding up the others.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import orjson
from django.db import connections, transaction

from parvis.kernel import wake
from parvis.kernel.clock import now_ms
from parvis.kernel.models import OutboxEvent, OutboxRetry
from parvis.kernel.sql import Query

log = logging.getLogger("parvis.outbox")

Reaction = Callable[[Sequence[Any]], None]

BATCH = 200
LEASE_MS = 60_000
MAX_ATTEMPTS = 12

_INSERT = Query("INSERT INTO kernel_outboxevent (kind, body, created_ms, claimed_until_ms) VALUES (?, ?, ?, 0)")
_PENDING = Query("SELECT id, kind, body FROM kernel_outboxevent ORDER BY id LIMIT ?")
_CLAIM = Query(
    postgres="UPDATE kernel_outboxevent SET claimed_until_ms = ? WHERE id IN (SELECT id FROM kernel_outboxevent"
    " WHERE claimed_until_ms < ? ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED) RETURNING id, kind, body"
)
# Every worker holds the shared lock while it lives (its session ends with it): who gets it alone is the only one.
_ALONE = Query(postgres="SELECT pg_try_advisory_lock(7302, 1)")
_NOT_ALONE = Query(postgres="SELECT pg_advisory_unlock(7302, 1)")
_LIVING = Query(postgres="SELECT pg_advisory_lock_shared(7302, 1)")
_FREE = Query(postgres="UPDATE kernel_outboxevent SET claimed_until_ms = 0 WHERE claimed_until_ms > 0")
_DELETE = Query("DELETE FROM kernel_outboxevent WHERE id IN ??")


@dataclass(frozen=True)
class Event:
    """A past-tense fact that carries ids only. Subclasses register themselves by name."""

    kinds: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Event.kinds[cls.__name__] = cls


_reactions: dict[str, list[tuple[str, Reaction]]] = {}


def wire(event: type[Event], *reactions: Reaction) -> None:
    """Run these reactions, in this order, after the event. Only config/wiring.py calls it."""
    known = _reactions.setdefault(event.__name__, [])
    for reaction in reactions:
        name = f"{reaction.__module__}.{getattr(reaction, '__qualname__', reaction)}"
        if all(name != n for n, _ in known):
            known.append((name, reaction))


def wiring() -> dict[str, list[str]]:
    """Return the reactions' names by event, for documentation and tests."""
    return {kind: [name for name, _ in found] for kind, found in _reactions.items()}


def emit(event: Event) -> None:
    """Store the event in the open transaction and wake the worker once it is committed."""
    if not connections["default"].in_atomic_block:
        raise RuntimeError(f"emit({type(event).__name__}) outside a transaction would lose it in a crash")
    _INSERT.run(type(event).__name__, orjson.dumps(asdict(event)).decode(), now_ms())
    transaction.on_commit(_wake_worker)


def _wake_worker() -> None:
    wake.send("worker")


def run_batch(limit: int = BATCH) -> int:
    """Run the reactions of up to `limit` waiting events; return how many events were taken."""
    if connections["default"].vendor == "sqlite":
        rows = _PENDING.rows(limit)  # one worker process claims on SQLite, so no lease is written
    else:
        now = now_ms()
        rows = sorted(_CLAIM.rows(now + LEASE_MS, now, limit))
    if not rows:
        return 0
    failed: list[tuple[int, str, str, str, str]] = []
    for kind, group in _groups(rows):
        for name, reaction in _reactions.get(kind, ()):
            failed += _react(kind, name, reaction, group)
    with transaction.atomic():
        for event_id, kind, body, name, error in failed:
            OutboxRetry.objects.get_or_create(
                event_id=event_id,
                reaction=name,
                defaults={"kind": kind, "body": body, "run_at_ms": now_ms() + 2000, "error": error},
            )
        _DELETE.run([row[0] for row in rows])
    return len(rows)


def _groups(rows: list[tuple[Any, ...]]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Split rows into runs of one kind, keeping their order."""
    groups: list[tuple[str, list[tuple[Any, ...]]]] = []
    for row in rows:
        if groups and groups[-1][0] == row[1]:
            groups[-1][1].append(row)
        else:
            groups.append((row[1], [row]))
    return groups


def load(kind: str, body: str) -> Event:
    """Return the event that a stored row describes."""
    return Event.kinds[kind](**orjson.loads(body))


def _react(kind: str, name: str, reaction: Reaction, rows: list[tuple[Any, ...]]) -> list[tuple[int, str, str, str, str]]:
    """Run one reaction on a batch, then singly if the batch failed; return what still failed."""
    try:
        reaction([load(kind, row[2]) for row in rows])
        return []
    except Exception:
        if len(rows) == 1:
            log.warning("reaction %s failed on event %s", name, rows[0][0], exc_info=True)
            return [(rows[0][0], kind, rows[0][2], name, traceback.format_exc(limit=8))]
    failed = []
    for row in rows:
        failed += _react(kind, name, reaction, [row])
    return failed


def run_retries(limit: int = 50) -> int:
    """Try due reactions that failed before; give up after MAX_ATTEMPTS (kept, marked dead)."""
    due = list(OutboxRetry.objects.filter(dead=False, run_at_ms__lte=now_ms()).order_by("run_at_ms")[:limit])
    for retry in due:
        reaction = dict(_reactions.get(retry.kind, ())).get(retry.reaction)
        try:
            if reaction is not None:
                reaction([load(retry.kind, retry.body)])
            retry.delete()
        except Exception:
            retry.attempts += 1
            retry.error = traceback.format_exc(limit=8)
            retry.dead = retry.attempts >= MAX_ATTEMPTS
            retry.run_at_ms = now_ms() + min(2000 * 2**retry.attempts, 6 * 3600 * 1000)
            retry.save()
            log.warning("reaction %s failed again (%s attempts)", retry.reaction, retry.attempts)
    return len(due)


def drain() -> int:
    """Run every waiting event now, in this process; return how many. For tests and the console."""
    total = 0
    while count := run_batch():
        total += count
    return total


def pending() -> dict[str, int]:
    """Return the queue's length: waiting events, reactions to retry, reactions given up."""
    return {
        "waiting": OutboxEvent.objects.count(),
        "retrying": OutboxRetry.objects.filter(dead=False).count(),
        "dead": OutboxRetry.objects.filter(dead=True).count(),
    }


def take_over() -> bool:
    """What a worker had claimed when it was killed waits no longer, unless another worker lives; return whether none does."""
    if connections["default"].vendor == "sqlite":
        return True
    found = _ALONE.row()
    alone = bool(found and found[0])
    if alone:
        _FREE.run()
        _NOT_ALONE.row()
    _LIVING.row()
    return alone


def work(stop: threading.Event, *, periodic: Callable[[], None] | None = None) -> None:
    """Take events as they come, until `stop` is set. Wakes at once on a datagram, else once a second."""
    sock = wake.listen("worker")
    sock.settimeout(1.0)
    last_periodic, asked, took_over = 0.0, -1.0, False
    while not stop.is_set():
        try:
            if not took_over and time.monotonic() - asked >= 1.0:
                took_over, asked = take_over(), time.monotonic()
            busy = run_batch() > 0
            if time.monotonic() - last_periodic >= 1.0:
                run_retries()
                if periodic is not None:
                    periodic()
                last_periodic = time.monotonic()
        except Exception:
            log.exception("the worker could not take a batch; trying again in a second")
            connections["default"].close()
            took_over = False
            stop.wait(1.0)
            continue
        if busy:
            continue
        try:
            sock.recv(65536)
        except TimeoutError:
            continue
        _empty(sock)


def _empty(sock: Any) -> None:
    """Swallow the wakes that came meanwhile: one look at the table serves them all."""
    sock.setblocking(False)
    try:
        while True:
            sock.recv(65536)
    except BlockingIOError:
        pass
    finally:
        sock.settimeout(1.0)
