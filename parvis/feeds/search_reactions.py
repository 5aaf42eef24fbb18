"""The search indexes follow what is published and how people call themselves. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parvis.feeds import search
from parvis.feeds.actions.people import index_people
from parvis.kernel import changes
from parvis.network.events import PostDeleted, PostEdited, PostPublished
from parvis.network.queries import posts


def index_posts(events: Sequence[PostPublished | PostEdited]) -> None:
    """Published and edited posts are found by their present words."""
    changes.sync()
    search.put_posts(list(posts({e.post_id for e in events}).values()))


def forget_posts(events: Sequence[PostDeleted]) -> None:
    """Deleted posts are no longer in the index."""
    search.take_posts([e.post_id for e in events])


def index_accounts(events: Sequence[Any]) -> None:
    """Accounts that registered or changed their profile are found by their present names (events carry account_id)."""
    index_people({e.account_id for e in events})
