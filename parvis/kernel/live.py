"""Tells the streaming process what happened: small messages of ids, sent once the transaction is committed.

They carry no truth and no text: the streaming process reads the database and renders what each viewer may see.
Whoever misses one (streaming was not running) finds the same by reading. Messages are JSON arrays whose first
item says the kind and whose second is unique, because a process may get one both by socket and by Redis:

    ["post", nonce, [post id, author id], ...]         published; ["edit", ...] edited
    ["gone", nonce, [post id, author id, public], ...] deleted, or a boost withdrawn
    ["note", nonce, [notification id, account id], ...]
    ["news", nonce, [announcement id], ...]
    ["emoji", nonce, announcement id, name]
    ["tell", nonce, event, payload, [account ids]]     an event for some people; [] for everyone
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import orjson
from django.db import connections, transaction

from parvis.kernel import wake

ROLE = "realtime"
_PER_MESSAGE = 1000


def send(kind: str, rows: Sequence[Sequence[int]]) -> None:
    """Tell of rows of ids; large batches are split so that each message fits a datagram."""
    for start in range(0, len(rows), _PER_MESSAGE):
        _after_commit([kind, random.getrandbits(48), *rows[start : start + _PER_MESSAGE]])


def send_named(kind: str, row: Sequence[int | str]) -> None:
    """Tell of one row that carries a name beside its id."""
    _after_commit([kind, random.getrandbits(48), *row])


def tell(account_ids: Sequence[int], event: str, payload: str = "") -> None:
    """Send one event to the user streams of some people (filters_changed, notifications_merged)."""
    for start in range(0, len(account_ids), _PER_MESSAGE):
        _after_commit(["tell", random.getrandbits(48), event, payload, list(account_ids[start : start + _PER_MESSAGE])])


def tell_everyone(event: str, payload: str = "") -> None:
    """Send one event to every user stream (announcement, announcement.delete)."""
    _after_commit(["tell", random.getrandbits(48), event, payload, []])


def _after_commit(message: list[Any]) -> None:
    body = orjson.dumps(message)
    if connections["default"].in_atomic_block:
        transaction.on_commit(lambda: wake.send(ROLE, body))
    else:
        wake.send(ROLE, body)
