"""Mastodon's NotificationRequest entity: what one sender's held notifications are."""

from __future__ import annotations

from collections.abc import Sequence

from parvis.kernel.clock import iso
from parvis.mastodon import status
from parvis.mastodon.account import account_bytes
from parvis.network.queries import Viewer, seen_posts
from parvis.network.queries.notifications import RequestData


def documents(viewer: Viewer, requests: Sequence[RequestData]) -> list[bytes]:
    """Return NotificationRequest entities as JSON bytes; requests of senders that are gone are left out."""
    people = account_bytes({r.from_account_id for r in requests})
    seen = seen_posts(viewer, {r.last_post_id for r in requests if r.last_post_id})
    rendering = status.prepare(viewer, seen)
    found = []
    for r in requests:
        if r.from_account_id not in people:
            continue
        last = rendering.one(r.last_post_id) if r.last_post_id else None
        head = (
            f'{{"id":"{r.id}","created_at":"{iso(r.created_at)}","updated_at":"{iso(r.updated_at)}",'
            f'"notifications_count":"{r.count}","account":'
        )
        found.append(b'%s%s,"last_status":%s}' % (head.encode(), people[r.from_account_id], last or b"null"))
    return found
