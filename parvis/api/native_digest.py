"""When a letter about what is unread may come. Part of our own API (native.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from parvis.api.native_own import Scoped
from parvis.push import actions, queries
from parvis.push.queries import DigestData

router = Router(tags=["own"])


class DigestOut(Schema):
    """When digests come. Off until chosen."""

    rhythm: str = Field(description="off, daily or weekly.")
    hours: list[int] = Field(description="Hours of the day, 0 to 23, in the zone.")
    weekday: int = Field(description="0 is Monday; for weekly digests.")
    zone: str = Field(description="IANA time zone, for example Europe/Paris.")
    next_at: datetime | None = Field(description="When the next one is due; null when off.")


class DigestIn(Schema):
    """What to change; members left out stay."""

    rhythm: str | None = None
    hours: list[int] | None = None
    weekday: int | None = None
    zone: str | None = None


def _digest(found: DigestData) -> dict[str, Any]:
    names = ("rhythm", "weekday", "zone", "next_at")
    return {**{name: getattr(found, name) for name in names}, "hours": list(found.hours)}


@router.get("digest", response=DigestOut, auth=Scoped("read:accounts"), summary="When one's digests come by e-mail")
def digest(request: HttpRequest) -> dict[str, Any]:
    return _digest(queries.digest_of(request.auth.account_id))  # type: ignore[attr-defined]


@router.put("digest", response=DigestOut, auth=Scoped("write:accounts"), summary="Choose when digests come by e-mail")
def choose_digest(request: HttpRequest, body: DigestIn) -> dict[str, Any]:
    """One to four hours a day. A digest is sent only when something is unread."""
    wish = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None}
    return _digest(actions.choose_digest(request.auth.account_id, wish))  # type: ignore[attr-defined]
