"""The square of a data directory as the console sees it: whether it runs, where, and its database made ready."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

from parvis.config import environment
from parvis.console.main import Refused


def run_dir() -> Path:
    """Return DATA/run, made when missing: sockets, locks and the state of the running square."""
    folder = environment.data_dir() / "run"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            f"the data directory {environment.data_dir()} cannot be written ({error.strerror}).",
            "Choose another with --data DIR, or give yourself the right to write there.",
        ) from None
    return folder


class Lock:
    """Held by a running square until its last process ends; the kernel releases it, however they end."""

    def __init__(self) -> None:
        self._fd: int | None = None

    def take(self, patience_s: float = 0.0) -> bool:
        """Hold the lock; return False when another square runs here.

        patience_s: `parvis status` holds it for a moment while it looks.
        """
        fd = os.open(run_dir() / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                os.close(fd)
                return False
            self._fd = fd
            return True

    def release(self) -> None:
        """Let go of it."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def is_running() -> bool:
    """Return whether a square runs on this data directory."""
    if not (environment.data_dir() / "run" / "lock").exists():
        return False
    lock = Lock()
    if lock.take():
        lock.release()
        return False
    return True


def state() -> dict[str, Any]:
    """Return what the running square wrote about itself (pid, url, streaming, pids); {} when there is nothing."""
    try:
        return dict(json.loads((run_dir() / "square.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def write_state(known: dict[str, Any]) -> None:
    """Replace the running square's state file."""
    environment.write_private(run_dir() / "square.json", json.dumps(known))


def forget_state() -> None:
    """Remove the state file."""
    with contextlib.suppress(FileNotFoundError):
        (run_dir() / "square.json").unlink()


def setup_django() -> None:
    """Django is ready; nothing is read from the database yet."""
    run_dir()
    import django

    django.setup()


def prepare_database() -> None:
    """The database has every table, the cache's too. Raises Refused when it does not answer."""
    from django.core.management import call_command
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        call_command("createcachetable", verbosity=0)
    except OperationalError as error:
        raise Refused(
            f"the database does not answer: {str(error).strip().splitlines()[0]}",
            "Check PARVIS_DATABASE_URL and that the server runs, then type: parvis doctor",
        ) from None


def open_database() -> None:
    """Django is ready and the database has every table: for the commands that read and write it."""
    setup_django()
    prepare_database()
