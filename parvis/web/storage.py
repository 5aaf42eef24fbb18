"""How much room the square takes: its database, its media, its mailbox."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from parvis.media.queries import bytes_stored


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes on disk; `free` is what the disk of the square's data has left."""

    database: int
    media: int
    mail: int
    free: int


def used() -> Room:
    """Return how much room everything takes: files are counted where they are, media as they were recorded."""
    data = Path(settings.DATA_DIR)
    disk = os.statvfs(data)
    return Room(_database(), bytes_stored(), _folder(data / "mail"), disk.f_bavail * disk.f_frsize)


def _database() -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    name = str(settings.DATABASES["default"]["NAME"])
    return sum(os.path.getsize(name + end) for end in ("", "-wal") if os.path.exists(name + end))


def _folder(folder: Path) -> int:
    return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)) if folder.is_dir() else 0
