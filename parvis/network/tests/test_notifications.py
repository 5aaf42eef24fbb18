"""Who is told of what, and who never is. Reactions run from the outbox, as in the worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from parvis.kernel import changes, clock, outbox
from parvis.network import events, reactions
from parvis.network.actions import follows, marks, notifications, notifying, posts
from parvis.network.actions.follows import FollowWish
from parvis.network.models import (
    Account,
    Block,
    DomainBlock,
    Follow,
    FollowRequest,
    Mute,
    Notification,
    NotificationPermission,
    NotificationPolicy,
    NotificationRequest,
    Poll,
    PollVote,
    Post,
    QuoteState,
    ThreadMute,
)
from parvis.network.queries import posts as posts_of


@pytest.fixture
def people(db: None) -> dict[str, int]:
    """Ada, Bob and Cleo live here, Dan elsewhere; the reactions are wired as in the worker."""
    from parvis.config import wiring

    wiring.connect()
    old = clock.now() - timedelta(days=90)
    return {
        name: Account.objects.create(username=name, domain=domain, created_at=old).id
        for name, domain in (("ada", ""), ("bob", ""), ("cleo", ""), ("dan", "far.example"))
    }


def publish(author_id: int, text: str = "hello", **more: Any) -> int:
    with transaction.atomic():
        post_id = posts.publish(author_id=author_id, text=text, **more)
    outbox.drain()
    return post_id


def post(post_id: int) -> Any:
    changes.sync()
    return posts_of((post_id,))[post_id]


def told(account_id: int, **more: Any) -> list[tuple[str, int, int | None]]:
    found = Notification.objects.filter(account_id=account_id, filtered=False, **more).order_by("id")
    return list(found.values_list("kind", "from_account_id", "post_id"))


def test_those_named_are_told_and_only_those_of_this_square(people: dict[str, int]) -> None:
    post_id = publish(people["ada"], "hello @bob and @dan@far.example and @ada")
    assert told(people["bob"]) == [("mention", people["ada"], post_id)]
    assert told(people["dan"]) == told(people["ada"]) == []


def test_who_asked_for_an_authors_posts_is_told_of_new_ones(people: dict[str, int]) -> None:
    follows.follow(people["bob"], people["ada"], FollowWish(notify=True))
    follows.follow(people["cleo"], people["ada"])
    first = publish(people["ada"])
    Notification.objects.exclude(kind="status").delete()
    assert told(people["bob"]) == [("status", people["ada"], first)]
    assert told(people["cleo"]) == []


def test_replies_to_others_and_boosts_are_not_new_posts(people: dict[str, int]) -> None:
    other = publish(people["cleo"])
    follows.follow(people["bob"], people["ada"], FollowWish(notify=True))
    publish(people["ada"], in_reply_to=post(other))
    marks.boost(people["ada"], post(other))
    outbox.drain()
    assert told(people["bob"], kind="status") == []


def test_only_the_languages_asked_for_are_told(people: dict[str, int]) -> None:
    follows.follow(people["bob"], people["ada"], FollowWish(notify=True, languages=["fr"]))
    publish(people["ada"], "hello", language="en")
    french = publish(people["ada"], "bonjour", language="fr")
    assert told(people["bob"]) == [("status", people["ada"], french)]


def test_favourites_boosts_and_follows_are_told_once_and_forgotten_when_withdrawn(people: dict[str, int]) -> None:
    post_id = publish(people["ada"])
    for _ in range(2):
        marks.favourite(people["bob"], post(post_id))
        marks.boost(people["bob"], post(post_id))
        follows.follow(people["bob"], people["ada"])
        outbox.drain()
    bob = people["bob"]
    assert sorted(told(people["ada"]), key=str) == [("favourite", bob, post_id), ("follow", bob, None), ("reblog", bob, post_id)]
    marks.unfavourite(bob, post(post_id))
    marks.unboost(bob, post(post_id))
    follows.unfollow(bob, people["ada"])
    outbox.drain()
    assert told(people["ada"]) == []


def test_a_late_withdrawal_keeps_what_was_given_again(people: dict[str, int]) -> None:
    post_id = publish(people["ada"])
    marks.favourite(people["bob"], post(post_id))
    outbox.drain()
    reactions.forget_favourites([events.FavouriteWithdrawn(post_id, people["bob"])])
    assert len(told(people["ada"])) == 1


def test_a_reaction_that_runs_twice_tells_once(people: dict[str, int]) -> None:
    post_id = publish(people["ada"], "@bob")
    Notified = outbox.Event.kinds["Notified"]
    for _ in range(2):
        reactions.notify_published([events.PostPublished(post_id, people["ada"])])
    assert len(told(people["bob"])) == 1
    assert Notified.__name__ not in [e.kind for e in outbox.OutboxEvent.objects.all()]


def test_a_new_notification_is_an_event_and_a_held_one_is_not(people: dict[str, int]) -> None:
    NotificationPolicy.objects.create(account_id=people["cleo"], for_not_following="filter")
    with transaction.atomic():
        posts.publish(author_id=people["ada"], text="@bob @cleo")
    outbox.run_batch()
    waiting = [outbox.load(e.kind, e.body) for e in outbox.OutboxEvent.objects.all()]
    known = Notification.objects.get(account_id=people["bob"])
    assert waiting == [events.Notified(known.id, people["bob"])]


def test_nobody_is_told_of_their_own_acts(people: dict[str, int]) -> None:
    post_id = publish(people["ada"], "to myself @ada")
    marks.favourite(people["ada"], post(post_id))
    marks.boost(people["ada"], post(post_id))
    outbox.drain()
    assert told(people["ada"]) == []


def block(people: dict[str, int]) -> None:
    Block.objects.create(blocker_id=people["ada"], blocked_id=people["bob"])


def blocked_by(people: dict[str, int]) -> None:
    Block.objects.create(blocker_id=people["bob"], blocked_id=people["ada"])


def mute(people: dict[str, int]) -> None:
    Mute.objects.create(muter_id=people["ada"], muted_id=people["bob"])


def suspend(people: dict[str, int]) -> None:
    Account.objects.filter(id=people["bob"]).update(suspended_at=clock.now())


@pytest.mark.parametrize("rule", [block, blocked_by, mute, suspend])
def test_not_from_whom_they_blocked_muted_or_who_is_hidden(people: dict[str, int], rule: Any) -> None:
    post_id = publish(people["ada"])
    rule(people)
    marks.favourite(people["bob"], post(post_id))
    publish(people["bob"], "@ada")
    outbox.drain()
    assert told(people["ada"]) == []


def test_a_mute_that_keeps_notifications_or_has_ended_hides_none(people: dict[str, int]) -> None:
    post_id = publish(people["ada"])
    Mute.objects.create(muter_id=people["ada"], muted_id=people["bob"], hide_notifications=False)
    Mute.objects.create(muter_id=people["ada"], muted_id=people["cleo"], expires_at=clock.now() - timedelta(seconds=5))
    for name in ("bob", "cleo"):
        marks.favourite(people[name], post(post_id))
    outbox.drain()
    assert {row[1] for row in told(people["ada"])} == {people["bob"], people["cleo"]}


def test_not_from_servers_they_hide_unless_they_follow(people: dict[str, int]) -> None:
    post_id = publish(people["ada"])
    DomainBlock.objects.create(account_id=people["ada"], domain="far.example")
    marks.favourite(people["dan"], post(post_id))
    outbox.drain()
    assert told(people["ada"]) == []
    Follow.objects.create(follower_id=people["ada"], followee_id=people["dan"])
    marks.boost(people["dan"], post(post_id))
    outbox.drain()
    assert told(people["ada"]) == [("reblog", people["dan"], post_id)]


def test_not_from_muted_threads(people: dict[str, int]) -> None:
    post_id = publish(people["ada"])
    ThreadMute.objects.create(account_id=people["ada"], conversation_id=post(post_id).conversation_id)
    publish(people["bob"], "@ada", in_reply_to=post(post_id))
    marks.favourite(people["bob"], post(post_id))
    outbox.drain()
    assert told(people["ada"]) == []


def test_a_request_is_told_and_reads_as_a_follow_once_accepted(people: dict[str, int]) -> None:
    Account.objects.filter(id=people["ada"]).update(locked=True)
    changes.forget()
    follows.follow(people["bob"], people["ada"])
    outbox.drain()
    assert told(people["ada"]) == [("follow_request", people["bob"], None)]
    assert FollowRequest.objects.count() == 1
    follows.accept_request(people["ada"], people["bob"])
    outbox.drain()
    assert told(people["ada"]) == [("follow", people["bob"], None)]


def test_a_request_that_is_withdrawn_or_rejected_is_no_longer_told(people: dict[str, int]) -> None:
    Account.objects.filter(id=people["ada"]).update(locked=True)
    for end in (lambda: follows.unfollow(people["bob"], people["ada"]), lambda: follows.reject_request(people["ada"], people["bob"])):
        follows.follow(people["bob"], people["ada"])
        outbox.drain()
        assert len(told(people["ada"])) == 1
        end()
        outbox.drain()
        assert told(people["ada"]) == []


def test_who_boosted_or_voted_hears_of_the_newest_edit_only(people: dict[str, int]) -> None:
    post_id = publish(people["ada"], poll=posts.PollRequest(("yes", "no"), 600))
    marks.boost(people["bob"], post(post_id))
    marks.vote(people["cleo"], post(post_id), [0])
    outbox.drain()
    for edit_id in (101, 102):
        reactions.notify_edited([events.PostEdited(post_id, people["ada"], edit_id)])
    for name in ("bob", "cleo"):
        assert told(people[name]) == [("update", people["ada"], post_id)]
        assert Notification.objects.get(account_id=people[name]).subject_id == 102
    assert told(people["ada"], kind="update") == []


def test_an_edit_tells_those_newly_named_and_those_who_quote(people: dict[str, int]) -> None:
    post_id = publish(people["ada"])
    quoting = publish(people["bob"], "see", quote_of=post(post_id), quote_state=QuoteState.ACCEPTED)
    posts.store_mentions(post_id, [people["cleo"]])
    for _ in range(2):
        reactions.notify_edited([events.PostEdited(post_id, people["ada"], 7)])
    assert told(people["bob"]) == [("quoted_update", people["ada"], quoting)]
    assert told(people["cleo"]) == [("mention", people["ada"], post_id)]


def test_quotes_are_told_once_they_stand(people: dict[str, int]) -> None:
    post_id = publish(people["ada"])
    quoting = publish(people["bob"], "see", quote_of=post(post_id), quote_state=QuoteState.PENDING)
    reactions.notify_quoted([events.QuoteDecided(quoting, post_id, QuoteState.PENDING)])
    assert told(people["ada"]) == []
    Post.objects.filter(id=quoting).update(quote_state=QuoteState.ACCEPTED)
    reactions.notify_quoted([events.QuoteDecided(quoting, post_id, QuoteState.ACCEPTED)])
    assert told(people["ada"]) == [("quote", people["bob"], quoting)]


def test_a_polls_end_is_told_once_to_its_author_and_voters(people: dict[str, int]) -> None:
    post_id = publish(people["ada"], poll=posts.PollRequest(("yes", "no"), 600, multiple=True))
    marks.vote(people["bob"], post(post_id), [0, 1])
    assert notifications.close_polls() == 0
    Poll.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert [notifications.close_polls(), notifications.close_polls()] == [1, 0]
    outbox.drain()
    assert told(people["ada"]) == told(people["bob"]) == [("poll", people["ada"], post_id)]
    assert told(people["cleo"]) == []
    assert PollVote.objects.count() == 2


POLICY_CASES = [
    ("for_not_following", {}, True),
    ("for_not_following", {"ada_follows": True}, False),
    ("for_not_followers", {}, True),
    ("for_not_followers", {"bob_follows_days": 1}, True),
    ("for_not_followers", {"bob_follows_days": 5}, False),
    ("for_new_accounts", {}, False),
    ("for_new_accounts", {"age_days": 3}, True),
    ("for_new_accounts", {"age_days": 3, "ada_follows": True}, False),
    ("for_limited_accounts", {}, False),
    ("for_limited_accounts", {"limited": True}, True),
    ("for_bots", {}, False),
    ("for_bots", {"bot": True}, True),
    ("for_private_mentions", {}, False),
    ("for_private_mentions", {"direct": True}, True),
    ("for_private_mentions", {"direct": True, "ada_follows": True}, False),
    ("for_private_mentions", {"direct": True, "answers": True}, False),
]


@pytest.mark.parametrize(("field", "facts", "applies"), POLICY_CASES)
@pytest.mark.parametrize("value", ["filter", "drop"])
def test_the_policy_holds_back_or_drops(people: dict[str, int], field: str, facts: dict[str, Any], applies: bool, value: str) -> None:
    ada, bob = people["ada"], people["bob"]
    others = dict.fromkeys(("for_private_mentions", "for_limited_accounts"), "accept")
    NotificationPolicy.objects.create(account_id=ada, **{**others, field: value})
    if facts.get("ada_follows"):
        Follow.objects.create(follower_id=ada, followee_id=bob)
    if days := facts.get("bob_follows_days"):
        moment = clock.now() - timedelta(days=days)
        Follow.objects.create(id=int(moment.timestamp() * 1000) << 16, follower_id=bob, followee_id=ada)
    changed: dict[str, Any] = {}
    if days := facts.get("age_days"):
        changed["created_at"] = clock.now() - timedelta(days=days)
    if facts.get("limited"):
        changed["limited_at"] = clock.now()
    if facts.get("bot"):
        changed["kind"] = "bot"
    Account.objects.filter(id=bob).update(**changed) if changed else None
    visibility = 3 if facts.get("direct") else 0
    before = publish(ada, "@bob", visibility=3) if facts.get("answers") else None
    publish(bob, "@ada hello", visibility=visibility, in_reply_to=post(before) if before else None)
    found = list(Notification.objects.filter(account_id=ada).values_list("kind", "filtered"))
    if not applies:
        assert found == [("mention", False)]
    elif value == "drop":
        assert found == []
        assert not NotificationRequest.objects.exists()
    else:
        assert found == [("mention", True)]
        request = NotificationRequest.objects.get()
        assert (request.account_id, request.from_account_id, request.notifications_count) == (ada, bob, 1)


def test_an_accepted_request_brings_back_what_was_held_and_lets_the_sender_through(people: dict[str, int]) -> None:
    ada, bob = people["ada"], people["bob"]
    NotificationPolicy.objects.create(account_id=ada, for_not_following="filter")
    mine = publish(ada)
    publish(bob, "@ada one")
    second = publish(bob, "@ada two")
    marks.favourite(bob, post(mine))
    outbox.drain()
    request = NotificationRequest.objects.get()
    assert (request.notifications_count, request.last_post_id) == (2, second)
    assert told(ada) == []
    assert notifications.accept_requests(ada, [request.id]) == 1
    assert [row[0] for row in told(ada)] == ["mention", "mention", "favourite"]
    publish(bob, "@ada three")
    assert len(told(ada)) == 4
    assert NotificationPermission.objects.count() == 1


def test_a_dismissed_request_takes_what_was_held(people: dict[str, int]) -> None:
    NotificationPolicy.objects.create(account_id=people["ada"], for_not_following="filter")
    publish(people["bob"], "@ada")
    publish(people["cleo"], "@ada")
    request = NotificationRequest.objects.get(from_account_id=people["bob"])
    assert notifications.dismiss_requests(people["ada"], [request.id]) == 1
    assert list(Notification.objects.values_list("from_account_id", flat=True)) == [people["cleo"]]


def test_nobody_accepts_anothers_request(people: dict[str, int]) -> None:
    NotificationPolicy.objects.create(account_id=people["ada"], for_not_following="filter")
    publish(people["bob"], "@ada")
    request = NotificationRequest.objects.get()
    assert notifications.accept_requests(people["cleo"], [request.id]) == 0
    assert notifications.dismiss_requests(people["cleo"], [request.id]) == 0
    assert NotificationRequest.objects.count() == 1


def test_a_batch_of_any_size_costs_two_statements_and_one_per_person_told(people: dict[str, int]) -> None:
    ids = [publish(people["ada"]) for _ in range(12)]
    for post_id in ids:
        for name in ("bob", "cleo"):
            with transaction.atomic():
                marks.favourite(people[name], post(post_id))
    waiting = [outbox.load(e.kind, e.body) for e in outbox.OutboxEvent.objects.all()]
    with CaptureQueriesContext(connection) as seen:
        reactions.notify_favourited([e for e in waiting if isinstance(e, events.PostFavourited)])
    statements = [q["sql"] for q in seen.captured_queries]
    emitted = [s for s in statements if "kernel_outboxevent" in s]
    assert len(emitted) == 24
    rest = [s for s in statements if "kernel_outboxevent" not in s and "SAVEPOINT" not in s and not s.startswith(("BEGIN", "COMMIT"))]
    assert len(rest) == 2


SOURCES = ["PUBLISHED", "NAMED", "FAVOURITED", "FOLLOWED", "REQUESTED", "QUOTED", "EDITED", "POLL_ENDED"]


@pytest.mark.parametrize("name", SOURCES)
def test_no_source_reads_a_whole_table(people: dict[str, int], name: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which an empty table has not")
    query, times = getattr(notifying, name)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + query._sqlite.replace("?", "%s"), ["[[1, 2]]"] * times + [0, "x", "y"])
        plan = [row[3] for row in cursor.fetchall()]
    assert [line for line in plan if line.startswith("SCAN") and "json_each" not in line and not line.startswith("SCAN c")] == []
    assert name == "EDITED" or not any("boost_of" in line for line in plan)
