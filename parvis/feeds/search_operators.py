"""What somebody typed into search, understood: words, "phrases", -negations and operators.

Operators: from:name|me, has:media|poll|link|image|video|audio|embed, is:reply|sensitive, before: after: during:
(YYYY-MM-DD), language:xx, in:library|public|all. Anything that is not one of these is looked for as words, so no
text is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from parvis.feeds.search import Phrase
from parvis.feeds.words import words

MAX_LENGTH = 1000
MAX_PHRASES = 32
HAS = ("media", "poll", "link", "image", "video", "audio", "embed")
IS = ("reply", "sensitive")
IN = ("library", "public", "all")

_PART = re.compile(
    r'(?P<minus>-?)(?:(?P<name>[a-z]+):(?:"(?P<quoted_value>[^"]*)"|(?P<value>[^\s"]+))|"(?P<phrase>[^"]*)"|(?P<word>\S+))', re.I
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with its value; negated by a minus before it."""

    name: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class PostQuery:
    """A question about posts. since and until bound the moment of writing: since <= moment < until."""

    phrases: tuple[Phrase, ...] = ()
    conditions: tuple[Condition, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    scope: str = "all"

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the posts down."""
        positive = any(not p.negated for p in self.phrases)
        return not (positive or self.conditions or self.since or self.until or self.scope == "library")


def read(text: str) -> PostQuery:
    """Return what a text asks for; never raises."""
    phrases: list[Phrase] = []
    conditions: list[Condition] = []
    since: datetime | None = None
    until: datetime | None = None
    scope = "all"
    for part in _PART.finditer(text[:MAX_LENGTH]):
        negated = bool(part["minus"])
        name, value = (part["name"] or "").lower(), part["value"] if part["value"] is not None else part["quoted_value"]
        if value is not None:
            day = _day(value) if name in ("before", "after", "during") and not negated else None
            if day is not None:
                if name in ("after", "during"):
                    begin = day + timedelta(days=1) if name == "after" else day
                    since = begin if since is None else max(since, begin)
                if name in ("before", "during"):
                    end = day if name == "before" else day + timedelta(days=1)
                    until = end if until is None else min(until, end)
                continue
            if name == "in" and value.lower() in IN and not negated:
                scope = value.lower()
                continue
            if _is_condition(name, value):
                conditions.append(Condition(name, value.lower(), negated))
                continue
        said = words(part["phrase"] if part["phrase"] is not None else part.group()[len(part["minus"]) :])
        if said and len(phrases) < MAX_PHRASES:
            phrases.append(Phrase(tuple(said), negated))
    return PostQuery(tuple(phrases), tuple(conditions[:MAX_PHRASES]), since, until, scope)


def _is_condition(name: str, value: str) -> bool:
    value = value.lower()
    return (
        (name == "has" and value in HAS)
        or (name == "is" and value in IS)
        or (name == "language" and _LANGUAGE.fullmatch(value) is not None)
        or (name == "from" and bool(value.strip("@")))
    )


def _day(value: str) -> datetime | None:
    """Return the beginning of a day written as YYYY-MM-DD, None for anything else."""
    if not _DAY.fullmatch(value):
        return None
    try:
        found = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return found if 1971 <= found.year <= 3000 else None
