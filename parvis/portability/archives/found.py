"""A post as found in an archive, whichever service handed it out."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

PUBLIC, UNLISTED, PRIVATE, DIRECT = 0, 1, 2, 3


@dataclass(frozen=True)
class FoundMedia:
    """A picture or recording of a post: its path in the archive ("" when it is not there) and what it shows."""

    path: str
    name: str
    description: str = ""
    focus: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class FoundPost:
    """A post to import. `problem` or `passed` says why it cannot or need not be (codes of texts.py).

    key: its id there, or a digest of what it says. narrowest: its audience there; it never gets a wider one.
    """

    key: str
    at_s: float | None
    text: str = ""
    spoiler_text: str = ""
    sensitive: bool = False
    language: str = ""
    answers: str = ""
    narrowest: int = PUBLIC
    media: tuple[FoundMedia, ...] = field(default=())
    problem: str = ""
    passed: str = ""

    @property
    def label(self) -> str:
        """How its author recognises it: when, and how it begins."""
        day = "?" if self.at_s is None else f"{moment(self.at_s):%Y-%m-%d %H:%M}"
        return f"{day} {' '.join(self.text.split())[:80]}".strip()

    def values(self) -> dict[str, Any]:
        """Return it as JSON that `of` reads."""
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, Any]) -> FoundPost:
        media = tuple(FoundMedia(**{**one, "focus": tuple(one["focus"])}) for one in values.get("media", ()))
        return cls(**{**values, "media": media})


def moment(at_s: float) -> datetime:
    """Return seconds since 1970 as a moment, UTC."""
    return datetime.fromtimestamp(at_s, tz=timezone.utc)


def seconds(value: Any) -> float | None:
    """Return what a JSON number or ISO text says as seconds since 1970, None for what is no moment."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if 0 < value < 1e11 else None
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip())
            return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()
        except (ValueError, OverflowError):
            return None
    return None


def text(value: Any) -> str:
    """Return a JSON text that can be stored: without null bytes and lone surrogates; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def repaired(value: Any) -> str:
    """Return a text of Facebook's or Instagram's JSON, where each byte of UTF-8 was written as a character."""
    found = text(value)
    try:
        return text(found.encode("latin-1").decode("utf-8"))
    except (UnicodeEncodeError, UnicodeDecodeError):
        return found


def digest(*parts: object) -> str:
    """Return a key for a post that has no id."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()


def mapping(value: Any) -> dict[str, Any]:
    """Return the value if it is an object, else {}."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:
    """Return the value if it is a list, else []."""
    return value if isinstance(value, list) else []
