"""What the square announces now, with reactions as a person sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from parvis.feeds.models import Announcement, AnnouncementDismissal, AnnouncementReaction
from parvis.kernel import clock
from parvis.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class ReactionData:
    """How many people reacted with this emoji or shortcode, and whether the viewer did."""

    name: str
    count: int
    me: bool


@dataclass(frozen=True, slots=True)
class AnnouncementData:
    id: int
    text: str
    html: str
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    published_at: datetime
    updated_at: datetime
    read: bool
    reactions: tuple[ReactionData, ...]


def _shown() -> Any:
    """Return the announcements that are published and not over."""
    return Announcement.objects.exclude(published_at=None).filter(Q(ends_at=None) | Q(ends_at__gte=clock.now()))


def announcements(account_id: int, *, with_dismissed: bool = False) -> list[AnnouncementData]:
    """Return what is announced now, by its beginning. Three queries."""
    rows = list(_shown())
    rows.sort(key=lambda one: (one.starts_at or one.published_at, one.id))
    return [d for d in _load(account_id, rows) if with_dismissed or not d.read]


def announcement(account_id: int, announcement_id: int) -> AnnouncementData:
    """Return one announcement that is shown. Raises NotFound."""
    found = _load(account_id, list(_shown().filter(id=announcement_id)))
    if not found:
        raise NotFound
    return found[0]


def every_announcement(account_id: int) -> list[AnnouncementData]:
    """Return all announcements, over ones too, latest first: for those who write them."""
    return _load(account_id, list(Announcement.objects.exclude(published_at=None).order_by("-id")[:200]))


def _load(account_id: int, rows: list[Announcement]) -> list[AnnouncementData]:
    ids = [one.id for one in rows]
    if not ids:
        return []
    dismissed = set(
        AnnouncementDismissal.objects.filter(account_id=account_id, announcement_id__in=ids).values_list("announcement_id", flat=True)
    )
    counts: dict[int, dict[str, list[int]]] = {i: {} for i in ids}
    reactions = AnnouncementReaction.objects.filter(announcement_id__in=ids).order_by("id")
    for announcement_id, name, who in reactions.values_list("announcement_id", "name", "account_id"):
        counts[announcement_id].setdefault(name, []).append(who)
    return [
        AnnouncementData(
            id=one.id,
            text=one.text,
            html=one.html,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            all_day=one.all_day,
            published_at=one.published_at or one.updated_at,
            updated_at=one.updated_at,
            read=one.id in dismissed,
            reactions=tuple(ReactionData(name, len(who), account_id in who) for name, who in counts[one.id].items()),
        )
        for one in rows
    ]
