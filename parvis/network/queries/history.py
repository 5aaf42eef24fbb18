"""What a post said before, who marked it, and who quotes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from parvis.kernel.sql import Query
from parvis.network.models import Favourite, Poll, Post, PostEdit, QuoteState, Visibility

from .posts import PostData

Row = tuple[int, int]


@dataclass(frozen=True, slots=True)
class EditData:
    """One version of a post. media: [{"id", "description", "focus_x", "focus_y"}]."""

    text: str
    html: str
    spoiler_text: str
    sensitive: bool
    media: tuple[dict[str, Any], ...]
    poll_options: tuple[str, ...] | None
    quote_of_id: int | None
    created_at: datetime


def history(post: PostData) -> list[EditData]:
    """Return the versions of a post, oldest first, the present one last; [] when it was never edited. One query."""
    columns = ("text", "html", "spoiler_text", "sensitive", "media", "poll_options", "quote_of_id", "created_at")
    rows: list[Any] = list(PostEdit.objects.filter(post_id=post.id).order_by("id").values_list(*columns))
    versions = []
    for *said, media, options, quote_of_id, moment in rows:
        versions.append(EditData(*said[:4], tuple(media), None if options is None else tuple(options), quote_of_id, moment))  # type: ignore[call-arg]
    return versions


def favouriters(post_id: int, floor: int, ceiling: int, limit: int, forward: bool) -> list[Row]:
    """Return (mark id, account id) of those who favourited a post, between two ids; newest first unless forward."""
    found = Favourite.objects.filter(post_id=post_id, id__gt=floor, id__lt=ceiling)
    return list(found.order_by("id" if forward else "-id").values_list("id", "account_id")[:limit])


def boosters(post_id: int, floor: int, ceiling: int, limit: int, forward: bool) -> list[Row]:
    """Return (boost id, account id) of those who boosted a post for everyone to see."""
    found = Post.objects.filter(boost_of_id=post_id, visibility__lte=Visibility.UNLISTED, id__gt=floor, id__lt=ceiling)
    return list(found.order_by("id" if forward else "-id").values_list("id", "author_id")[:limit])


def quotes(post_id: int, floor: int, ceiling: int, limit: int, forward: bool) -> list[Row]:
    """Return (post id, post id) of the accepted quotes of a post."""
    found = Post.objects.filter(quote_of_id=post_id, quote_state=QuoteState.ACCEPTED, id__gt=floor, id__lt=ceiling)
    return list(found.order_by("id" if forward else "-id").annotate(again=F("id")).values_list("id", "again")[:limit])


_POLLED = Query("SELECT post_id FROM network_poll WHERE id = ?")


def polled_post(poll_id: int) -> int | None:
    """Return the post that a poll belongs to, None when there is no such poll."""
    row = _POLLED.row(poll_id)
    return int(row[0]) if row else None


def poll_expiry(post_id: int) -> datetime | None:
    """Return when a post's poll ends."""
    return Poll.objects.filter(post_id=post_id).values_list("expires_at", flat=True).first()
