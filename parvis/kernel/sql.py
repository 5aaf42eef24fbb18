"""Hand-written SQL for the hottest reads and writes, on Django's own connection, for both databases.

Placeholders are `?`; `IN ??` takes a list of integers. Everything else goes through the ORM.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

import orjson
from django.db import connections
from django.db.utils import InterfaceError, OperationalError

from parvis.config import environment

_here = threading.local()


def this_database() -> Any:
    """Return this thread's Django connection: looking it up through Django costs more than a small query."""
    try:
        return _here.database
    except AttributeError:
        found = connections["default"]
        if not _keeps_connection():
            return found
        _here.database = found
        return found


def _keeps_connection() -> bool:
    """Django keeps one connection object per thread for good, except while tests lend theirs to server threads."""
    return not environment.flag("PARVIS_TESTING")


class Query:
    """One statement in both dialects. `sqlite` and `postgres` override the common text where they differ."""

    __slots__ = ("_lists", "_postgres", "_sqlite")

    def __init__(self, text: str = "", *, sqlite: str = "", postgres: str = "") -> None:
        lite, pg = sqlite or text, postgres or text
        self._sqlite = lite.replace("IN ??", "IN (SELECT value FROM json_each(?))")
        self._postgres = pg.replace("%", "%%").replace("IN ??", "= ANY(%s)").replace("?", "%s")
        self._lists = "IN ??" in lite

    def rows(self, *params: Any) -> list[tuple[Any, ...]]:
        """Run it and return every row."""
        return self._run(params)[1]

    def row(self, *params: Any) -> tuple[Any, ...] | None:
        """Run it and return the first row, or None."""
        rows = self._run(params)[1]
        return rows[0] if rows else None

    def run(self, *params: Any) -> int:
        """Run it for its effect and return how many rows it touched."""
        return self._run(params)[0]

    def _run(self, params: tuple[Any, ...]) -> tuple[int, list[tuple[Any, ...]]]:
        db = this_database()
        lite = db.vendor == "sqlite"
        if self._lists:
            if lite:
                params = tuple(_as_json(p) if isinstance(p, (list, tuple, set, frozenset)) else p for p in params)
            else:
                params = tuple(list(p) if isinstance(p, (tuple, set, frozenset)) else p for p in params)
        raw = db.connection
        if raw is None or db.force_debug_cursor or (not lite and not db.get_autocommit()):
            return self._through_django(db, params, lite)
        if lite:
            cursor = raw.execute(self._sqlite, params)
            return cursor.rowcount, cursor.fetchall()
        cursor = raw.execute(self._postgres, params, prepare=True)
        return cursor.rowcount, cursor.fetchall() if cursor.description else []

    def _through_django(self, db: Any, params: tuple[Any, ...], lite: bool) -> tuple[int, list[tuple[Any, ...]]]:
        text = self._sqlite.replace("%", "%%").replace("?", "%s") if lite else self._postgres
        with db.cursor() as cursor:
            cursor.execute(text, params)
            return cursor.rowcount, list(cursor.fetchall()) if cursor.description else []


def _as_json(values: Iterable[int]) -> str:
    return orjson.dumps(list(values)).decode()


def aware(moment: datetime | None) -> datetime | None:
    """Return a moment as read by hand-written SQL with its zone: SQLite's columns are UTC without saying so."""
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


_DRIVERS, _TROUBLE = ("psycopg", "sqlite3"), ("OperationalError", "InterfaceError")
_ORDINARY = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT)


def is_lost_connection(problem: BaseException) -> bool:
    """Return whether the database went away (raw drivers raise their own classes beside Django's).

    A lock that another holds, a deadlock, a conflict between transactions or a wrong statement are none of it,
    though the drivers call them OperationalError too.
    """
    cause: BaseException | None = problem
    if isinstance(problem, (OperationalError, InterfaceError)):
        cause = problem.__cause__
    elif not any(c.__module__.startswith(_DRIVERS) and c.__name__ in _TROUBLE for c in type(problem).__mro__):
        return False
    state = getattr(cause, "sqlstate", None)
    if state:  # connection exception, insufficient resources, operator intervention; not a statement that was cancelled
        return state[:2] in ("08", "53", "57") and state != "57014"
    code = getattr(cause, "sqlite_errorcode", None)
    return code is None or code & 0xFF not in _ORDINARY
