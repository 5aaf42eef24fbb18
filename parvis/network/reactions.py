"""What the network does after its own facts: notifications. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from parvis.network.actions import notifications, notifying
from parvis.network.events import (
    BoostWithdrawn,
    FavouriteWithdrawn,
    Followed,
    FollowRequested,
    PollEnded,
    PostEdited,
    PostFavourited,
    PostPublished,
    QuoteDecided,
    Unfollowed,
)
from parvis.network.models import Post, QuoteState


def notify_published(events: Sequence[PostPublished]) -> None:
    """Those named, those who asked for an author's posts, and the authors of boosted posts are told."""
    with transaction.atomic():
        notifying.notify(notifying.PUBLISHED, [e.post_id for e in events])


def notify_favourited(events: Sequence[PostFavourited]) -> None:
    """Authors are told of favourites."""
    with transaction.atomic():
        notifying.notify(notifying.FAVOURITED, [(e.account_id, e.post_id) for e in events])


def notify_followed(events: Sequence[Followed]) -> None:
    """People are told who follows them; an accepted request is not told again."""
    pairs = [(e.follower_id, e.followee_id) for e in events]
    with transaction.atomic():
        notifications.accept_follow_requests(pairs)
        notifying.notify(notifying.FOLLOWED, pairs)


def notify_requested(events: Sequence[FollowRequested]) -> None:
    """People are told who asks to follow them."""
    with transaction.atomic():
        notifying.notify(notifying.REQUESTED, [(e.follower_id, e.followee_id) for e in events])


def notify_edited(events: Sequence[PostEdited]) -> None:
    """Those newly named hear of the post; those who boosted it, voted in it or quote it, of its newest edit."""
    edits = list({e.post_id: (e.post_id, e.edit_id) for e in sorted(events, key=lambda e: e.edit_id)}.values())
    with transaction.atomic():
        quoting = Post.objects.filter(quote_of__in=[e[0] for e in edits]).values_list("id", "quote_of_id")
        newest = dict(edits)
        notifying.forget_older_edits(edits, [(post_id, newest[quoted]) for post_id, quoted in quoting])
        notifying.notify(notifying.EDITED, edits)
        notifying.notify(notifying.NAMED, [e[0] for e in edits])


def notify_poll_ended(events: Sequence[PollEnded]) -> None:
    """A poll's author and voters are told of its end."""
    with transaction.atomic():
        notifying.notify(notifying.POLL_ENDED, [e.post_id for e in events])


def notify_quoted(events: Sequence[QuoteDecided]) -> None:
    """Authors are told who quotes them, once the quote stands."""
    accepted = [e.post_id for e in events if e.state == QuoteState.ACCEPTED]
    if accepted:
        with transaction.atomic():
            notifying.notify(notifying.QUOTED, accepted)


def forget_favourites(events: Sequence[FavouriteWithdrawn]) -> None:
    """Withdrawn favourites are no longer told."""
    with transaction.atomic():
        notifications.withdraw("favourite", [(e.account_id, e.post_id) for e in events])


def forget_boosts(events: Sequence[BoostWithdrawn]) -> None:
    """Withdrawn boosts are no longer told."""
    with transaction.atomic():
        notifications.withdraw("reblog", [(e.author_id, e.post_id) for e in events])


def forget_follows(events: Sequence[Unfollowed]) -> None:
    """Ended follows are no longer told."""
    with transaction.atomic():
        notifications.withdraw("follow", [(e.follower_id, e.followee_id) for e in events])
