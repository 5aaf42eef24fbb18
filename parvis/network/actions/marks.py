"""Favourite, boost, bookmark, pin, vote, mute a thread. Every one may be repeated without effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes, clock, ids
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.kernel.sql import Query
from parvis.network.actions.follows import hold
from parvis.network.actions.posts import insert_post
from parvis.network.events import BoostWithdrawn, FavouriteWithdrawn, PostFavourited, PostPublished
from parvis.network.models import Bookmark, Pin, Poll, PollVote, Post, ThreadMute, Visibility
from parvis.network.queries.posts import PostData

MAX_PINS = 5

_FAVOURITE = Query("INSERT INTO network_favourite (id, account_id, post_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
_UNFAVOURITE = Query("DELETE FROM network_favourite WHERE account_id = ? AND post_id = ?")
_COUNT_FAVOURITE = Query("UPDATE network_post SET favourites_count = favourites_count + ? WHERE id = ?")
_BOOSTED = Query("SELECT id FROM network_post WHERE author_id = ? AND boost_of_id = ?")
_COUNT_BOOST = Query("UPDATE network_post SET boosts_count = boosts_count + ? WHERE id = ?")
_COUNT_POSTS = Query("UPDATE network_account SET posts_count = posts_count + ? WHERE id = ?")


@contextmanager
def _marking() -> Iterator[None]:
    """One transaction; a post that is deleted meanwhile is not found."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise NotFound from None


def favourite(account_id: int, post: PostData) -> None:
    """The account has favourited the post; emits PostFavourited the first time. Raises NotFound."""
    with _marking():
        if _FAVOURITE.run(ids.new_id(), account_id, post.id) == 1:
            if not _COUNT_FAVOURITE.run(1, post.id):
                raise NotFound
            changes.touch(f"p:{post.id}", f"m:{account_id}-{post.id}")
            emit(PostFavourited(post.id, account_id))


def unfavourite(account_id: int, post: PostData) -> None:
    """The account has not favourited the post."""
    with transaction.atomic():
        if _UNFAVOURITE.run(account_id, post.id) == 1:
            _COUNT_FAVOURITE.run(-1, post.id)
            changes.touch(f"p:{post.id}", f"m:{account_id}-{post.id}")
            emit(FavouriteWithdrawn(post.id, account_id))


def may_boost(account_id: int, post: PostData) -> bool:
    """Public and unlisted posts may be boosted by all, followers-only ones by their author."""
    return post.visibility <= Visibility.UNLISTED or (post.visibility == Visibility.PRIVATE and post.author_id == account_id)


def boost(account_id: int, post: PostData, visibility: int | None = None, *, boosted_at: datetime | None = None) -> int:
    """The account has boosted the post; return the boost's id. Raises Forbidden, NotFound.

    boosted_at: for boosts of the past (the demo), whose id then sorts at that moment.
    """
    if not may_boost(account_id, post):
        raise Forbidden(_("This post may not be boosted."), code="boost.not_allowed")
    with _marking():
        hold(account_id)
        known = _BOOSTED.row(account_id, post.id)
        if known:
            return int(known[0])
        boost_id = ids.id_at(boosted_at) if boosted_at else ids.new_id()
        insert_post(
            id=boost_id,
            author_id=account_id,
            created_at=ids.moment_of(boost_id),
            boost_of_id=post.id,
            visibility=int(max(post.visibility, visibility or Visibility.PUBLIC)),
            conversation_id=boost_id,
            local_only=post.local_only,
        )
        _COUNT_POSTS.run(1, account_id)
        if not _COUNT_BOOST.run(1, post.id):
            raise NotFound
        changes.touch(f"p:{post.id}", f"m:{account_id}-{post.id}", f"a:{account_id}")
        emit(PostPublished(boost_id, account_id))
        return boost_id


def unboost(account_id: int, post: PostData) -> None:
    """The account's boost of the post is withdrawn."""
    with transaction.atomic():
        hold(account_id)
        for boost_id in list(Post.objects.filter(author_id=account_id, boost_of_id=post.id).values_list("id", flat=True)):
            Post.objects.filter(id=boost_id).delete()
            _COUNT_POSTS.run(-1, account_id)
            _COUNT_BOOST.run(-1, post.id)
            changes.touch(f"p:{post.id}", f"p:{boost_id}", f"m:{account_id}-{post.id}", f"a:{account_id}")
            emit(BoostWithdrawn(boost_id, account_id, post.id))


def bookmark(account_id: int, post: PostData) -> None:
    """The post is among the account's bookmarks (nobody else knows). Raises NotFound."""
    with _marking():
        if Bookmark.objects.get_or_create(account_id=account_id, post_id=post.id)[1]:
            changes.touch(f"m:{account_id}-{post.id}")


def unbookmark(account_id: int, post: PostData) -> None:
    """The post is not among the account's bookmarks."""
    with transaction.atomic():
        if Bookmark.objects.filter(account_id=account_id, post_id=post.id).delete()[0]:
            changes.touch(f"m:{account_id}-{post.id}")


def pin(account_id: int, post: PostData) -> None:
    """The post is pinned on its author's profile. Raises Invalid."""
    if post.author_id != account_id:
        raise Invalid(_("Validation failed: Someone else's post cannot be pinned"), code="pin.not_yours")
    if post.boost_of_id is not None:
        raise Invalid(_("Validation failed: A boost cannot be pinned"), code="pin.boost")
    if post.visibility == Visibility.DIRECT:
        raise Invalid(_("Validation failed: Posts that are only visible to mentioned users cannot be pinned"), code="pin.direct")
    with _marking():
        hold(account_id)
        if not Pin.objects.filter(account_id=account_id, post_id=post.id).exists():
            if Pin.objects.filter(account_id=account_id).count() >= MAX_PINS:
                raise Invalid(_("Validation failed: You have already pinned the maximum number of posts"), code="pin.too_many")
            Pin.objects.create(account_id=account_id, post_id=post.id)
            changes.touch(f"m:{account_id}-{post.id}")


def unpin(account_id: int, post: PostData) -> None:
    """The post is no longer pinned."""
    with transaction.atomic():
        if Pin.objects.filter(account_id=account_id, post_id=post.id).delete()[0]:
            changes.touch(f"m:{account_id}-{post.id}")


def mute_thread(account_id: int, post: PostData) -> None:
    """The account gets no more notifications from this conversation."""
    with transaction.atomic():
        ThreadMute.objects.get_or_create(account_id=account_id, conversation_id=post.conversation_id)
        changes.touch(f"v:{account_id}")


def unmute_thread(account_id: int, post: PostData) -> None:
    """The account hears of this conversation again."""
    with transaction.atomic():
        ThreadMute.objects.filter(account_id=account_id, conversation_id=post.conversation_id).delete()
        changes.touch(f"v:{account_id}")


def vote(account_id: int, post: PostData, choices: Sequence[int]) -> None:
    """The account's vote is counted, once. Raises NotFound, Invalid (own poll, ended, voted, bad choice)."""
    with transaction.atomic():
        poll = Poll.objects.select_for_update().filter(post_id=post.id).first()
        if poll is None:
            raise NotFound
        wanted = sorted(set(choices))
        if post.author_id == account_id:
            raise Invalid(_("Validation failed: You cannot vote in your own polls"), code="vote.own")
        if poll.expires_at and poll.expires_at <= clock.now():
            raise Invalid(_("Validation failed: The poll has already ended"), code="vote.ended")
        if not wanted or any(not 0 <= c < len(poll.options) for c in wanted) or (len(wanted) > 1 and not poll.multiple):
            raise Invalid(_("Validation failed: The chosen vote option does not exist"), code="vote.choice")
        if PollVote.objects.filter(poll=poll, account_id=account_id).exists():
            raise Invalid(_("Validation failed: You have already voted on this poll"), code="vote.again")
        PollVote.objects.bulk_create([PollVote(poll=poll, account_id=account_id, choice=c) for c in wanted])
        for c in wanted:
            poll.counts[c] += 1
        poll.votes_count += len(wanted)
        poll.voters_count += 1
        poll.save(update_fields=["counts", "votes_count", "voters_count"])
        changes.touch(f"p:{post.id}", f"m:{account_id}-{post.id}")


