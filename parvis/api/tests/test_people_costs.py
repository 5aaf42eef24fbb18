"""Every list of people, posts and hashtags costs the same number of queries for few rows as for many."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.network.models import (
    Account,
    Block,
    Bookmark,
    DomainBlock,
    Endorsement,
    FeaturedTag,
    Follow,
    FollowRequest,
    Hashtag,
    ListMember,
    Mute,
    PostTag,
    TagFollow,
)

PATHS = {
    "/api/v1/accounts/{ada}/followers": 6,
    "/api/v1/accounts/{ada}/following": 6,
    "/api/v1/accounts/{ada}/statuses": 10,
    "/api/v1/accounts/{ada}/statuses?tagged=sea": 11,
    "/api/v1/accounts/{ada}/endorsements": 6,
    "/api/v1/accounts/{ada}/featured_tags": 5,
    "/api/v1/accounts/relationships?{ids}": 4,
    "/api/v1/accounts/familiar_followers?id[]={ada}": 5,
    "/api/v1/follow_requests": 4,
    "/api/v1/blocks": 4,
    "/api/v1/mutes": 5,
    "/api/v1/domain_blocks": 2,
    "/api/v1/endorsements": 4,
    "/api/v1/bookmarks": 8,
    "/api/v1/lists/{list}/accounts": 5,
    "/api/v1/followed_tags": 6,
    "/api/v1/timelines/tag/sea?any[]=sun": 10,
    "/api/v1/directory": 4,
    "/api/v2/suggestions": 6,
}


def fill(square: Any, count: int, list_id: int) -> None:
    """`count` more people stand in every relation to ada, and she has as many more posts and hashtags."""
    ada, bob = square.ids["ada"], square.ids["bob"]
    first = Account.objects.count()
    for i in range(first, first + count):
        who = Account.objects.create(username=f"p{i}", discoverable=True, followers_count=3, posts_count=1)
        Follow.objects.create(follower=who, followee_id=ada)
        Follow.objects.create(follower_id=ada, followee=who)
        FollowRequest.objects.create(follower=who, followee_id=ada)
        Endorsement.objects.create(account_id=ada, endorsed=who)
        ListMember.objects.create(list_id=list_id, account=who)
        other = Account.objects.create(username=f"q{i}", discoverable=True)
        Block.objects.create(blocker_id=ada, blocked=other)
        Mute.objects.create(muter_id=ada, muted=Account.objects.create(username=f"r{i}"))
        DomainBlock.objects.create(account_id=ada, domain=f"d{i}.example")
        stranger = Account.objects.create(username=f"s{i}", discoverable=True, followers_count=2)
        Follow.objects.create(follower=who, followee=stranger)
        Follow.objects.create(follower_id=bob, followee=who)
        tag = Hashtag.objects.create(name=f"tag{i}", display_name=f"tag{i}", last_used_on=now().date())
        TagFollow.objects.create(account_id=ada, tag=tag)
        if i < first + 2 and FeaturedTag.objects.count() < 4:
            FeaturedTag.objects.create(account_id=ada, tag=tag, name=f"tag{i}")
        post = square.post("ada", f"hello #sea {i}")
        Bookmark.objects.create(account_id=ada, post_id=int(post["id"]))
        PostTag.objects.create(post_id=int(post["id"]), tag=tag)


@pytest.mark.django_db
def test_no_list_costs_more_queries_for_more_rows(square: Any) -> None:
    from parvis.network.actions import lists

    list_id = lists.create_list(square.ids["ada"], "l").id

    def costs() -> dict[str, int]:
        found = {}
        for path in PATHS:
            who = "bob" if "{ada}" in path and "relation" not in path else "ada"
            ids = "&".join(f"id[]={i}" for i in Account.objects.values_list("id", flat=True)[:30])
            asked = path.format(ada=square.ids["ada"], list=list_id, ids=ids)
            changes.forget()
            square.ask("GET", "/api/v1/preferences", who)
            square.ask("GET", "/api/v1/accounts/relationships?id[]=1", who)
            with CaptureQueriesContext(connection) as seen:
                answered = square.ask("GET", asked, who)
            assert answered.status == 200, (asked, answered.raw)
            found[path] = len(seen)
        return found

    fill(square, 2, list_id)
    few = costs()
    fill(square, 12, list_id)
    assert costs() == few
    assert {path: cost for path, cost in few.items() if cost > PATHS[path]} == {}
