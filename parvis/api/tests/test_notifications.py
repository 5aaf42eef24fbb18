"""Notifications as clients read them: shapes, pages, groups, policy and requests."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parvis.kernel import changes, outbox
from parvis.network.models import Marker, Notification, NotificationPolicy


@pytest.fixture
def told(square: Any) -> Any:
    """Ada's post was favourited by three, boosted and answered by bob, who follows her."""
    from parvis.config import wiring

    wiring.connect()
    for name in ("cleo", "dora"):
        square.person(name)
    square.first = square.post("ada", "first")["id"]
    square.second = square.post("ada", "second")["id"]
    for name in ("bob", "cleo", "dora"):
        square.ask("POST", f"/api/v1/statuses/{square.first}/favourite", name)
    square.ask("POST", f"/api/v1/statuses/{square.second}/reblog", "bob")
    square.reply = square.post("bob", "@ada I answer", in_reply_to_id=square.second)["id"]
    square.follow("bob", "ada")
    outbox.drain()
    changes.sync()
    return square


def links(answered: Any) -> dict[str, str]:
    found = re.findall(r'<http://[^/]+([^>]+)>; rel="(\w+)"', answered.headers.get("Link", ""))
    return {rel: url for url, rel in found}


def test_a_page_has_mastodons_shape(told: Any) -> None:
    page = told.ask("GET", "/api/v1/notifications", "ada").json
    assert [n["type"] for n in page] == ["follow", "mention", "reblog", "favourite", "favourite", "favourite"]
    follow, mention, boost, *favourites = page
    assert set(follow) == {"id", "type", "created_at", "group_key", "account"}
    assert set(mention) == {"id", "type", "created_at", "group_key", "account", "status"}
    assert mention["status"]["id"] == told.reply
    assert mention["account"]["username"] == "bob"
    assert mention["group_key"] == f"ungrouped-{mention['id']}"
    assert boost["status"]["id"] == told.second
    assert {n["account"]["username"] for n in favourites} == {"bob", "cleo", "dora"}
    assert {n["status"]["id"] for n in favourites} == {told.first}
    assert re.fullmatch(rf"favourite-{told.first}-\d+", favourites[0]["group_key"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", mention["created_at"])
    assert told.ask("GET", f"/api/v1/notifications/{mention['id']}", "ada").json == mention


def test_kinds_senders_and_pages_are_chosen(told: Any) -> None:
    def kinds(query: str) -> list[str]:
        return [n["type"] for n in told.ask("GET", f"/api/v1/notifications?{query}", "ada").json]

    assert kinds("types[]=mention&types[]=follow") == ["follow", "mention"]
    assert kinds("exclude_types[]=favourite&exclude_types[]=follow") == ["mention", "reblog"]
    assert kinds("types[]=nonsense") == []
    assert kinds(f"account_id={told.ids['cleo']}") == ["favourite"]
    seen, url = [], "/api/v1/notifications?limit=2"
    while url:
        answered = told.ask("GET", url, "ada")
        seen += [n["id"] for n in answered.json]
        url = links(answered).get("next", "")
    everything = [n["id"] for n in told.ask("GET", "/api/v1/notifications", "ada").json]
    assert seen == everything
    oldest = everything[-1]
    forward = told.ask("GET", f"/api/v1/notifications?min_id={oldest}&limit=2", "ada").json
    assert [n["id"] for n in forward] == everything[-3:-1]


def test_each_reads_only_their_own(told: Any) -> None:
    assert told.ask("GET", "/api/v1/notifications", "cleo").json == []
    number = told.ask("GET", "/api/v1/notifications", "ada").json[0]["id"]
    for method, path in (
        ("GET", f"/api/v1/notifications/{number}"),
        ("POST", f"/api/v1/notifications/{number}/dismiss"),
        ("GET", f"/api/v2/notifications/ungrouped-{number}"),
        ("GET", f"/api/v2/notifications/favourite-{told.first}-1"),
    ):
        assert told.ask(method, path, "cleo").status == 404
    assert told.ask("POST", f"/api/v2/notifications/ungrouped-{number}/dismiss", "cleo").status == 200
    assert len(told.ask("GET", "/api/v1/notifications", "ada").json) == 6


def test_tokens_and_scopes_are_asked_for(told: Any) -> None:
    from parvis.identity.models import User

    told.token("narrow", User.objects.get(username="ada"), "read:statuses write:statuses")
    for method, path in (
        ("GET", "/api/v1/notifications"),
        ("GET", "/api/v2/notifications"),
        ("POST", "/api/v1/notifications/clear"),
        ("GET", "/api/v2/notifications/policy"),
        ("GET", "/api/v1/notifications/requests"),
        ("GET", "/api/v1/notifications/unread_count"),
    ):
        assert told.ask(method, path).status == 401
        assert told.ask(method, path, "narrow").status == 403


def test_dismissed_and_cleared_are_gone(told: Any) -> None:
    number = told.ask("GET", "/api/v1/notifications", "ada").json[0]["id"]
    answered = told.ask("POST", f"/api/v1/notifications/{number}/dismiss", "ada")
    assert (answered.status, answered.json) == (200, {})
    assert told.ask("POST", f"/api/v1/notifications/{number}/dismiss", "ada").status == 404
    assert len(told.ask("GET", "/api/v1/notifications", "ada").json) == 5
    assert told.ask("POST", "/api/v1/notifications/clear", "ada").json == {}
    assert told.ask("GET", "/api/v1/notifications", "ada").json == []


def test_the_unread_count_begins_at_the_marker(told: Any) -> None:
    assert told.ask("GET", "/api/v1/notifications/unread_count", "ada").json == {"count": 6}
    assert told.ask("GET", "/api/v2/notifications/unread_count", "ada").json == {"count": 4}
    assert told.ask("GET", "/api/v1/notifications/unread_count?limit=4", "ada").json == {"count": 4}
    third = told.ask("GET", "/api/v1/notifications", "ada").json[2]["id"]
    Marker.objects.create(account_id=told.ids["ada"], timeline="notifications", last_read_id=int(third))
    assert told.ask("GET", "/api/v1/notifications/unread_count", "ada").json == {"count": 2}


def test_what_may_no_longer_be_seen_is_left_out(told: Any) -> None:
    from parvis.network.models import Account, Block, Post

    Post.objects.filter(id=int(told.reply)).update(visibility=3)
    Post.objects.get(id=int(told.reply)).mentions.all().delete()
    Account.objects.filter(username="cleo").update(suspended_at="2026-01-01T00:00:00Z")
    Block.objects.create(blocker_id=told.ids["ada"], blocked_id=told.ids["dora"])
    changes.forget()
    page = told.ask("GET", "/api/v1/notifications", "ada").json
    assert [(n["type"], n["account"]["username"]) for n in page] == [("follow", "bob"), ("reblog", "bob"), ("favourite", "bob")]


def test_groups_name_accounts_and_statuses_once(told: Any) -> None:
    found = told.ask("GET", "/api/v2/notifications", "ada").json
    assert set(found) == {"accounts", "statuses", "notification_groups"}
    groups = found["notification_groups"]
    assert [(g["type"], g["notifications_count"]) for g in groups] == [("follow", 1), ("mention", 1), ("reblog", 1), ("favourite", 3)]
    favourites = groups[-1]
    assert set(favourites) == {
        "group_key", "notifications_count", "type", "most_recent_notification_id", "page_min_id", "page_max_id",
        "latest_page_notification_at", "sample_account_ids", "status_id",
    }  # fmt: skip
    assert favourites["status_id"] == told.first
    assert favourites["sample_account_ids"] == [str(told.ids[n]) for n in ("dora", "cleo", "bob")]
    singles = told.ask("GET", "/api/v1/notifications", "ada").json
    assert (favourites["page_max_id"], favourites["page_min_id"]) == (singles[3]["id"], singles[5]["id"])
    assert sorted(a["username"] for a in found["accounts"]) == ["bob", "cleo", "dora"]
    assert sorted(s["id"] for s in found["statuses"]) == sorted([told.first, told.second, told.reply])


def test_groups_may_be_pages_and_kinds_may_stand_alone(told: Any) -> None:
    first = told.ask("GET", "/api/v2/notifications?limit=3", "ada")
    assert [g["type"] for g in first.json["notification_groups"]] == ["follow", "mention", "reblog"]
    second = told.ask("GET", links(first)["next"], "ada")
    assert [g["notifications_count"] for g in second.json["notification_groups"]] == [3]
    alone = told.ask("GET", "/api/v2/notifications?grouped_types[]=reblog&types[]=favourite", "ada").json
    assert [g["group_key"].split("-")[0] for g in alone["notification_groups"]] == ["ungrouped"] * 3
    back = told.ask("GET", f"/api/v2/notifications?limit=1&min_id={first.json['notification_groups'][2]['page_max_id']}", "ada").json
    assert [g["type"] for g in back["notification_groups"]] == ["mention"]


def test_only_the_first_account_of_a_group_may_be_full(told: Any) -> None:
    found = told.ask("GET", "/api/v2/notifications?expand_accounts=partial_avatars&types[]=favourite", "ada").json
    assert [a["username"] for a in found["accounts"]] == ["dora"]
    assert {a["acct"] for a in found["partial_accounts"]} == {"cleo", "bob"}
    assert set(found["partial_accounts"][0]) == {"id", "acct", "locked", "bot", "url", "avatar", "avatar_static"}
    assert told.ask("GET", "/api/v2/notifications?expand_accounts=all", "ada").status == 400


def test_a_group_is_shown_its_accounts_listed_and_dismissed(told: Any) -> None:
    key = told.ask("GET", "/api/v2/notifications", "ada").json["notification_groups"][-1]["group_key"]
    one = told.ask("GET", f"/api/v2/notifications/{key}", "ada").json
    assert [g["notifications_count"] for g in one["notification_groups"]] == [3]
    assert "page_min_id" not in one["notification_groups"][0]
    people = told.ask("GET", f"/api/v2/notifications/{key}/accounts", "ada")
    assert [a["username"] for a in people.json] == ["dora", "cleo", "bob"]
    assert told.ask("POST", f"/api/v2/notifications/{key}/dismiss", "ada").json == {}
    assert told.ask("GET", f"/api/v2/notifications/{key}", "ada").status == 404
    assert Notification.objects.filter(account_id=told.ids["ada"], kind="favourite").count() == 0


def test_the_policy_is_read_and_changed_in_both_versions(told: Any) -> None:
    found = told.ask("GET", "/api/v2/notifications/policy", "ada").json
    assert found == {
        "for_not_following": "accept", "for_not_followers": "accept", "for_new_accounts": "accept", "for_private_mentions": "filter",
        "for_limited_accounts": "filter", "for_bots": "accept", "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }  # fmt: skip
    changed = told.ask("PATCH", "/api/v2/notifications/policy", "ada", {"for_not_following": "drop"}).json
    assert (changed["for_not_following"], changed["for_private_mentions"]) == ("drop", "filter")
    assert told.ask("PATCH", "/api/v2/notifications/policy", "ada", {"for_bots": "perhaps"}).status == 422
    old = told.ask("PUT", "/api/v1/notifications/policy", "ada", {"filter_not_following": "false", "filter_new_accounts": "true"}).json
    assert {k: v for k, v in old.items() if k != "summary"} == {
        "filter_not_following": False, "filter_not_followers": False, "filter_new_accounts": True, "filter_private_mentions": True,
    }  # fmt: skip
    assert told.ask("GET", "/api/v2/notifications/policy", "ada").json["for_new_accounts"] == "filter"


@pytest.fixture
def held(told: Any) -> Any:
    NotificationPolicy.objects.create(account_id=told.ids["ada"], for_not_following="filter")
    for name in ("cleo", "dora"):
        told.post(name, "@ada may I?")
    outbox.drain()
    return told


def test_requests_are_listed_with_their_last_post(held: Any) -> None:
    found = held.ask("GET", "/api/v1/notifications/requests", "ada").json
    assert [r["account"]["username"] for r in found] == ["dora", "cleo"]
    assert set(found[0]) == {"id", "created_at", "updated_at", "account", "notifications_count", "last_status"}
    assert found[0]["notifications_count"] == "1"
    assert "may I?" in found[0]["last_status"]["content"]
    assert held.ask("GET", f"/api/v1/notifications/requests/{found[0]['id']}", "ada").json == found[0]
    assert held.ask("GET", f"/api/v1/notifications/requests/{found[0]['id']}", "bob").status == 404
    summary = held.ask("GET", "/api/v2/notifications/policy", "ada").json["summary"]
    assert summary == {"pending_requests_count": 2, "pending_notifications_count": 2}
    page = held.ask("GET", "/api/v1/notifications?types[]=mention", "ada").json
    assert [n["account"]["username"] for n in page] == ["bob"]
    page = held.ask("GET", "/api/v1/notifications?types[]=mention&include_filtered=true", "ada").json
    assert [n["account"]["username"] for n in page] == ["dora", "cleo", "bob"]


def test_requests_are_accepted_and_dismissed_one_or_several(held: Any) -> None:
    dora, cleo = (r["id"] for r in held.ask("GET", "/api/v1/notifications/requests", "ada").json)
    assert held.ask("POST", f"/api/v1/notifications/requests/{dora}/accept", "bob").status == 404
    assert held.ask("POST", f"/api/v1/notifications/requests/{dora}/accept", "ada").json == {}
    assert held.ask("GET", "/api/v1/notifications/requests/merged", "ada").json == {"merged": True}
    assert held.ask("POST", "/api/v1/notifications/requests/dismiss", "ada", {"id": [cleo, dora]}).json == {}
    assert held.ask("GET", "/api/v1/notifications/requests", "ada").json == []
    page = held.ask("GET", "/api/v1/notifications?types[]=mention&include_filtered=true", "ada").json
    assert [n["account"]["username"] for n in page] == ["dora", "bob"]


def test_a_warm_page_costs_the_change_feed_and_one_query(told: Any) -> None:
    for path in ("/api/v1/notifications?limit=20", "/api/v1/notifications?limit=20"):
        told.ask("GET", path, "ada")
    with CaptureQueriesContext(connection) as seen:
        told.ask("GET", "/api/v1/notifications?limit=20", "ada")
    assert len(seen.captured_queries) == 2
    told.ask("GET", "/api/v2/notifications", "ada")
    with CaptureQueriesContext(connection) as seen:
        told.ask("GET", "/api/v2/notifications", "ada")
    assert len(seen.captured_queries) == 3


@pytest.mark.parametrize(
    "query", ["max_id=x", "limit=x", "types[a]=b", "account_id=x", "grouped_types[][x]=1", "min_id=99999999999999999999999"]
)
def test_forged_parameters_are_refused_without_a_fault(told: Any, query: str) -> None:
    for path in ("/api/v1/notifications", "/api/v2/notifications"):
        assert told.ask("GET", f"{path}?{query}", "ada").status in (200, 404, 422)
