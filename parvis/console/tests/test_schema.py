"""The short way to a fresh database leads to the same tables as the long way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def _migrate(folder: Path, *arguments: str) -> dict[str, Any]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PARVIS_")} | {"PARVIS_DATA": str(folder)}
    command = [sys.executable, "-m", "django", "migrate", "-v", "0", *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    return _tables(folder / "parvis.sqlite3")


def _tables(path: Path) -> dict[str, Any]:
    """Return columns, references and indexes by table, in an order that does not depend on how they came about."""
    db = sqlite3.connect(path)
    tables: dict[str, Any] = {"migrations": sorted(db.execute("SELECT app, name FROM django_migrations"))}
    for name, kind in db.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'trigger') AND name NOT LIKE 'sqlite_%'"):
        if kind == "trigger":
            tables[f"trigger {name}"] = True
            continue
        indexes = {}
        for row in db.execute(f"PRAGMA index_list({name})"):
            fields = tuple((str(x[2]), x[3]) for x in db.execute(f"PRAGMA index_xinfo('{row[1]}')") if x[5])
            (text,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [row[1]]).fetchone() or ("",)
            text = text or ""
            condition = text.partition(" WHERE ")[2]
            indexes[row[1] if text else str(fields)] = (row[2], fields, condition)
        tables[name] = {
            "columns": sorted((r[1], r[2].lower(), r[3], r[4], r[5] > 0) for r in db.execute(f"PRAGMA table_xinfo({name})")),
            "references": sorted((r[2], r[3], r[4]) for r in db.execute(f"PRAGMA foreign_key_list({name})")),
            "indexes": indexes,
        }
    db.close()
    return tables


@pytest.mark.slow
@pytest.mark.sqlite
def test_fresh_database_equals_the_one_made_migration_by_migration(tmp_path: Path) -> None:
    short = _migrate(tmp_path / "short")
    long = _migrate(tmp_path / "long", "--step-by-step")
    assert short.keys() == long.keys()
    for name in long:
        assert short[name] == long[name], name
    assert "network_post" in short
    assert len(short["migrations"]) > 50
