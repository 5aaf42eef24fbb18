"""An account's public posts as RSS, for readers that are not on this square."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.feedgenerator import Enclosure, Rss201rev2Feed
from django.utils.html import escape, strip_tags
from django.utils.text import Truncator

from parvis.feeds.queries import timelines
from parvis.feeds.queries.pages import Cursor
from parvis.kernel.errors import NotFound
from parvis.media.addresses import public_url
from parvis.media.queries import assets_of
from parvis.network.models import Visibility
from parvis.network.queries import account_by_acct, posts
from parvis.web.visitor import arrived

ITEMS = 20


def account_feed(request: Any, acct: str) -> HttpResponse:
    """The latest public posts of a local account, without boosts and replies to others."""
    who = arrived(account_by_acct(acct, settings.DOMAIN))
    if who.hidden or not who.is_local:
        raise NotFound
    rows = timelines.author(None, who.id, Cursor(limit=3 * ITEMS))
    found = posts(row[1] for row in rows if row[0] == row[1])
    shown = [p for i, _ in rows if (p := found.get(i)) and p.visibility == Visibility.PUBLIC and p.in_reply_to_account_id in (None, who.id)]
    home = f"{settings.BASE_URL}/@{who.username}"
    feed = Rss201rev2Feed(title=f"{who.name} (@{who.username})", link=home, description=who.note, feed_url=f"{home}.rss")
    assets = assets_of(p.id for p in shown[:ITEMS] if p.media_count)
    for post in shown[:ITEMS]:
        body = f"<p><b>{escape(post.spoiler_text)}</b></p>" if post.spoiler_text else post.html
        files = [
            Enclosure(public_url(a.file), str(a.size_bytes), a.content_type)
            for a in assets.get(post.id, ())
            if a.file and not post.sensitive
        ]
        feed.add_item(
            title=post.spoiler_text or Truncator(strip_tags(post.html)).chars(80),
            link=f"{home}/{post.id}",
            description=body,
            pubdate=post.created_at,
            unique_id=f"{home}/{post.id}",
            enclosures=files[:1],
            categories=post.tags,
        )
    return HttpResponse(
        feed.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8", headers={"Cache-Control": "public, max-age=300"}
    )
