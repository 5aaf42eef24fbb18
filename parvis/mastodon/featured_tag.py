"""Mastodon's FeaturedTag entity: a hashtag on someone's profile, and how much they used it."""

from __future__ import annotations

from typing import Any

from parvis.kernel.ids import moment_of
from parvis.kernel.sql import Query
from parvis.mastodon.account import profile_url
from parvis.network.models import FeaturedTag
from parvis.network.queries import AccountData

# From the author's own posts to their hashtags, in this order (CROSS JOIN): a hashtag may have millions of others' posts.
_USES = Query(
    "SELECT t.tag_id, count(*), max(p.id) FROM network_post p CROSS JOIN network_posttag t"
    " WHERE p.author_id = ? AND p.visibility < 2 AND t.post_id = p.id AND t.tag_id IN ?? GROUP BY t.tag_id"
)


def documents(account: AccountData, *, only: int | None = None) -> list[dict[str, Any]]:
    """Return the hashtags that an account features, most used first. Two queries. only: this one alone."""
    rows = list(FeaturedTag.objects.filter(account_id=account.id).select_related("tag"))
    if not rows:
        return []
    uses = {row[0]: (row[1], row[2]) for row in _USES.rows(account.id, [f.tag_id for f in rows])}
    shown = sorted(rows, key=lambda f: (-uses.get(f.tag_id, (0, None))[0], f.id))
    return [_document(account, f, *uses.get(f.tag_id, (0, None))) for f in shown if only in (None, f.id)]


def _document(account: AccountData, one: FeaturedTag, count: int, last_id: int | None) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "name": one.name,
        "url": f"{profile_url(account)}/tagged/{one.tag.name}",
        "statuses_count": str(count),
        "last_status_at": moment_of(last_id).date().isoformat() if last_id else None,
    }
