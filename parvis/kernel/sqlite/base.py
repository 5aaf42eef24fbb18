"""SQLite with a turnstile: writers of all processes queue on a file lock instead of polling the database.

SQLite's own busy handler sleeps up to 100 ms between attempts. A blocking flock wakes the next writer at
once, is fair enough, and the kernel releases it when a process is killed.
"""

from __future__ import annotations

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Holds the turnstile from BEGIN IMMEDIATE to COMMIT or ROLLBACK."""

    _gate: int | None = None
    _gate_held = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        name = str(conn_params["database"])
        if self._gate is None and "memory" not in name:
            self._gate = os.open(name + ".gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return connection

    def _enter(self) -> None:
        if self._gate is not None and not self._gate_held:
            fcntl.flock(self._gate, fcntl.LOCK_EX)
            self._gate_held = True

    def _leave(self) -> None:
        if self._gate_held and self._gate is not None:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
            self._gate_held = False

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()
        finally:
            if not self._raw_in_transaction():
                self._leave()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._leave()

    def _raw_in_transaction(self) -> bool:
        return self.connection is not None and bool(self.connection.in_transaction)

    def _close(self) -> Any:
        try:
            return super()._close()
        finally:
            self._leave()
            if self._gate is not None:
                os.close(self._gate)
                self._gate = None
