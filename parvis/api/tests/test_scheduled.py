"""Scheduled posts: published once, at their moment, whatever happens meanwhile; idempotency keys; drafts."""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connections

from parvis.flows import publish_scheduled
from parvis.flows.publish_post import PublishRequest, publish
from parvis.kernel import clock
from parvis.kernel.errors import Invalid, NotFound
from parvis.network.actions import drafts, posts, scheduling
from parvis.network.models import Account, IdempotencyKey, Post, ScheduledPost
from parvis.network.queries import waiting


def _soon(**after: float) -> str:
    return (clock.now() + timedelta(**(after or {"hours": 1}))).isoformat()


def _come(scheduled_id: Any) -> None:
    """The moment of a scheduled post has come."""
    ScheduledPost.objects.filter(id=scheduled_id).update(scheduled_at=clock.now() - timedelta(seconds=1))


def test_scheduled_post_is_kept_then_published_as_asked(square: Any) -> None:
    asset = square.asset("ada")
    asked = {
        "status": "later #soon", "spoiler_text": "cw", "visibility": "unlisted", "language": "fr", "media_ids": [str(asset)],
        "scheduled_at": _soon(),
    }  # fmt: skip
    kept = square.ask("POST", "/api/v1/statuses", "ada", asked)
    assert kept.status == 200
    assert set(kept.json) == {"id", "scheduled_at", "params", "media_attachments", "parvis"}
    assert (kept.json["params"]["text"], kept.json["params"]["media_ids"]) == ("later #soon", [str(asset)])
    assert kept.json["media_attachments"][0]["id"] == str(asset)
    assert publish_scheduled.publish_due() == 0
    assert not Post.objects.exists()
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x", "media_ids": [str(asset)]}).status == 422
    _come(kept.json["id"])
    assert publish_scheduled.publish_due() == 1
    assert publish_scheduled.publish_due() == 0
    status = square.ask("GET", f"/api/v1/statuses/{Post.objects.get().id}").json
    assert (status["visibility"], status["language"], status["spoiler_text"]) == ("unlisted", "fr", "cw")
    assert (status["media_attachments"][0]["id"], status["application"]["name"]) == (str(asset), "Test app")
    assert square.ask("GET", "/api/v1/scheduled_statuses", "ada").json == []


def test_scheduled_posts_belong_to_their_author(square: Any) -> None:
    ids = [square.post("ada", f"n{n}", scheduled_at=_soon(hours=n + 1))["id"] for n in range(3)]
    page = square.ask("GET", "/api/v1/scheduled_statuses?limit=2", "ada")
    assert [s["id"] for s in page.json] == ids[:0:-1]
    assert f"max_id={ids[1]}" in page.headers["Link"]
    assert square.ask("GET", "/api/v1/scheduled_statuses", "bob").json == []
    url = f"/api/v1/scheduled_statuses/{ids[0]}"
    for method in ("GET", "PUT", "DELETE"):
        assert square.ask(method, url, "bob", {"scheduled_at": _soon()}).status == 404
        assert square.ask(method, url, "", {"scheduled_at": _soon()}).status == 401
    later = _soon(days=3)
    moved = square.ask("PUT", url, "ada", {"scheduled_at": later}).json
    assert moved["scheduled_at"][:19] == later[:19]
    assert square.ask("DELETE", url, "ada").json == {}
    assert square.ask("GET", url, "ada").status == 404


@pytest.mark.parametrize(
    "moment", ["2020-01-01T00:00:00Z", "tomorrow", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "2031-13-01"]
)
def test_impossible_moments_are_refused_and_publish_nothing(square: Any, moment: str) -> None:
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x", "scheduled_at": moment}).status == 422
    assert not Post.objects.exists()
    assert not ScheduledPost.objects.exists()


def test_four_minutes_is_too_soon_and_limits_hold(square: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x", "scheduled_at": _soon(minutes=4)}).status == 422
    monkeypatch.setattr(scheduling, "MAX_A_DAY", 2)
    monkeypatch.setattr(scheduling, "MAX_WAITING", 3)
    day = (clock.now() + timedelta(days=3)).replace(hour=12).isoformat()
    for _ in range(2):
        square.post("ada", "x", scheduled_at=day)
    assert "for today" in square.ask("POST", "/api/v1/statuses", "ada", {"status": "x", "scheduled_at": day}).json["error"]
    square.post("ada", "x", scheduled_at=_soon(days=9))
    assert "limit of 3" in square.ask("POST", "/api/v1/statuses", "ada", {"status": "x", "scheduled_at": _soon(days=20)}).json["error"]
    square.post("bob", "x", scheduled_at=day)


def test_what_could_not_be_published_is_kept_with_the_reason(square: Any) -> None:
    answered = square.post("bob")
    kept = square.post("ada", "an answer", in_reply_to_id=answered["id"], scheduled_at=_soon())
    square.ask("DELETE", f"/api/v1/statuses/{answered['id']}", "bob")
    _come(kept["id"])
    assert publish_scheduled.publish_due() == 0
    assert square.ask("GET", f"/api/v1/scheduled_statuses/{kept['id']}", "ada").json["parvis"]["failed"]
    assert publish_scheduled.publish_due() == 0
    square.ask("PUT", f"/api/v1/scheduled_statuses/{kept['id']}", "ada", {"scheduled_at": _soon()})
    assert square.ask("GET", f"/api/v1/scheduled_statuses/{kept['id']}", "ada").json["parvis"]["failed"] is None


def test_account_that_may_not_post_publishes_nothing(square: Any) -> None:
    from parvis.kernel import changes

    kept = square.post("ada", "later", scheduled_at=_soon())
    Account.objects.filter(id=square.ids["ada"]).update(suspended_at=clock.now())
    changes.forget()
    _come(kept["id"])
    assert publish_scheduled.publish_due() == 0
    assert not Post.objects.exists()


def test_scheduling_twice_with_one_key_schedules_once(square: Any) -> None:
    asked = {"status": "once", "scheduled_at": _soon()}
    first = square.ask("POST", "/api/v1/statuses", "ada", asked, headers={"Idempotency-Key": "k"})
    second = square.ask("POST", "/api/v1/statuses", "ada", asked, headers={"Idempotency-Key": "k"})
    assert first.json["id"] == second.json["id"]
    assert ScheduledPost.objects.count() == 1


def test_key_of_a_deleted_post_makes_no_new_one_and_keys_end_after_a_day(square: Any) -> None:
    headers = {"Idempotency-Key": "k" * 400}
    first = square.ask("POST", "/api/v1/statuses", "ada", {"status": "x"}, headers=headers).json
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x"}, headers=headers).json["id"] == first["id"]
    assert square.ask("POST", "/api/v1/statuses", "bob", {"status": "x"}, headers=headers).json["id"] != first["id"]
    square.ask("DELETE", f"/api/v1/statuses/{first['id']}", "ada")
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x"}, headers=headers).status == 404
    assert posts.forget_keys() == 0
    IdempotencyKey.objects.update(created_at=clock.now() - timedelta(hours=25))
    assert posts.forget_keys() == 2
    assert square.ask("POST", "/api/v1/statuses", "ada", {"status": "x"}, headers=headers).status == 200


def _at_once(count: int, act: Any) -> list[Any]:
    """Run `act(n)` in that many threads at the same moment; return what they returned or raised."""
    start, found = threading.Barrier(count), [None] * count

    def run(n: int) -> None:
        try:
            start.wait()
            found[n] = act(n)
        except BaseException as problem:
            found[n] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_same_key_at_once_makes_one_post() -> None:
    author = Account.objects.create(username="author")
    request = PublishRequest(text="once", idempotency_key="key")
    ids = _at_once(6, lambda n: publish(author.id, request))
    assert len(set(ids)) == 1, ids
    assert Post.objects.count() == 1
    assert Account.objects.get(id=author.id).posts_count == 1


@pytest.mark.django_db(transaction=True)
def test_same_key_at_once_schedules_one_post() -> None:
    author = Account.objects.create(username="author")
    moment = clock.now() + timedelta(hours=1)
    request = PublishRequest(text="once", idempotency_key="key")
    ids = _at_once(4, lambda n: publish_scheduled.schedule(author.id, request, moment))
    assert len(set(ids)) == 1, ids
    assert ScheduledPost.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_publish_each_scheduled_post_once() -> None:
    author = Account.objects.create(username="author")
    for n in range(8):
        scheduled_id = publish_scheduled.schedule(author.id, PublishRequest(text=f"n{n}"), clock.now() + timedelta(hours=1))
        _come(scheduled_id)
    found = _at_once(3, lambda n: publish_scheduled.publish_due())
    assert all(isinstance(n, int) for n in found), found
    publish_scheduled.publish_due()
    assert sorted(Post.objects.values_list("text", flat=True)) == [f"n{n}" for n in range(8)]
    assert not ScheduledPost.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_worker_killed_while_publishing_publishes_once(moment: str) -> None:
    author = Account.objects.create(username="author")
    _come(publish_scheduled.schedule(author.id, PublishRequest(text="once"), clock.now() + timedelta(hours=1)))
    connections.close_all()
    child = os.fork()
    if child == 0:  # dies between the insert and the commit, or right after the commit
        try:
            if moment == "before":
                ScheduledPost.delete = lambda self: os._exit(9)  # type: ignore[assignment,method-assign]
            publish_scheduled.publish_due()
        finally:
            os._exit(9)
    os.waitpid(child, 0)
    assert Post.objects.count() == (0 if moment == "before" else 1)
    publish_scheduled.publish_due()
    assert Post.objects.count() == 1
    assert not ScheduledPost.objects.exists()


@pytest.mark.django_db
def test_drafts_are_kept_replaced_and_deleted_by_their_author_alone() -> None:
    ada, bob = Account.objects.create(username="ada"), Account.objects.create(username="bob")
    first = drafts.save(ada.id, {"text": "one", "media_ids": ["5"], "unknown": 1})
    assert drafts.save(ada.id, {"text": "two", "media_ids": ["5"]}, first) == first
    second = drafts.save(ada.id, {"text": "three"})
    assert [d.params for d in waiting.drafts(ada.id)] == [{"text": "three"}, {"text": "two", "media_ids": ["5"]}]
    assert waiting.drafts(bob.id) == []
    for act in (
        lambda: drafts.save(bob.id, {"text": "x"}, first),
        lambda: drafts.delete(bob.id, first),
        lambda: waiting.draft(bob.id, first),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Invalid):
        drafts.save(ada.id, {"text": "x" * 70_000})
    drafts.delete(ada.id, second)
    assert [d.id for d in waiting.drafts(ada.id)] == [first]


def test_moments_without_a_zone_are_utc(square: Any) -> None:
    moment = datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None) + timedelta(hours=2)
    assert square.post("ada", "x", scheduled_at=moment.isoformat())["scheduled_at"] == moment.isoformat() + ".000Z"
