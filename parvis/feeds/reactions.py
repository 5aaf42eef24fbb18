"""What feeds do after facts of the network. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from parvis.feeds import actions
from parvis.kernel import changes
from parvis.network.events import AccountHidden, BoostWithdrawn, Followed, PostDeleted, PostPublished, Unfollowed
from parvis.network.queries import accounts, posts


def fan_out_posts(events: Sequence[PostPublished]) -> None:
    """Published posts stand in their followers' homes."""
    changes.sync()
    found = posts(e.post_id for e in events)
    authors = accounts({e.author_id for e in events})
    with transaction.atomic():
        for event in events:
            post, author = found.get(event.post_id), authors.get(event.author_id)
            if post is not None and author is not None:
                actions.fan_out(post, merged_on_read=author.merged_on_read)


def fill_homes(events: Sequence[Followed]) -> None:
    """A follower's home begins with the followee's latest posts."""
    with transaction.atomic():
        for event in events:
            actions.fill(event.follower_id, event.followee_id)


def empty_homes(events: Sequence[Unfollowed]) -> None:
    """What an unfollowed account wrote leaves the home."""
    with transaction.atomic():
        for event in events:
            actions.take_author(event.follower_id, event.followee_id)


def take_posts(events: Sequence[PostDeleted]) -> None:
    """Deleted posts leave every feed."""
    with transaction.atomic():
        for event in events:
            actions.take_post(event.post_id)


def take_boosts(events: Sequence[BoostWithdrawn]) -> None:
    """Withdrawn boosts leave every feed."""
    with transaction.atomic():
        for event in events:
            actions.take_entry(event.boost_id, event.post_id)


def forget_hidden(events: Sequence[AccountHidden]) -> None:
    """Caches notice that an account is hidden (its entries are filtered when read)."""
    with transaction.atomic():
        for event in events:
            changes.touch(f"a:{event.account_id}")
