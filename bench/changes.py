#!/usr/bin/env python3
"""What exactness costs: microseconds of CPU per request for reading the change feed (ADR-0002).

  .venv/bin/python bench/changes.py                         embedded SQLite
  PARVIS_DATABASE_URL=postgresql://... .venv/bin/python bench/changes.py

Prints the cost of `changes.sync()` when nothing changed, when each request finds one change, and of `touch`.
On PostgreSQL the server's own CPU is not in the figure (it runs elsewhere): add about as much again.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def per_call_us(act: Callable[[], object], n: int = 5000) -> float:
    """Return the median of five measurements, in microseconds of this process's CPU."""
    found = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(n):
            act()
        found.append((time.process_time() - start) / n * 1e6)
    return sorted(found)[2]


def main() -> None:
    os.environ.setdefault("PARVIS_DATA", tempfile.mkdtemp(prefix="parvis-bench-"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from parvis.kernel import changes

    call_command("migrate", verbosity=0)
    changes.sync()

    def touch_and_sync() -> None:
        with transaction.atomic():
            changes.touch("p:1", "a:2")
        changes.sync()

    def empty_transaction() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    quiet = per_call_us(changes.sync)
    busy = per_call_us(touch_and_sync, 500)
    base = per_call_us(empty_transaction, 500)
    print(f"database: {connection.vendor}")
    print(f"sync, nothing changed: {quiet:6.1f} us per request")
    print(f"transaction with touch, then sync that applies it: {busy:6.1f} us (an empty transaction: {base:.1f})")


if __name__ == "__main__":
    main()
