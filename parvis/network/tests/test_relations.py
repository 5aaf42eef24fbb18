"""Whatever people do to each other, in whatever order or at the same moment, counts and relations stay true."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parvis.kernel import changes, outbox
from parvis.kernel.errors import Forbidden, NotFound, ParvisError
from parvis.network.actions import blocks, follows, lists
from parvis.network.models import Account, Block, Endorsement, Follow, FollowRequest, ListMember, Mute
from parvis.network.queries import following, viewer
from parvis.network.queries.relationships import relationships

VERBS: dict[str, Callable[[int, int], Any]] = {
    "follow": follows.follow,
    "unfollow": follows.unfollow,
    "accept": follows.accept_request,
    "reject": follows.reject_request,
    "remove": follows.remove_follower,
    "block": blocks.block,
    "unblock": blocks.unblock,
    "mute": blocks.mute,
    "unmute": blocks.unmute,
    "endorse": blocks.endorse,
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(VERBS) + ["list", "lock"]), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=25
)


def people(count: int = 4, **columns: Any) -> list[int]:
    tag = uuid.uuid4().hex[:8]
    return [Account.objects.create(username=f"p{tag}{i}", **columns).id for i in range(count)]


def step(ids: list[int], made: dict[int, int], verb: str, one: int, other: int) -> None:
    """Do one thing; refusals are fine, anything else is not."""
    who, whom = ids[one], ids[other]
    try:
        if verb == "lock":
            Account.objects.filter(id=who).update(locked=other % 2 == 0)
        elif verb == "list":
            lists.add_members(who, made[who], [whom])
        else:
            VERBS[verb](who, whom)
    except ParvisError:
        pass


def check(ids: list[int]) -> None:
    """Counters equal rows, and no relation stands beside one that excludes it."""
    edges = set(Follow.objects.filter(follower_id__in=ids).values_list("follower_id", "followee_id"))
    asked = set(FollowRequest.objects.filter(follower_id__in=ids).values_list("follower_id", "followee_id"))
    walls = set(Block.objects.filter(blocker_id__in=ids).values_list("blocker_id", "blocked_id"))
    for one in Account.objects.filter(id__in=ids):
        assert one.following_count == sum(1 for a, _ in edges if a == one.id)
        assert one.followers_count == sum(1 for _, b in edges if b == one.id)
    assert not edges & asked
    for a, b in walls:
        assert not {(a, b), (b, a)} & (edges | asked)
    assert set(Endorsement.objects.filter(account_id__in=ids).values_list("account_id", "endorsed_id")) <= edges
    listed = ListMember.objects.filter(list__account_id__in=ids).values_list("list__account_id", "account_id")
    assert {pair for pair in listed if pair[0] != pair[1]} <= edges


def check_viewers(ids: list[int]) -> None:
    """What each process remembers of a viewer is what the tables say."""
    changes.sync()
    for who in ids:
        seen = viewer(who)
        assert seen.blocks == set(Block.objects.filter(blocker_id=who).values_list("blocked_id", flat=True))
        assert seen.blocked_by == set(Block.objects.filter(blocked_id=who).values_list("blocker_id", flat=True))
        assert seen.mutes == set(Mute.objects.filter(muter_id=who).values_list("muted_id", flat=True))
        followed = set(Follow.objects.filter(follower_id=who).values_list("followee_id", flat=True))
        known = following(seen, ids)
        assert {i for i in ids if known[i]} == followed
        for relation in relationships(seen, ids):
            assert relation.following == (relation.id in followed)
            assert relation.blocking == (relation.id in seen.blocks)
            assert relation.muting == (relation.id in seen.mutes)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_any_sequence_of_acts_keeps_counters_equal_to_rows(steps: list[tuple[str, int, int]]) -> None:
    ids = people()
    made = {i: lists.create_list(i, "l").id for i in ids}
    check_viewers(ids)
    for verb, one, other in steps:
        step(ids, made, verb, one, other)
        check_viewers(ids)
    check(ids)


@pytest.mark.django_db(transaction=True)
def test_people_who_act_at_the_same_moment_lose_and_double_nothing() -> None:
    from django.db import connections

    ids = people(3)
    made = {i: lists.create_list(i, "l").id for i in ids}
    failures: list[BaseException] = []
    start = threading.Barrier(6)

    def act(seed: int) -> None:
        chance = random.Random(seed)
        try:
            start.wait()
            for _ in range(25):
                verb = chance.choice([*VERBS, "follow", "follow", "list"])
                step(ids, made, verb, chance.randrange(3), chance.randrange(3))
        except BaseException as problem:
            failures.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    check(ids)


@pytest.mark.django_db(transaction=True)
def test_the_same_click_many_times_at_once_counts_once() -> None:
    from django.db import connections

    a, b = people(2)
    locked = people(1, locked=True)[0]
    failures: list[BaseException] = []
    start = threading.Barrier(5)

    def act() -> None:
        try:
            start.wait()
            follows.follow(a, b)
            follows.follow(a, locked)
            blocks.mute(a, b)
            blocks.block(b, locked)
            blocks.note(a, b, "x")
        except BaseException as problem:
            failures.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Follow.objects.filter(follower_id=a, followee_id=b).count() == 1
    assert FollowRequest.objects.filter(follower_id=a).count() == 1
    assert Mute.objects.count() == Block.objects.count() == 1
    assert outbox.pending()["waiting"] == 4  # followed, requested, muted, blocked: each once
    check([a, b, locked])


@pytest.mark.django_db
def test_refusals_name_nothing_that_is_hidden() -> None:
    a, b = people(2)
    with pytest.raises(NotFound):
        follows.follow(a, 1)
    with pytest.raises(NotFound):
        blocks.block(a, 1)
    with pytest.raises(NotFound):
        blocks.mute(a, 1)
    with pytest.raises(NotFound):
        follows.accept_request(a, b)
    with pytest.raises(NotFound):
        follows.reject_request(a, b)
    blocks.block(b, a)
    with pytest.raises(Forbidden) as refused:
        follows.follow(a, b)
    assert refused.value.text == "This action is not allowed"


@pytest.mark.django_db
def test_an_opened_account_admits_everybody_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_tasks_db.models import DBTaskResult

    from parvis.network import profile_reactions
    from parvis.network.events import ProfileEdited

    monkeypatch.setattr(profile_reactions, "AT_ONCE", 2)
    star = people(1, locked=True)[0]
    fans = people(5)
    for fan in fans:
        follows.follow(fan, star)
    profile_reactions.admit_waiting([ProfileEdited(star)])
    assert FollowRequest.objects.count() == 5  # it is locked still
    Account.objects.filter(id=star).update(locked=False)
    changes.forget()
    profile_reactions.admit_waiting([ProfileEdited(star)])
    assert FollowRequest.objects.count() == 3
    assert [row.task_path for row in DBTaskResult.objects.all()] == ["parvis.network.profile_reactions.admit_rest"]
    profile_reactions.admit_rest.call(star)
    assert FollowRequest.objects.count() == 0
    check([star, *fans])
