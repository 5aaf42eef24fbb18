"""Filters and lists on pages: made, changed, removed; what they do to what is read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from parvis.feeds.actions.filters import add_post
from parvis.feeds.models import Filter, FilterKeyword, FilterStatus
from parvis.flows.publish_post import PublishRequest, publish
from parvis.kernel import outbox
from parvis.kernel.clock import now
from parvis.network.actions import follows
from parvis.network.actions import lists as actions
from parvis.network.models import AccountList, ListMember
from parvis.network.queries import posts

from .conftest import log_in

FILTERS = "/settings/filters"
QUAY = {"new-0": "quay", "new-whole-0": "1", "where": ["home", "public"], "action": "hide", "expires_in": "3600"}


def test_filter_is_made_and_hides_what_holds_its_word(square: Any) -> None:
    assert "The quay will be closed" in square.member.get("/home").content.decode()
    assert square.member.post(f"{FILTERS}/new", QUAY).headers["Location"] == FILTERS
    one = Filter.objects.get(account=square.reader.account_id)
    assert (one.title, one.context, one.action) == ("quay", ["home", "public"], "hide")
    assert one.expires_at is not None
    assert timedelta(minutes=59) < one.expires_at - now() < timedelta(minutes=61)
    assert "The quay will be closed" not in square.member.get("/home").content.decode()
    assert ">quay</a>" in square.member.get(FILTERS).content.decode()


def test_filter_is_changed_word_by_word(square: Any) -> None:
    square.member.post(f"{FILTERS}/new", {**QUAY, "new-1": "cars"})
    one = Filter.objects.get()
    first, second = FilterKeyword.objects.order_by("id")
    assert (first.whole_word, second.whole_word) == (True, False)
    changed = {
        "title": "Traffic", f"word-{first.id}": "", f"word-{second.id}": "lorries", f"whole-{second.id}": "1", "new-0": "vans",
        "where": ["thread"], "action": "warn", "expires_in": "keep",
    }  # fmt: skip
    assert square.member.post(f"{FILTERS}/{one.id}", changed).status_code == 302
    kept = Filter.objects.get()
    assert (kept.title, kept.context, kept.action, kept.expires_at) == ("Traffic", ["thread"], "warn", one.expires_at)
    assert list(FilterKeyword.objects.order_by("id").values_list("keyword", "whole_word")) == [("lorries", True), ("vans", False)]
    square.member.post(f"{FILTERS}/{one.id}", {**changed, "expires_in": ""})
    assert Filter.objects.get().expires_at is None


@pytest.mark.parametrize("wrong", [{"new-0": ""}, {"where": []}, {"action": "shout"}, {"new-0": "a\x00b"}, {"title": "x" * 300}])
def test_filter_that_says_nothing_is_refused_and_keeps_what_was_typed(square: Any, wrong: dict[str, Any]) -> None:
    answer = square.member.post(f"{FILTERS}/new", {**QUAY, **wrong})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert '<option value="3600" selected>' in page
    assert Filter.objects.count() == 0


def test_filter_and_its_posts_are_removed(square: Any) -> None:
    square.member.post(f"{FILTERS}/new", QUAY)
    one = Filter.objects.get()
    row = add_post(square.reader.account_id, one.id, posts((square.first,))[square.first])
    assert f"/posts/{row}/release" in square.member.get(f"{FILTERS}/{one.id}").content.decode()
    square.member.post(f"{FILTERS}/{one.id}/posts/{row}/release")
    assert FilterStatus.objects.count() == 0
    square.member.post(f"{FILTERS}/{one.id}/remove")
    assert Filter.objects.count() == 0


def test_filters_are_of_their_owner_alone(square: Any) -> None:
    square.member.post(f"{FILTERS}/new", QUAY)
    one = Filter.objects.get()
    other = log_in(square.neighbour)
    assert other.get(f"{FILTERS}/{one.id}").status_code == 404
    assert other.post(f"{FILTERS}/{one.id}", QUAY).status_code == 404
    assert other.post(f"{FILTERS}/{one.id}/remove").status_code == 404
    assert square.anyone.get(FILTERS).status_code == 302
    assert Filter.objects.count() == 1


def test_list_is_made_filled_and_read(square: Any) -> None:
    made = square.member.post("/lists", {"title": "Papers"})
    one = AccountList.objects.get(account=square.reader.account_id)
    assert made.headers["Location"] == f"/lists/{one.id}/people"
    paper = square.paper.account_id
    assert f"/people/{paper}/add" in square.member.get(f"/lists/{one.id}/people").content.decode()
    square.member.post(f"/lists/{one.id}/people/{paper}/add")
    assert f"/people/{paper}/remove" in square.member.get(f"/lists/{one.id}/people").content.decode()
    outbox.drain()
    publish(paper, PublishRequest(text="The bridge opens.", language="en"))
    outbox.drain()
    page = square.member.get(f"/lists/{one.id}").content.decode()
    assert "The bridge opens." in page
    assert "stands in your list “Papers”" in page
    square.member.post(f"/lists/{one.id}/people/{paper}/add")  # a second click
    assert ListMember.objects.filter(list=one).count() == 1
    square.member.post(f"/lists/{one.id}/people/{paper}/remove")
    assert ListMember.objects.filter(list=one).count() == 0


def test_only_followed_people_stand_in_a_list(square: Any) -> None:
    one = actions.create_list(square.reader.account_id, "Papers")
    stranger = square.neighbour.account_id
    page = square.member.post(f"/lists/{one.id}/people/{stranger}/add", follow=True).content.decode()
    assert "Only people whom you follow" in page
    assert ListMember.objects.count() == 0


def test_followed_people_are_found_by_name_for_a_list(square: Any) -> None:
    one = actions.create_list(square.reader.account_id, "Papers")
    follows.follow(square.reader.account_id, square.neighbour.account_id)
    outbox.drain()
    page = square.member.get(f"/lists/{one.id}/people", {"q": "neigh"}).content.decode()
    assert f"/people/{square.neighbour.account_id}/add" in page
    assert f"/people/{square.paper.account_id}/add" not in page


def test_list_is_renamed_set_and_deleted(square: Any) -> None:
    one = actions.create_list(square.reader.account_id, "Papers")
    square.member.post(f"/lists/{one.id}/settings", {"title": "Press", "replies": "none", "exclusive": "1"})
    one.refresh_from_db()
    assert (one.title, one.replies_policy, one.exclusive) == ("Press", "none", True)
    assert square.member.post(f"/lists/{one.id}/settings", {"title": " ", "replies": "none"}).status_code == 422
    assert square.member.post(f"/lists/{one.id}/settings", {"title": "x", "replies": "some"}).status_code == 422
    assert square.member.post("/lists", {"title": ""}).status_code == 422
    square.member.post(f"/lists/{one.id}/delete")
    assert AccountList.objects.count() == 0


def test_lists_are_of_their_owner_alone(square: Any) -> None:
    one = actions.create_list(square.reader.account_id, "Papers")
    other = log_in(square.neighbour)
    for path in (f"/lists/{one.id}", f"/lists/{one.id}/people", f"/lists/{one.id}/settings"):
        assert other.get(path).status_code == 404
        assert square.anyone.get(path).status_code == 302
    for path in (f"/lists/{one.id}/people/{square.paper.account_id}/add", f"/lists/{one.id}/delete"):
        assert other.post(path).status_code == 404
    assert AccountList.objects.count() == 1


def test_pages_cost_the_same_for_many_rows(square: Any, django_assert_max_num_queries: Any) -> None:
    me = square.reader.account_id
    for n in range(20):
        actions.create_list(me, f"List {n}")
        one = Filter.objects.create(account_id=me, title=f"f{n}", context=["home"])
        FilterKeyword.objects.create(filter=one, keyword="w")
    for path in ("/lists", FILTERS):
        square.member.get(path)
        with django_assert_max_num_queries(15):
            square.member.get(path)
