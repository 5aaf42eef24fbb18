"""What counts as a lost database, and what does not."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django.db.utils import OperationalError

from parvis.kernel.sql import Query, is_lost_connection


def caught(act: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as found:
        act()
    return found.value


def test_a_lock_or_a_wrong_statement_is_no_lost_connection(tmp_path: Path) -> None:
    one, other = (sqlite3.connect(tmp_path / "d", timeout=0, isolation_level=None) for _ in range(2))
    one.execute("BEGIN IMMEDIATE")
    locked = caught(lambda: other.execute("BEGIN IMMEDIATE"))
    assert "locked" in str(locked)
    wrong = caught(lambda: other.execute("SELECT * FROM nowhere"))
    for problem in (locked, wrong):
        assert not is_lost_connection(problem)
        wrapped = OperationalError(str(problem))
        wrapped.__cause__ = problem
        assert not is_lost_connection(wrapped)
    assert not is_lost_connection(ValueError())


def test_a_database_that_cannot_be_opened_is_lost(tmp_path: Path) -> None:
    problem = caught(lambda: sqlite3.connect(tmp_path / "nowhere" / "d").execute("SELECT 1"))
    assert is_lost_connection(problem)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_no_lost_connection_and_an_ended_one_is() -> None:
    lock = Query("SELECT pg_advisory_xact_lock(?)")
    ready = threading.Barrier(2)
    problems: list[BaseException] = []

    def cross(first: int, second: int) -> None:
        try:
            with transaction.atomic():
                lock.run(first)
                ready.wait(10)
                lock.run(second)
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=cross, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [("deadlock" in str(p), is_lost_connection(p)) for p in problems] == [(True, False)]
    with connection.cursor() as cursor:
        ended = caught(lambda: cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert is_lost_connection(ended)
    raw = caught(lambda: Query("SELECT 1").row())
    assert is_lost_connection(raw)
    connection.close()
