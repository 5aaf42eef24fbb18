"""One file that holds a whole square: its database, its media, its mail, its secrets."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import Any

from parvis.config import environment
from parvis.console.main import Refused, version

FORMAT = 1
KEPT = ("square.json", "secrets.json", "media", "originals", "mail")
SQLITE_NAME = "parvis.sqlite3"
POSTGRES_NAME = "parvis.pgdump"


def write(target: Path) -> dict[str, Any]:
    """The file holds the square as it was at one moment; return its manifest. Safe while the square runs.

    The database is copied first: media that a post names is written before the post, so none is missing.
    """
    data = environment.data_dir()
    manifest = {
        "format": FORMAT,
        "parvis": version(),
        "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "database": "postgresql" if environment.text("PARVIS_DATABASE_URL") else "sqlite",
        "domain": environment.domain(),
    }
    part = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=data, prefix="backup-") as folder:
            database = _copy_database(Path(folder))
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            with tarfile.open(part, "w:gz", compresslevel=3) as tar:
                note = Path(folder) / "manifest.json"
                note.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
                tar.add(note, "manifest.json")
                tar.add(database, database.name)
                for name in KEPT:
                    if (data / name).exists():
                        tar.add(data / name, name)
        os.replace(part, target)
    except OSError as error:
        raise Refused(f"the backup could not be written: {error}", "Free some space or choose another FILE.") from None
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _copy_database(folder: Path) -> Path:
    if environment.text("PARVIS_DATABASE_URL"):
        target = folder / POSTGRES_NAME
        _postgres("pg_dump", "--format=custom", "--no-owner", f"--file={target}")
        return target
    target = folder / SQLITE_NAME
    source = sqlite3.connect(f"file:{environment.data_dir() / SQLITE_NAME}?mode=ro", uri=True, timeout=30)
    copy = sqlite3.connect(target)
    with copy:
        source.backup(copy)  # one read transaction: writers go on, the copy is one moment
    copy.close()
    source.close()
    return target


def _postgres(program: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        raise Refused(f"{program} is missing.", "Install PostgreSQL's client: apt-get install postgresql-client")
    known = environment.database()
    variables = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    secret = {name: known[key] for name, key in variables.items() if known[key]}
    done = subprocess.run([program, *arguments], env=os.environ | secret, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()}", "Check PARVIS_DATABASE_URL, then try again.")


def read(source: Path) -> tuple[dict[str, Any], Path | None]:
    """The square of this data directory is the one in the file; return its manifest and where the former one went.

    Unpacks beside the data directory first, so a damaged file changes nothing.
    """
    data = environment.data_dir()
    data.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=data.parent, prefix=data.name + ".restore-"))
    try:
        manifest = _unpack(source, folder)
        if manifest["database"] == "postgresql":
            if not environment.text("PARVIS_DATABASE_URL"):
                raise Refused("this backup holds a PostgreSQL database.", "Set PARVIS_DATABASE_URL to the database to restore into.")
            _postgres("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction",
                      f"--dbname={environment.database()['NAME']}", str(folder / POSTGRES_NAME))  # fmt: skip
            (folder / POSTGRES_NAME).unlink()
        elif environment.text("PARVIS_DATABASE_URL"):
            raise Refused("this backup holds an embedded database.", "Unset PARVIS_DATABASE_URL and restore again.")
        former = _set_aside(data)
        os.chmod(folder, 0o700)
        os.rename(folder, data)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return manifest, former


def _set_aside(data: Path) -> Path | None:
    if not data.exists():
        return None
    if not any(child.name != "run" for child in data.iterdir()):
        shutil.rmtree(data)
        return None
    former = data.with_name(f"{data.name}.before-{datetime.now(timezone.utc):%Y%m%d-%H%M%S}")
    os.rename(data, former)
    return former


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source, "r:gz") as tar:
            for member in _expected(tar):
                target = folder / member.name
                if member.isdir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                content = tar.extractfile(member)
                if content is None:
                    raise Refused(f"{source} is not a backup of Parvis ({member.name}).")
                with open(target, "wb") as out:
                    shutil.copyfileobj(content, out)
                os.chmod(target, 0o600)
        note = folder / "manifest.json"
        manifest = dict(json.loads(note.read_text(encoding="utf-8")))
        note.unlink()
        if manifest["format"] != FORMAT:
            raise Refused("a newer Parvis made this backup.", "Install that version, then restore again.")
        if not (folder / (POSTGRES_NAME if manifest["database"] == "postgresql" else SQLITE_NAME)).exists():
            raise Refused(f"{source} holds no database.", "Choose another backup.")
        return manifest
    except FileNotFoundError:
        raise Refused(f"{source} is not a backup of Parvis, or does not exist.", "Name a file that `parvis backup` wrote.") from None
    except (tarfile.TarError, EOFError, OSError, KeyError, json.JSONDecodeError) as error:
        raise Refused(f"{source} cannot be read as a backup ({error}).", "Choose another; nothing was changed.") from None


def _expected(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members that a backup may hold; refuse links, devices and names that lead elsewhere."""
    allowed = {*KEPT, "manifest.json", SQLITE_NAME, POSTGRES_NAME}
    for member in tar:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or path.parts[0] not in allowed or not (member.isfile() or member.isdir()):
            raise Refused(f"the file holds {member.name!r}, which no backup of Parvis holds.", "Choose another; nothing was changed.")
        yield member
