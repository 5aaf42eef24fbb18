"""What feeds do after facts of the network. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from parvis.feeds import actions
from parvis.kernel import changes
from parvis.network.events import (
    AccountBlocked,
    AccountHidden,
    BoostWithdrawn,
    Followed,
    ListChanged,
    ListDeleted,
    ListJoined,
    ListLeft,
    PostDeleted,
    PostPublished,
    TagUnfollowed,
    Unfollowed,
)
from parvis.network.models import AccountList, Follow, ListMember
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
            actions.fill_home(event.follower_id, event.followee_id)


def empty_homes(events: Sequence[Unfollowed]) -> None:
    """What an unfollowed account wrote leaves the home and the lists, unless it is followed anew."""
    with transaction.atomic():
        for event in events:
            if not Follow.objects.filter(follower_id=event.follower_id, followee_id=event.followee_id).exists():
                actions.take_author(event.follower_id, event.followee_id)
                actions.take_author_from_lists(event.follower_id, event.followee_id)


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


def part_homes(events: Sequence[AccountBlocked]) -> None:
    """What two people wrote leaves each other's homes and lists when one blocks the other."""
    with transaction.atomic():
        for event in events:
            for one, other in ((event.blocker_id, event.blocked_id), (event.blocked_id, event.blocker_id)):
                if not Follow.objects.filter(follower_id=one, followee_id=other).exists():
                    actions.take_author(one, other)
                    actions.take_author_from_lists(one, other)


def fill_lists(events: Sequence[ListJoined]) -> None:
    """A list's timeline begins with its new member's latest posts; an exclusive list takes them from home."""
    with transaction.atomic():
        for event in events:
            member = ListMember.objects.filter(list_id=event.list_id, account_id=event.member_id).select_related("list").first()
            if member is None:
                continue
            actions.fill(event.list_id, event.member_id)
            if member.list.exclusive and event.member_id != event.account_id:
                actions.take_author(event.account_id, event.member_id)


def empty_lists(events: Sequence[ListLeft]) -> None:
    """Who left a list leaves its timeline, and stands in the home again if an exclusive list kept them from it."""
    with transaction.atomic():
        for event in events:
            if not ListMember.objects.filter(list_id=event.list_id, account_id=event.member_id).exists():
                actions.take_author(event.list_id, event.member_id)
            actions.fill_home(event.account_id, event.member_id)


def turn_lists(events: Sequence[ListChanged]) -> None:
    """Members of a list that became exclusive leave the home; of one that no longer is, they come back."""
    with transaction.atomic():
        for found in AccountList.objects.filter(id__in=[e.list_id for e in events]):
            for member_id in ListMember.objects.filter(list_id=found.id).values_list("account_id", flat=True):
                if member_id == found.account_id:
                    continue
                if found.exclusive:
                    actions.take_author(found.account_id, member_id)
                else:
                    actions.fill_home(found.account_id, member_id)


def forget_lists(events: Sequence[ListDeleted]) -> None:
    """A deleted list's timeline is gone."""
    with transaction.atomic():
        for event in events:
            actions.take_feed(event.list_id)


def take_tags(events: Sequence[TagUnfollowed]) -> None:
    """What stood in a home for the sake of a hashtag that is no longer followed is gone."""
    with transaction.atomic():
        for event in events:
            actions.take_tag(event.account_id, event.tag_id)
