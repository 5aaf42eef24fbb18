"""Mastodon's Tag entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from parvis.feeds.queries import tag_usage
from parvis.network.models import FeaturedTag, Hashtag, TagFollow
from parvis.network.queries import Viewer


@dataclass(frozen=True, slots=True)
class TagData:
    """A hashtag as it is shown. id 0: nobody used it yet."""

    id: int
    name: str
    display_name: str


def tag_data(tag: Hashtag) -> TagData:
    """Return a stored hashtag as plain data."""
    return TagData(tag.pk, tag.name, tag.display_name or tag.name)


def tag_url(name: str) -> str:
    """Return the address of a hashtag's page."""
    return f"{settings.BASE_URL}/tags/{name}"


def documents(viewer: Viewer | None, tags: Sequence[TagData]) -> list[dict[str, Any]]:
    """Return Tag entities, in this order; at most four queries for any number of tags."""
    ids = [t.id for t in tags if t.id]
    history = tag_usage.history(ids)
    followed: set[int] = set()
    featured: set[int] = set()
    if viewer is not None and ids:
        followed = set(TagFollow.objects.filter(account_id=viewer.account_id, tag_id__in=ids).values_list("tag_id", flat=True))
        featured = set(FeaturedTag.objects.filter(account_id=viewer.account_id, tag_id__in=ids).values_list("tag_id", flat=True))
    empty = tag_usage.empty_history()
    found = []
    for tag in tags:
        body: dict[str, Any] = {
            "id": str(tag.id),
            "name": tag.display_name,
            "url": tag_url(tag.name),
            "history": history.get(tag.id, empty),
        }
        if viewer is not None:
            body["following"] = tag.id in followed
            body["featuring"] = tag.id in featured
        found.append(body)
    return found
