"""Which hashtags a person follows, and which they use."""

from __future__ import annotations

from collections.abc import Iterable

from parvis.kernel.sql import Query
from parvis.network import formatting
from parvis.network.models import FeaturedTag, Hashtag, TagFollow

from .people import Span
from .viewers import Viewer

OWN = 10
RECENT_POSTS = 1_000

_OWN = Query(
    "SELECT t.tag_id, count(*) FROM network_posttag t JOIN (SELECT id FROM network_post WHERE author_id = ? AND visibility < 2"
    " ORDER BY id DESC LIMIT ?) AS p ON p.id = t.post_id GROUP BY t.tag_id ORDER BY count(*) DESC, max(t.post_id) DESC LIMIT ?"
)


def followed_tags(viewer: Viewer, span: Span) -> list[tuple[int, Hashtag]]:
    """Return a page of (follow's id, hashtag), newest first. One query."""
    found = TagFollow.objects.filter(account_id=viewer.account_id, id__gt=span.floor, id__lt=span.ceiling).select_related("tag")
    rows = [(one.id, one.tag) for one in found.order_by("id" if span.forward else "-id")[: span.limit]]
    return rows[::-1] if span.forward else rows


def own_tags(viewer: Viewer) -> list[Hashtag]:
    """Return the hashtags that the viewer used most in their latest posts, without those they feature. Three queries."""
    used = [row[0] for row in _OWN.rows(viewer.account_id, RECENT_POSTS, OWN * 2)]
    featured = set(FeaturedTag.objects.filter(account_id=viewer.account_id).values_list("tag_id", flat=True))
    known = Hashtag.objects.in_bulk(used)
    return [known[i] for i in used if i in known and i not in featured][:OWN]


def tag_ids(names: Iterable[str]) -> list[int]:
    """Return the ids of those of these hashtags that exist. One query."""
    stored = {formatting.normalize_tag(name.strip().removeprefix("#")) for name in names}
    return list(Hashtag.objects.filter(name__in=stored).values_list("id", flat=True)) if stored else []
