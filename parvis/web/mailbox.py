"""The mailbox of a square without SMTP: the letters in DATA/mail, for its owner's eyes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings

from parvis.kernel.errors import NotFound

_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{1,20}\.log")
_RULE = b"-" * 79  # what Django's file backend writes after each letter
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that the square wrote. `name` is its file."""

    name: str
    to: str
    subject: str
    at: datetime | None
    body: str


def kept_here() -> bool:
    """Return whether letters are written to DATA/mail instead of being sent."""
    return bool(settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"))


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "mail"


def letters(before: str, limit: int) -> tuple[list[Letter], str]:
    """Return letters, newest first, and the name to go on before ("" at the end)."""
    folder = _folder()
    names = sorted((p.name for p in folder.iterdir() if _NAME.fullmatch(p.name)), reverse=True) if folder.is_dir() else []
    if before:
        names = [name for name in names if name < before]
    return [_read(folder / name) for name in names[:limit]], names[limit - 1] if len(names) > limit else ""


def letter(name: str) -> Letter:
    """Return one letter. Raises NotFound."""
    path = _folder() / name
    if not _NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
        raise NotFound
    return _read(path)


def _read(path: Path) -> Letter:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES)
    message = message_from_bytes(raw.split(b"\n" + _RULE)[0], policy=default)
    assert isinstance(message, EmailMessage)
    date = getattr(message["Date"], "datetime", None)
    if date is not None and date.tzinfo is None:  # "-0000": UTC, says RFC 5322, from a place that is not told
        date = date.replace(tzinfo=timezone.utc)
    part = message.get_body(("plain",))
    return Letter(
        name=path.name,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        at=date,
        body=part.get_content() if part is not None else "",
    )
