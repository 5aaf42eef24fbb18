"""Mastodon's Announcement entity."""

from __future__ import annotations

from typing import Any

from parvis.feeds.queries.announcements import AnnouncementData, ReactionData
from parvis.kernel.clock import iso
from parvis.mastodon.account import profile_url
from parvis.mastodon.emoji import emoji_of, emojis_in
from parvis.mastodon.tag import tag_url
from parvis.network import formatting
from parvis.network.queries import accounts, id_by_name


def document(one: AnnouncementData) -> dict[str, Any]:
    """Return the Announcement entity as the viewer sees it."""
    return {
        "id": str(one.id),
        "content": one.html,
        "starts_at": iso(one.starts_at),
        "ends_at": iso(one.ends_at),
        "all_day": one.all_day,
        "published_at": iso(one.published_at),
        "updated_at": iso(one.updated_at),
        "read": one.read,
        "mentions": _mentions(one.text),
        "statuses": [],
        "tags": [{"name": name, "url": tag_url(name)} for name in formatting.hashtags(one.text)],
        "emojis": emojis_in(one.text, ""),
        "reactions": [_reaction(r) for r in one.reactions],
    }


def _mentions(text: str) -> list[dict[str, Any]]:
    ids = [id_by_name(name, domain) for name, domain in formatting.mentioned_names(text)]
    return [
        {"id": str(a.id), "username": a.username, "url": profile_url(a), "acct": a.acct}
        for a in accounts(i for i in ids if i).values()
        if not a.hidden
    ]


def _reaction(one: ReactionData) -> dict[str, Any]:
    body: dict[str, Any] = {"name": one.name, "count": one.count, "me": one.me}
    emoji = emoji_of("").get(one.name)
    if emoji is not None:
        body.update(url=emoji["url"], static_url=emoji["static_url"])
    return body
