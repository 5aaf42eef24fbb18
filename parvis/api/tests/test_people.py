"""Accounts as others see them: lookup, connections, posts on profiles, relationships, discovery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from parvis.kernel import changes, outbox
from parvis.kernel.clock import now


@pytest.fixture
def town(square: Any) -> Any:
    """Return a square with ada, bob, cleo and dan, and reactions wired."""
    from parvis.config import wiring

    wiring.connect()
    square.person("cleo")
    square.person("dan")
    return square


def names(answered: Any) -> list[str]:
    assert answered.status == 200, answered.raw
    return [one["username"] for one in answered.json]


def get(town: Any, path: str, who: str = "") -> Any:
    return town.ask("GET", path, who)


def next_path(answered: Any) -> str | None:
    link = answered.headers.get("Link", "")
    for part in link.split(", <"):
        if 'rel="next"' in part:
            return part.lstrip("<").partition(">")[0].split(":8000", 1)[-1].split("localhost", 1)[-1]
    return None


def queries(town: Any, path: str, who: str) -> int:
    """Return how many queries a read costs when nothing is cached but the caller."""
    from django.db import connection

    changes.forget()
    get(town, "/api/v1/blocks", who)
    with CaptureQueriesContext(connection) as seen:
        assert get(town, path, who).status == 200
    return len(seen)


def test_an_account_is_found_by_id_by_ids_and_by_name(town: Any) -> None:
    ada, bob = town.ids["ada"], town.ids["bob"]
    one = get(town, f"/api/v1/accounts/{ada}").json
    assert (one["id"], one["acct"], one["username"]) == (str(ada), "ada", "ada")
    assert names(get(town, f"/api/v1/accounts?id[]={bob}&id[]={ada}&id[]=12&id[]=x")) == ["bob", "ada"]
    assert get(town, "/api/v1/accounts/lookup?acct=@ADA").json["id"] == str(ada)
    assert get(town, "/api/v1/accounts/lookup?acct=nobody").status == 404
    assert get(town, "/api/v1/accounts/lookup").status == 404
    assert get(town, "/api/v1/accounts/1").json == {"error": "Record not found"}
    assert get(town, "/api/v1/accounts?" + "&".join(f"id[]={i}" for i in range(1, 42))).status == 422


def test_who_has_not_arrived_or_is_gone_does_not_exist_and_who_is_suspended_keeps_a_name(town: Any) -> None:
    from parvis.identity.models import User
    from parvis.network.models import Account

    User.objects.filter(account_id=town.ids["bob"]).update(approved_at=None)
    Account.objects.filter(id=town.ids["cleo"]).update(deleted_at=now())
    Account.objects.filter(id=town.ids["dan"]).update(suspended_at=now(), display_name="Dan", note_html="<p>x</p>")
    for name in ("bob", "cleo"):
        assert get(town, f"/api/v1/accounts/{town.ids[name]}", "ada").status == 404
        assert get(town, f"/api/v1/accounts/lookup?acct={name}").status == 404
        assert town.ask("POST", f"/api/v1/accounts/{town.ids[name]}/follow", "ada").status == 404
    found = get(town, f"/api/v1/accounts/{town.ids['dan']}").json
    assert (found["suspended"], found["display_name"], found["note"]) == (True, "", "")
    assert get(town, f"/api/v1/accounts/{town.ids['dan']}/statuses").json == []


def test_followers_page_by_the_edge_and_both_ways(town: Any) -> None:
    for name in ("bob", "cleo", "dan"):
        town.follow(name, "ada")
    path = f"/api/v1/accounts/{town.ids['ada']}/followers"
    assert names(get(town, path)) == ["dan", "cleo", "bob"]
    first = get(town, f"{path}?limit=2")
    assert names(first) == ["dan", "cleo"]
    onward = next_path(first)
    assert onward is not None
    last = get(town, onward)
    assert names(last) == ["bob"]
    assert next_path(last) is None
    from parvis.network.models import Follow

    oldest = Follow.objects.get(follower_id=town.ids["bob"])
    assert f"min_id={oldest.id}" in last.headers["Link"]
    assert names(get(town, f"{path}?min_id={oldest.id}&limit=1")) == ["cleo"]
    assert names(get(town, f"/api/v1/accounts/{town.ids['dan']}/following")) == ["ada"]


def test_hidden_connections_are_shown_to_their_owner_alone(town: Any) -> None:
    town.follow("bob", "ada")
    assert town.ask("PATCH", "/api/v1/accounts/update_credentials", "ada", {"hide_collections": True}).status == 200
    path = f"/api/v1/accounts/{town.ids['ada']}/followers"
    assert names(get(town, path)) == names(get(town, path, "cleo")) == []
    assert names(get(town, path, "ada")) == ["bob"]


def test_blocked_muted_and_suspended_people_are_left_out_of_others_connections(town: Any) -> None:
    from parvis.network.models import Account

    for name in ("bob", "cleo", "dan"):
        town.follow(name, "ada")
    town.person("eve")
    town.follow("eve", "ada")
    town.ask("POST", f"/api/v1/accounts/{town.ids['cleo']}/block", "bob")
    town.ask("POST", f"/api/v1/accounts/{town.ids['eve']}/mute", "bob")
    Account.objects.filter(id=town.ids["dan"]).update(suspended_at=now())
    path = f"/api/v1/accounts/{town.ids['ada']}/followers"
    assert names(get(town, path, "bob")) == ["bob"]
    assert names(get(town, path, "cleo")) == ["eve", "cleo"]
    assert names(get(town, path, "ada")) == ["eve", "cleo", "bob"]


def test_who_is_blocked_reads_neither_posts_nor_connections(town: Any) -> None:
    town.post("ada", "hello")
    town.follow("cleo", "ada")
    town.ask("POST", f"/api/v1/accounts/{town.ids['bob']}/block", "ada")
    base = f"/api/v1/accounts/{town.ids['ada']}"
    assert get(town, base, "bob").status == 200
    assert get(town, f"{base}/statuses", "bob").json == []
    assert get(town, f"{base}/followers", "bob").json == []
    assert len(get(town, f"{base}/statuses", "cleo").json) == 1


def test_a_page_of_followers_costs_the_same_for_one_as_for_many(town: Any) -> None:
    from parvis.identity.models import User
    from parvis.network.models import Account, Follow

    town.follow("bob", "ada")
    path = f"/api/v1/accounts/{town.ids['ada']}/followers?limit=80"
    few = queries(town, path, "cleo")
    for i in range(60):
        account = Account.objects.create(username=f"p{i}")
        User.objects.create(username=f"p{i}", email=f"p{i}@e.org", account=account)
        Follow.objects.create(follower=account, followee_id=town.ids["ada"])
    assert queries(town, path, "cleo") == few
    assert few <= 6
    listed = [f"id[]={i}" for i in Account.objects.values_list("id", flat=True)]
    assert queries(town, "/api/v1/accounts/relationships?" + "&".join(listed), "cleo") <= 3


def test_a_profile_shows_what_its_viewer_may_see(town: Any) -> None:
    public = town.post("ada", "public")["id"]
    private = town.post("ada", "private", visibility="private")["id"]
    named = town.post("ada", "for @bob", visibility="direct")["id"]
    town.follow("cleo", "ada")
    path = f"/api/v1/accounts/{town.ids['ada']}/statuses"

    def ids(who: str = "") -> list[str]:
        return [one["id"] for one in get(town, path, who).json]

    assert ids() == [public]
    assert ids("dan") == [public]
    assert ids("cleo") == [private, public]
    assert ids("bob") == [named, public]
    assert ids("ada") == [named, private, public]


def test_every_filter_of_a_profiles_posts(town: Any) -> None:
    plain = town.post("ada", "plain #sea")["id"]
    own_answer = town.post("ada", "more", in_reply_to_id=plain)["id"]
    others = town.post("bob", "question")["id"]
    answer = town.post("ada", "answer", in_reply_to_id=others)["id"]
    asset = town.asset("ada")
    picture = town.post("ada", "look", media_ids=[str(asset)])["id"]
    boost = town.ask("POST", f"/api/v1/statuses/{others}/reblog", "ada").json["id"]
    path = f"/api/v1/accounts/{town.ids['ada']}/statuses"

    def ids(query: str, who: str = "bob") -> list[str]:
        return [one["id"] for one in get(town, f"{path}?{query}", who).json]

    assert ids("") == [boost, picture, answer, own_answer, plain]
    assert ids("only_media=true") == [picture]
    assert ids("exclude_replies=1") == [boost, picture, own_answer, plain]
    assert ids("exclude_reblogs=true") == [picture, answer, own_answer, plain]
    assert ids("tagged=Sea") == [plain]
    assert ids("tagged=nothing") == []
    assert ids(f"max_id={picture}&limit=2") == [answer, own_answer]
    assert ids(f"min_id={plain}&limit=1") == [own_answer]
    town.ask("POST", f"/api/v1/statuses/{plain}/pin", "ada")
    town.ask("POST", f"/api/v1/statuses/{picture}/pin", "ada")
    pinned = get(town, f"{path}?pinned=true")
    assert [one["id"] for one in pinned.json] == [picture, plain]
    assert "Link" not in pinned.headers


def test_a_profiles_boosts_of_whom_the_viewer_hides_are_left_out(town: Any) -> None:
    post = town.post("bob", "hi")["id"]
    town.ask("POST", f"/api/v1/statuses/{post}/reblog", "ada")
    path = f"/api/v1/accounts/{town.ids['ada']}/statuses"
    assert len(get(town, path, "cleo").json) == 1
    town.ask("POST", f"/api/v1/accounts/{town.ids['bob']}/mute", "cleo")
    assert get(town, path, "cleo").json == []
    town.post("bob", "still on my own page")
    assert len(get(town, f"/api/v1/accounts/{town.ids['bob']}/statuses", "cleo").json) == 2


def test_relationships_come_in_the_order_asked_and_without_the_suspended(town: Any) -> None:
    from parvis.network.models import Account

    ids = town.ids
    Account.objects.filter(id=ids["dan"]).update(suspended_at=now())
    path = f"/api/v1/accounts/relationships?id[]={ids['dan']}&id[]={ids['cleo']}&id[]={ids['bob']}&id[]={ids['bob']}&id[]=5"
    assert [one["id"] for one in get(town, path, "ada").json] == [str(ids["cleo"]), str(ids["bob"])]
    with_them = get(town, f"{path}&with_suspended=true", "ada").json
    assert [one["id"] for one in with_them] == [str(ids["dan"]), str(ids["cleo"]), str(ids["bob"])]
    assert get(town, f"/api/v1/accounts/relationships?id={ids['bob']}", "ada").json == [
        {
            "id": str(ids["bob"]), "following": False, "showing_reblogs": False, "notifying": False, "languages": None,
            "followed_by": False, "blocking": False, "blocked_by": False, "muting": False, "muting_notifications": False,
            "muting_expires_at": None, "requested": False, "requested_by": False, "domain_blocking": False, "endorsed": False,
            "note": "",
        }
    ]  # fmt: skip
    assert get(town, "/api/v1/accounts/relationships", "ada").json == []
    assert get(town, path).status == 401


def test_familiar_followers_are_those_i_follow_and_do_not_hide_it(town: Any) -> None:
    from parvis.network.models import Account

    for name in ("bob", "cleo", "dan"):
        if name != "dan":
            town.follow("ada", name)
        town.person(f"{name}2")
        town.follow(name, "bob2")
    Account.objects.filter(id=town.ids["cleo"]).update(hide_collections=True)
    target = town.ids["bob2"]
    found = get(town, f"/api/v1/accounts/familiar_followers?id[]={target}", "ada").json
    assert [(one["id"], [a["username"] for a in one["accounts"]]) for one in found] == [(str(target), ["bob"])]
    Account.objects.filter(id=target).update(hide_collections=True)
    changes.forget()
    assert get(town, f"/api/v1/accounts/familiar_followers?id[]={target}", "ada").json == [{"id": str(target), "accounts": []}]


def test_the_directory_lists_who_wants_to_be_found(town: Any) -> None:
    from parvis.network.models import Account

    ids = town.ids
    Account.objects.filter(id__in=[ids["ada"], ids["bob"], ids["cleo"]]).update(discoverable=True)
    town.post("ada", "active")
    assert names(get(town, "/api/v1/directory")) == ["ada", "cleo", "bob"]
    assert names(get(town, "/api/v1/directory?order=new")) == ["cleo", "bob", "ada"]
    assert names(get(town, "/api/v1/directory?order=new&limit=1&offset=1&local=true")) == ["bob"]
    town.ask("POST", f"/api/v1/accounts/{ids['bob']}/block", "dan")
    Account.objects.filter(id=ids["cleo"]).update(limited_at=now())
    assert names(get(town, "/api/v1/directory?order=new", "dan")) == ["ada"]


def test_suggestions_work_on_a_fresh_square_and_never_name_the_unwanted(town: Any) -> None:
    from parvis.network.models import Account

    ids = town.ids
    assert get(town, "/api/v2/suggestions", "ada").json == []
    for name in ("eve", "fay", "gus", "hal", "ivy"):
        town.person(name, discoverable=True)
        town.post(name, "hello")
    Account.objects.all().update(discoverable=True)
    town.follow("ada", "bob")
    town.follow("bob", "eve")
    town.follow("cleo", "fay")
    town.ask("POST", f"/api/v1/accounts/{ids['gus']}/block", "ada")
    town.ask("POST", f"/api/v1/accounts/{ids['ada']}/block", "hal")
    town.ask("POST", f"/api/v1/accounts/{ids['ivy']}/mute", "ada")
    found = get(town, "/api/v2/suggestions", "ada").json
    assert [(s["account"]["username"], s["source"], s["sources"]) for s in found] == [
        ("eve", "past_interactions", ["friends_of_friends", "most_followed", "most_interactions"]),
        ("fay", "global", ["most_followed", "most_interactions"]),
    ]
    assert names(get(town, "/api/v1/suggestions?limit=1", "ada")) == ["eve"]
    assert town.ask("DELETE", f"/api/v1/suggestions/{ids['eve']}", "ada").json == {}
    assert town.ask("DELETE", f"/api/v1/suggestions/{ids['eve']}", "ada").json == {}
    assert names(get(town, "/api/v1/suggestions", "ada")) == ["fay"]
    Account.objects.filter(id=ids["fay"]).update(discoverable=False)
    assert get(town, "/api/v2/suggestions", "ada").json == []
    assert get(town, "/api/v2/suggestions").status == 401


def test_favourites_and_bookmarks_page_by_the_mark(town: Any) -> None:
    from parvis.network.models import Bookmark, Favourite

    posts = [town.post("ada", f"n{i}")["id"] for i in range(3)]
    for post in (posts[2], posts[0], posts[1]):
        town.ask("POST", f"/api/v1/statuses/{post}/favourite", "bob")
        town.ask("POST", f"/api/v1/statuses/{post}/bookmark", "bob")
    for path, table in (("favourites", Favourite), ("bookmarks", Bookmark)):
        first = get(town, f"/api/v1/{path}?limit=2", "bob")
        assert [one["id"] for one in first.json] == [posts[1], posts[0]]
        oldest = table.objects.get(post_id=int(posts[0]))
        assert f"max_id={oldest.id}" in first.headers["Link"]
        assert [one["id"] for one in get(town, f"/api/v1/{path}?max_id={oldest.id}", "bob").json] == [posts[2]]
        assert get(town, f"/api/v1/{path}").status == 401
    town.ask("POST", f"/api/v1/accounts/{town.ids['ada']}/mute", "bob")
    assert len(get(town, "/api/v1/favourites", "bob").json) == 3
    town.ask("POST", f"/api/v1/accounts/{town.ids['bob']}/block", "ada")
    assert get(town, "/api/v1/favourites", "bob").json == []


def test_people_are_searched_by_name_or_address(town: Any, settings: Any) -> None:
    from parvis.feeds.actions.people import index_new_people

    town.person("adam")
    index_new_people()
    town.follow("bob", "adam")
    assert names(get(town, "/api/v1/accounts/search?q=ada", "bob")) == ["ada", "adam"]
    assert names(get(town, "/api/v1/accounts/search?q=ada&following=true", "bob")) == ["adam"]
    assert names(get(town, "/api/v1/accounts/search?q=ada&limit=1&offset=1", "bob")) == ["adam"]
    assert names(get(town, f"/api/v1/accounts/search?q={settings.BASE_URL}/@cleo&resolve=true", "bob")) == ["cleo"]
    assert names(get(town, "/api/v1/accounts/search?q=", "bob")) == names(get(town, "/api/v1/accounts/search?q=zzz", "bob")) == []
    assert get(town, "/api/v1/accounts/search?q=ada").status == 401
    assert get(town, "/api/v1/accounts/search?q[]=ada", "bob").status == 422


def test_scopes_are_asked_for(town: Any) -> None:
    from parvis.identity.models import User

    town.token("narrow", User.objects.get(username="ada"), "read:statuses")
    ids = town.ids
    for path in (
        f"/api/v1/accounts/{ids['bob']}", f"/api/v1/accounts/{ids['bob']}/followers", "/api/v1/blocks", "/api/v1/mutes",
        "/api/v1/follow_requests", "/api/v1/lists", "/api/v1/favourites", "/api/v1/bookmarks", "/api/v1/followed_tags",
        "/api/v1/featured_tags", "/api/v1/preferences", "/api/v1/domain_blocks", f"/api/v1/accounts/relationships?id[]={ids['bob']}",
    ):  # fmt: skip
        answered = get(town, path, "narrow")
        assert (answered.status, answered.json["error"]) == (403, "This action is outside the authorized scopes"), path
    for path in ("follow", "unfollow", "block", "mute", "note", "endorse", "remove_from_followers"):
        assert town.ask("POST", f"/api/v1/accounts/{ids['bob']}/{path}", "narrow").status == 403
        assert town.ask("POST", f"/api/v1/accounts/{ids['bob']}/{path}").status == 401


def test_a_mute_that_ended_counts_no_more_and_is_taken_away(town: Any) -> None:
    from parvis.network.actions import blocks
    from parvis.network.models import Mute

    ids = town.ids
    muted = town.ask("POST", f"/api/v1/accounts/{ids['bob']}/mute", "ada", {"duration": 3600, "notifications": False}).json
    assert (muted["muting"], muted["muting_notifications"]) == (True, False)
    assert muted["muting_expires_at"] is not None
    assert get(town, "/api/v1/mutes", "ada").json[0]["mute_expires_at"] == muted["muting_expires_at"]
    assert blocks.expire_mutes() == 0
    Mute.objects.update(expires_at=now() - timedelta(seconds=1))
    changes.forget()
    again = get(town, f"/api/v1/accounts/relationships?id[]={ids['bob']}", "ada").json[0]
    assert (again["muting"], again["muting_notifications"], again["muting_expires_at"]) == (False, False, None)
    assert get(town, "/api/v1/mutes", "ada").json == []
    assert blocks.expire_mutes() == 1
    assert not Mute.objects.exists()
    outbox.drain()
