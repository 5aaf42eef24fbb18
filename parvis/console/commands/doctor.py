"""Explains what is wrong with this machine or this square, and what to do about it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from parvis.config import environment
from parvis.console import square
from parvis.console.main import Refused

HELP = "explain what is wrong with this machine"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. level: ok, warning (works, with a loss) or wrong (does not work)."""

    level: str
    what: str
    text: str
    remedy: str = ""


def arguments(parser: argparse.ArgumentParser, data: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Print every finding; the exit status is 1 when something is wrong."""
    findings = [finding for look in LOOKS for finding in look()]
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            print(f"{finding.level:<8} {finding.what}: {finding.text}")
            if finding.remedy:
                print(f"         {finding.remedy}")
    return int(any(finding.level == "wrong" for finding in findings))


def _python() -> Iterator[Finding]:
    found = ".".join(str(n) for n in sys.version_info[:3])
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        yield Finding("wrong", "Python", f"{found} is not supported", "Install Python 3.11, 3.12 or 3.13.")
    else:
        yield Finding("ok", "Python", found)


def _sqlite() -> Iterator[Finding]:
    if environment.text("PARVIS_DATABASE_URL"):
        return
    if sqlite3.sqlite_version_info < (3, 37, 0):
        yield Finding("wrong", "SQLite", f"{sqlite3.sqlite_version} is too old", "Install a Python with SQLite 3.37 or newer.")
        return
    memory = sqlite3.connect(":memory:")
    try:
        memory.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        yield Finding("ok", "SQLite", sqlite3.sqlite_version)
    except sqlite3.OperationalError:
        yield Finding("wrong", "SQLite", "it was built without FTS5, which search needs", "Install Python from your system's packages.")
    finally:
        memory.close()


def _directory() -> Iterator[Finding]:
    folder = environment.data_dir()
    home = folder
    while not home.exists():
        home = home.parent
    if not os.access(home, os.W_OK):
        yield Finding("wrong", "data", f"{folder} cannot be written", "Choose another with --data DIR, or change its owner.")
        return
    free_mb = shutil.disk_usage(home).free // 1_000_000
    level = "wrong" if free_mb < 200 else "warning" if free_mb < 2000 else "ok"
    yield Finding(level, "data", f"{folder}, {free_mb} MB free", "" if level == "ok" else "Free some space on this disk.")
    secrets = folder / "secrets.json"
    if secrets.exists() and secrets.stat().st_mode & 0o077:
        yield Finding("wrong", "secrets", f"others may read {secrets}", f"Type: chmod 600 {secrets}")


def _database() -> Iterator[Finding]:
    try:
        square.setup_django()
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor

        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except Refused as refusal:
        yield Finding("wrong", "database", str(refusal), refusal.remedy)
        return
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        yield Finding("wrong", "database", f"{type(error).__name__}: {first}", "Check PARVIS_DATABASE_URL and that the server runs.")
        return
    if waiting:
        yield Finding("ok", "database", f"{connection.vendor}; {waiting} migrations to apply at the next start")
        return
    yield Finding("ok", "database", f"{connection.vendor}, every table is there")
    from parvis.kernel import outbox

    queue = outbox.pending()
    if queue["dead"]:
        yield Finding("warning", "queue", f"{queue['dead']} reactions were given up", "Their errors are in the table kernel_outboxretry.")
    if queue["waiting"] > 10_000:
        yield Finding("warning", "queue", f"{queue['waiting']} events wait", "The worker is late or not running: parvis status")


def _processes() -> Iterator[Finding]:
    if square.is_running():
        known = square.state()
        yield Finding("ok", "square", f"runs as process {known.get('pid')} at {known.get('url')}")
        return
    yield Finding("ok", "square", "does not run")
    for name, port in (("port", environment.number("PARVIS_PORT")), ("streaming port", environment.streaming_port())):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((environment.text("PARVIS_HOST"), port))
            except OSError as error:
                yield Finding("wrong", name, f"{port}: {error.strerror}", "Choose another: parvis up --port PORT")


def _redis() -> Iterator[Finding]:
    url = environment.text("PARVIS_REDIS_URL")
    if not url:
        return
    import redis

    try:
        redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2).ping()
        yield Finding("ok", "Redis", "answers")
    except redis.RedisError as error:
        yield Finding("wrong", "Redis", str(error), "Start it, or unset PARVIS_REDIS_URL.")


def _media() -> Iterator[Finding]:
    if shutil.which("ffprobe") is None:
        text = "ffmpeg is missing: the length and size of audio and video are unknown"
        yield Finding("warning", "media", text, "Type: apt-get install ffmpeg (or brew install ffmpeg)")


def _settings() -> Iterator[Finding]:
    if environment.text("PARVIS_RATE_LIMITS").lower() == "off":
        yield Finding("warning", "rate limits", "are off: anyone may flood this square", "Unset PARVIS_RATE_LIMITS.")
    local = environment.scheme() == "http"
    if environment.is_demo() and not local:
        yield Finding("wrong", "demo", "anyone may log in with one click on a public domain", "Open a square without --demo.")
    if not environment.text("PARVIS_SMTP_URL") and not local:
        yield Finding("warning", "mail", f"no mail leaves; it is kept in {environment.data_dir() / 'mail'}", "Set PARVIS_SMTP_URL.")
    if not local and not environment.text("PARVIS_STREAMING_URL"):
        text = f"streaming is announced at wss://{environment.domain()}: the proxy must pass /api/v1/streaming"
        yield Finding("warning", "streaming", text, f"Pass it to port {environment.streaming_port()}, or set PARVIS_STREAMING_URL.")
    given = (name for name in os.environ if name.startswith("PARVIS_") and not name.startswith("PARVIS_TEST_"))
    for name in sorted(given):
        if name in environment.VARIABLES:
            continue
        yield Finding("warning", "settings", f"{name} is not a setting of Parvis", "See docs/settings.md.")


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python, _sqlite, _directory, _processes, _database, _redis, _media, _settings,
)  # fmt: skip
