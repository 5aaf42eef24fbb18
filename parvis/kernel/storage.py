"""Files by path, on Django's storages: "default" for what is published, "originals" for its owner's eyes alone.

A path is chosen here and nowhere else: never a part of a name that somebody sent, and not to be guessed.
On disk a file appears whole or not at all.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

ORIGINALS = "originals/"
_CHUNK = 256 * 1024


def new_path(folder: str, suffix: str) -> str:
    """Return a path that nobody can guess: FOLDER/ab/cd/128 random bits, with a suffix such as ".jpg"."""
    token = base64.b32encode(secrets.token_bytes(20)).decode().lower()
    return f"{folder}/{token[:2]}/{token[2:4]}/{token[4:]}{suffix}"


def _place(path: str) -> tuple[Storage, str]:
    """Return the storage of a path and its name there. Raises ValueError for a path that leads elsewhere."""
    if not is_safe(path):
        raise ValueError(f"not a storage path: {path[:80]!r}")
    if path.startswith(ORIGINALS):
        return storages["originals"], path[len(ORIGINALS) :]
    return storages["default"], path


def is_safe(path: str) -> bool:
    """Return whether a path stays where files are: plain segments, nothing hidden, no way up."""
    return (
        bool(path)
        and len(path) <= 255
        and all(
            part and not part.startswith(".") and all(c.isascii() and (c.isalnum() or c in "-_.") for c in part) for part in path.split("/")
        )
    )


def put(path: str, content: bytes | IO[bytes]) -> str:
    """The content stands at the path, whole; return the path under which it stands.

    content: bytes, or a file that is read from its beginning.
    """
    storage, name = _place(path)
    if not isinstance(storage, FileSystemStorage):
        stored = storage.save(name, ContentFile(content) if isinstance(content, bytes) else File(content))
        return f"{ORIGINALS}{stored}" if path.startswith(ORIGINALS) else str(stored)
    target = Path(storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    fd, part = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(fd, "wb") as out:
            if isinstance(content, bytes):
                out.write(content)
            else:
                content.seek(0)
                shutil.copyfileobj(content, out, _CHUNK)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(part, 0o600 if path.startswith(ORIGINALS) else 0o644)
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
        raise
    return path


def get(path: str) -> IO[bytes]:
    """Return the open file. Raises FileNotFoundError."""
    storage, name = _place(path)
    found: IO[bytes] = storage.open(name, "rb")
    return found


def delete(*paths: str) -> None:
    """Nothing stands at these paths ("" is passed over). Doing it twice changes nothing."""
    for path in paths:
        if path:
            storage, name = _place(path)
            with contextlib.suppress(FileNotFoundError):
                storage.delete(name)


def size(path: str) -> int:
    """Return a file's size in bytes. Raises FileNotFoundError."""
    storage, name = _place(path)
    return int(storage.size(name))


def exists(path: str) -> bool:
    """Return whether a file stands at the path."""
    storage, name = _place(path)
    return bool(storage.exists(name))


def copy(path: str, target: str) -> str:
    """The same content stands at a second path too; on one disk this costs nothing."""
    storage, name = _place(path)
    other, other_name = _place(target)
    if isinstance(storage, FileSystemStorage) and isinstance(other, FileSystemStorage):
        end = Path(other.path(other_name))
        end.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(storage.path(name), end)
            return target
        except OSError:
            pass  # another file system, or one without links
    with get(path) as content:
        return put(target, content)


@contextlib.contextmanager
def on_disk(path: str) -> Iterator[Path]:
    """Yield where the file is on this machine's disk; a copy of it when the storage is elsewhere."""
    storage, name = _place(path)
    if isinstance(storage, FileSystemStorage):
        yield Path(storage.path(name))
        return
    with tempfile.NamedTemporaryFile() as near, get(path) as far:
        shutil.copyfileobj(far, near, _CHUNK)
        near.flush()
        yield Path(near.name)


def url(path: str) -> str:
    """Return the absolute address of a public file; paths that are addresses already are returned as they are."""
    from django.conf import settings

    if path.startswith(("http://", "https://")):
        return path
    base: Any = settings.MEDIA_URL
    return (base if base.startswith("http") else settings.BASE_URL + base) + path
