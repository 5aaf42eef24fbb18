"""Lists: whose they are, who may stand in them, what their timelines and the home show."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.kernel import outbox


@pytest.fixture
def town(square: Any) -> Any:
    """Return a square where ada follows bob and cleo, and reactions are wired."""
    from parvis.config import wiring

    wiring.connect()
    square.person("cleo")
    square.follow("ada", "bob")
    square.follow("ada", "cleo")
    return square


def make(town: Any, who: str = "ada", **params: Any) -> str:
    answered = town.ask("POST", "/api/v1/lists", who, {"title": "Friends", **params})
    assert answered.status == 200, answered.raw
    return str(answered.json["id"])


def add(town: Any, list_id: str, *names: str, who: str = "ada") -> Any:
    return town.ask("POST", f"/api/v1/lists/{list_id}/accounts", who, {"account_ids": [str(town.ids[n]) for n in names]})


def remove(town: Any, list_id: str, *names: str) -> Any:
    return town.ask("DELETE", f"/api/v1/lists/{list_id}/accounts", "ada", {"account_ids": [str(town.ids[n]) for n in names]})


def timeline(town: Any, path: str, who: str = "ada") -> list[str]:
    outbox.drain()
    answered = town.ask("GET", f"/api/v1/timelines/{path}", who)
    assert answered.status == 200, answered.raw
    return [one["content"].removeprefix("<p>").removesuffix("</p>") for one in answered.json]


def members(town: Any, list_id: str, query: str = "") -> list[str]:
    return [one["username"] for one in town.ask("GET", f"/api/v1/lists/{list_id}/accounts{query}", "ada").json]


def test_a_list_is_made_changed_and_deleted_by_its_owner_alone(town: Any) -> None:
    made = make(town)
    path = f"/api/v1/lists/{made}"
    assert town.ask("GET", path, "ada").json == {"id": made, "title": "Friends", "replies_policy": "list", "exclusive": False}
    changed = town.ask("PUT", path, "ada", {"title": "Amis", "replies_policy": "none", "exclusive": True}).json
    assert changed == {"id": made, "title": "Amis", "replies_policy": "none", "exclusive": True}
    assert town.ask("PUT", path, "ada", {"replies_policy": "followed"}).json["exclusive"] is True
    assert [one["id"] for one in town.ask("GET", "/api/v1/lists", "ada").json] == [made]
    for method, where in (("GET", path), ("PUT", path), ("DELETE", path), ("GET", f"{path}/accounts"), ("POST", f"{path}/accounts")):
        assert town.ask(method, where, "bob", {"title": "mine", "account_ids": []} if method != "GET" else None).status == 404
        assert town.ask(method, where).status == 401
    assert town.ask("GET", f"/api/v1/timelines/list/{made}", "bob").status == 404
    assert town.ask("DELETE", path, "ada").json == {}
    assert town.ask("DELETE", path, "ada").status == 404


def test_a_list_that_says_nothing_or_too_much_is_refused(town: Any) -> None:
    for params, error in (
        ({"title": "  "}, "Validation failed: Title can't be blank"),
        ({}, "Validation failed: Title can't be blank"),
        ({"title": "x" * 256}, "Validation failed: Title is too long (maximum is 255 characters)"),
        ({"title": "x", "replies_policy": "some"}, "Validation failed: Replies policy is not included in the list"),
    ):
        refused = town.ask("POST", "/api/v1/lists", "ada", params)
        assert (refused.status, refused.json["error"]) == (422, error)
    assert town.ask("POST", "/api/v1/lists", "ada", {"title": ["a"]}).status == 422
    for _ in range(50):
        make(town)
    assert town.ask("POST", "/api/v1/lists", "ada", {"title": "one more"}).status == 422


def test_only_followed_accounts_stand_in_a_list(town: Any) -> None:
    town.person("dan")
    made = make(town)
    assert add(town, made, "bob", "cleo").json == {}
    assert members(town, made) == ["cleo", "bob"]
    page = town.ask("GET", f"/api/v1/lists/{made}/accounts?limit=1", "ada")
    assert [one["username"] for one in page.json] == ["cleo"]
    assert "max_id=" in page.headers["Link"]
    assert members(town, made, "?limit=0") == ["cleo", "bob"]
    assert add(town, made, "bob").status == 422
    assert add(town, made, "dan").status == 404
    assert town.ask("POST", f"/api/v1/lists/{made}/accounts", "ada", {"account_ids": ["12"]}).status == 404
    assert town.ask("POST", f"/api/v1/lists/{made}/accounts", "ada", {"account_ids": ["x"]}).status == 404
    both = make(town)
    town.ask("POST", f"/api/v1/accounts/{town.ids['dan']}/follow", "ada")
    assert add(town, both, "dan", "ada").status == 200
    refused = add(town, both, "bob", "ada")
    assert refused.status == 422
    assert members(town, both) == ["ada", "dan"]
    containing = town.ask("GET", f"/api/v1/accounts/{town.ids['bob']}/lists", "ada").json
    assert [one["id"] for one in containing] == [made]
    assert remove(town, made, "bob").json == {}
    assert remove(town, made, "bob").json == {}
    assert members(town, made) == ["cleo"]


def test_a_lists_timeline_follows_its_members(town: Any) -> None:
    town.post("bob", "before")
    made = make(town)
    add(town, made, "bob")
    town.post("bob", "after")
    town.post("cleo", "elsewhere")
    assert timeline(town, f"list/{made}") == ["after", "before"]
    remove(town, made, "bob")
    assert timeline(town, f"list/{made}") == []
    assert timeline(town, "home") == ["elsewhere", "after", "before"]
    add(town, made, "cleo")
    assert timeline(town, f"list/{made}") == ["elsewhere"]
    town.ask("POST", f"/api/v1/accounts/{town.ids['cleo']}/unfollow", "ada")
    assert timeline(town, f"list/{made}") == []
    assert members(town, made) == []


def test_an_exclusive_list_takes_its_members_from_home_and_gives_them_back(town: Any) -> None:
    town.post("bob", "one")
    town.post("cleo", "two")
    made = make(town, exclusive=True)
    add(town, made, "bob")
    town.post("bob", "three")
    assert timeline(town, "home") == ["two"]
    assert timeline(town, f"list/{made}") == ["three", "one"]
    town.ask("PUT", f"/api/v1/lists/{made}", "ada", {"exclusive": False})
    assert timeline(town, "home") == ["three", "two", "one"]
    town.ask("PUT", f"/api/v1/lists/{made}", "ada", {"exclusive": True})
    assert timeline(town, "home") == ["two"]
    remove(town, made, "bob")
    assert timeline(town, "home") == ["three", "two", "one"]
    add(town, made, "bob", "cleo")
    assert timeline(town, "home") == []
    town.ask("DELETE", f"/api/v1/lists/{made}", "ada")
    assert timeline(town, "home") == ["three", "two", "one"]
    from parvis.feeds.models import FeedEntry

    assert not FeedEntry.objects.filter(feed_id=int(made)).exists()


def test_replies_stand_in_a_list_as_its_policy_says(town: Any) -> None:
    town.person("dan")
    lists = {policy: make(town, replies_policy=policy) for policy in ("none", "list", "followed")}
    for made in lists.values():
        add(town, made, "bob")
    to_follow = town.post("cleo", "question of cleo")["id"]
    to_stranger = town.post("dan", "question of dan")["id"]
    outbox.drain()
    town.post("bob", "to cleo", in_reply_to_id=to_follow)
    town.post("bob", "to dan", in_reply_to_id=to_stranger)
    assert timeline(town, f"list/{lists['none']}") == []
    assert timeline(town, f"list/{lists['list']}") == []
    assert timeline(town, f"list/{lists['followed']}") == ["to cleo"]
    add(town, lists["list"], "cleo")
    town.post("bob", "again to cleo", in_reply_to_id=to_follow)
    assert "again to cleo" in timeline(town, f"list/{lists['list']}")


def test_reactions_may_run_twice(town: Any) -> None:
    from parvis.feeds import reactions
    from parvis.network.events import ListJoined, ListLeft

    town.post("bob", "one")
    made = make(town, exclusive=True)
    add(town, made, "bob")
    first = (timeline(town, "home"), timeline(town, f"list/{made}"))
    event = ListJoined(int(made), town.ids["ada"], town.ids["bob"])
    reactions.fill_lists([event, event])
    reactions.empty_lists([ListLeft(int(made), town.ids["ada"], town.ids["bob"])])
    assert (timeline(town, "home"), timeline(town, f"list/{made}")) == first == ([], ["one"])
