"""Posts that wait: scheduled ones and drafts. Their author alone reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parvis.kernel.errors import NotFound
from parvis.network.models import Draft, ScheduledPost


@dataclass(frozen=True, slots=True)
class ScheduledData:
    """A post that waits for its moment. failed: why it could not be published, "" while it waits."""

    id: int
    account_id: int
    scheduled_at: datetime
    params: dict[str, Any]
    failed: str


@dataclass(frozen=True, slots=True)
class DraftData:
    """An unfinished post."""

    id: int
    params: dict[str, Any]
    updated_at: datetime


_SCHEDULED = ("id", "account_id", "scheduled_at", "params", "failed")


def scheduled_page(account_id: int, floor: int, ceiling: int, limit: int, forward: bool) -> list[tuple[int, ScheduledData]]:
    """Return (id, post) of this account's waiting posts between two ids, newest first unless forward. One query."""
    rows = ScheduledPost.objects.filter(account_id=account_id, id__gt=floor, id__lt=ceiling)
    return [(row[0], ScheduledData(*row)) for row in rows.order_by("id" if forward else "-id").values_list(*_SCHEDULED)[:limit]]


def scheduled_post(account_id: int, scheduled_id: int) -> ScheduledData:
    """Return one of this account's waiting posts. Raises NotFound."""
    row = ScheduledPost.objects.filter(id=scheduled_id, account_id=account_id).values_list(*_SCHEDULED).first()
    if row is None:
        raise NotFound
    return ScheduledData(*row)


def drafts(account_id: int) -> list[DraftData]:
    """Return this account's drafts, the one written last first. One query."""
    rows = Draft.objects.filter(account_id=account_id).order_by("-updated_at", "-id").values_list("id", "params", "updated_at")
    return [DraftData(*row) for row in rows]


def draft(account_id: int, draft_id: int) -> DraftData:
    """Return one of this account's drafts. Raises NotFound."""
    row = Draft.objects.filter(id=draft_id, account_id=account_id).values_list("id", "params", "updated_at").first()
    if row is None:
        raise NotFound
    return DraftData(*row)


def scheduled_media(account_id: int, besides: int = 0) -> set[int]:
    """Return the media that this account's scheduled posts will show; no other post may take them meanwhile."""
    rows = ScheduledPost.objects.filter(account_id=account_id).exclude(id=besides).values_list("params", flat=True)
    return {int(i) for params in rows for i in params.get("media_ids") or ()}
