"""Mastodon's Conversation entity."""

from __future__ import annotations

from collections.abc import Sequence

from parvis.feeds.queries import filters
from parvis.feeds.queries.conversations import ConversationData
from parvis.mastodon import status
from parvis.mastodon.account import account_bytes
from parvis.network.queries import Viewer, posts


def page(viewer: Viewer, found: Sequence[ConversationData]) -> bytes:
    """Return a JSON list of Conversation entities."""
    return b"[" + b",".join(documents(viewer, found)) + b"]"


def documents(viewer: Viewer, found: Sequence[ConversationData]) -> list[bytes]:
    """Return Conversation entities as JSON bytes, in this order.

    Somebody who wrote to themselves alone is their own participant, as in Mastodon.
    """
    last = [c.last_post_id for c in found if c.last_post_id]
    rendered = status.prepare(viewer, posts(last), filters.results(viewer, "")[1])
    people = account_bytes({viewer.account_id, *(i for c in found for i in c.participant_ids)})
    out = []
    for one in found:
        members = [people[i] for i in one.participant_ids or (viewer.account_id,) if i in people]
        body = rendered.one(one.last_post_id) if one.last_post_id else None
        out.append(
            b'{"id":"%d","unread":%s,"accounts":[%s],"last_status":%s}'
            % (one.id, b"true" if one.unread else b"false", b",".join(members), body or b"null")
        )
    return out
