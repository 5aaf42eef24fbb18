"""Conversations follow the direct posts in them. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from parvis.kernel import changes
from parvis.network.actions import conversations
from parvis.network.events import PostDeleted, PostPublished
from parvis.network.models import Visibility
from parvis.network.queries import posts


def note_direct_posts(events: Sequence[PostPublished]) -> None:
    """Direct posts stand in their members' conversations."""
    changes.sync()
    found = posts(e.post_id for e in events)
    conversations.note_posts(found[e.post_id] for e in events if e.post_id in found)


def forget_direct_posts(events: Sequence[PostDeleted]) -> None:
    """Conversations no longer end with deleted posts."""
    direct = [e for e in events if e.visibility == Visibility.DIRECT]
    if direct:
        with transaction.atomic():
            for event in direct:
                conversations.forget_post(event.post_id, event.author_id)
