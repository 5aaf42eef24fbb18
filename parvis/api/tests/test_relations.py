"""Follow, request, block, mute, note, endorse, hide a server: what is answered, and what it changes."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.kernel import changes, outbox


@pytest.fixture
def town(square: Any) -> Any:
    """Return a square with ada, bob and cleo, and reactions wired."""
    from parvis.config import wiring

    wiring.connect()
    square.person("cleo")
    return square


def act(town: Any, who: str, verb: str, whom: str, body: Any = None) -> Any:
    return town.ask("POST", f"/api/v1/accounts/{town.ids[whom]}/{verb}", who, body)


def counts(town: Any, name: str) -> tuple[int, int]:
    found = town.ask("GET", f"/api/v1/accounts/{town.ids[name]}").json
    return found["followers_count"], found["following_count"]


def home(town: Any, who: str) -> list[str]:
    outbox.drain()
    return [one["content"] for one in town.ask("GET", "/api/v1/timelines/home", who).json]


def names(answered: Any) -> list[str]:
    assert answered.status == 200, answered.raw
    return [one["username"] for one in answered.json]


def test_a_follow_says_what_it_brings_and_can_be_changed(town: Any) -> None:
    first = act(town, "ada", "follow", "bob").json
    assert (first["following"], first["showing_reblogs"], first["notifying"], first["languages"]) == (True, True, False, None)
    again = act(town, "ada", "follow", "bob", {"reblogs": False, "notify": True, "languages": ["fr", "en"]}).json
    assert (again["showing_reblogs"], again["notifying"], again["languages"]) == (False, True, ["fr", "en"])
    kept = act(town, "ada", "follow", "bob").json
    assert (kept["showing_reblogs"], kept["notifying"], kept["languages"]) == (False, True, ["fr", "en"])
    assert act(town, "ada", "follow", "bob", {"languages": []}).json["languages"] is None
    assert (counts(town, "bob"), counts(town, "ada")) == ((1, 0), (0, 1))
    assert act(town, "bob", "follow", "ada").json["followed_by"] is True
    assert act(town, "ada", "unfollow", "bob").json["following"] is False
    assert act(town, "ada", "unfollow", "bob").json["following"] is False
    assert (counts(town, "bob"), counts(town, "ada")) == ((0, 1), (1, 0))


def test_follows_that_may_not_be(town: Any) -> None:
    from parvis.kernel.clock import now
    from parvis.network.models import Account

    assert act(town, "ada", "follow", "ada").status == 403
    assert town.ask("POST", "/api/v1/accounts/77/follow", "ada").status == 404
    assert act(town, "ada", "follow", "bob", {"languages": ["not a language"]}).status == 422
    act(town, "bob", "block", "ada")
    refused = act(town, "ada", "follow", "bob")
    assert (refused.status, refused.json["error"]) == (403, "This action is not allowed")
    assert act(town, "bob", "follow", "ada").status == 403
    Account.objects.filter(id=town.ids["cleo"]).update(suspended_at=now())
    assert act(town, "ada", "follow", "cleo").status == 404
    Account.objects.filter(id=town.ids["cleo"]).update(suspended_at=None, moved_to_id=town.ids["ada"])
    assert act(town, "ada", "follow", "cleo").status == 403
    Account.objects.filter(id=town.ids["cleo"]).update(moved_to_id=None)
    Account.objects.filter(id=town.ids["ada"]).update(following_count=7500)
    too_many = act(town, "ada", "follow", "cleo")
    assert (too_many.status, too_many.json["error"]) == (422, "Validation failed: You cannot follow more than 7500 people")


def test_a_locked_account_decides_on_each_request(town: Any) -> None:
    town.person("dan", locked=True)
    asked = act(town, "ada", "follow", "dan", {"notify": True}).json
    assert (asked["following"], asked["requested"], asked["notifying"], asked["showing_reblogs"]) == (False, True, True, True)
    act(town, "bob", "follow", "dan")
    waiting = town.ask("GET", "/api/v1/follow_requests?limit=1", "dan")
    assert names(waiting) == ["bob"]
    assert "max_id=" in waiting.headers["Link"]
    assert town.ask("GET", "/api/v1/accounts/verify_credentials", "dan").json["source"]["follow_requests_count"] == 2
    accepted = town.ask("POST", f"/api/v1/follow_requests/{town.ids['ada']}/authorize", "dan").json
    assert (accepted["followed_by"], accepted["requested_by"]) == (True, False)
    rejected = town.ask("POST", f"/api/v1/follow_requests/{town.ids['bob']}/reject", "dan").json
    assert (rejected["followed_by"], rejected["requested_by"]) == (False, False)
    for verb in ("authorize", "reject"):
        assert town.ask("POST", f"/api/v1/follow_requests/{town.ids['bob']}/{verb}", "dan").status == 404
    assert counts(town, "dan") == (1, 0)
    relation = town.ask("GET", f"/api/v1/accounts/relationships?id[]={town.ids['dan']}", "ada").json[0]
    assert (relation["following"], relation["notifying"], relation["requested"]) == (True, True, False)
    assert town.ask("GET", "/api/v1/accounts/verify_credentials", "dan").json["source"]["follow_requests_count"] == 0


def test_a_request_can_be_taken_back_and_shows_to_the_other_side(town: Any) -> None:
    town.person("dan", locked=True)
    act(town, "ada", "follow", "dan")
    seen = town.ask("GET", f"/api/v1/accounts/relationships?id[]={town.ids['ada']}", "dan").json[0]
    assert seen["requested_by"] is True
    assert act(town, "ada", "unfollow", "dan").json["requested"] is False
    assert names(town.ask("GET", "/api/v1/follow_requests", "dan")) == []


def test_unlocking_lets_in_who_waits_but_not_whom_moderators_limited(town: Any) -> None:
    from parvis.kernel.clock import now
    from parvis.network.models import Account

    town.person("dan", locked=True)
    act(town, "ada", "follow", "dan")
    act(town, "bob", "follow", "dan")
    Account.objects.filter(id=town.ids["bob"]).update(limited_at=now())
    changes.forget()
    town.ask("PATCH", "/api/v1/accounts/update_credentials", "dan", {"locked": False})
    outbox.drain()
    assert names(town.ask("GET", f"/api/v1/accounts/{town.ids['dan']}/followers", "dan")) == ["ada"]
    assert act(town, "bob", "follow", "cleo").json["requested"] is True


def test_a_block_parts_two_people_altogether(town: Any) -> None:
    from parvis.network.models import Endorsement, ListMember, Notification

    town.person("dan", locked=True)
    for one, other in (("ada", "bob"), ("bob", "ada"), ("bob", "dan")):
        act(town, one, "follow", other)
    made = town.ask("POST", "/api/v1/lists", "ada", {"title": "l"}).json["id"]
    assert town.ask("POST", f"/api/v1/lists/{made}/accounts", "ada", {"account_ids": [str(town.ids["bob"])]}).status == 200
    act(town, "ada", "endorse", "bob")
    town.post("ada", "from ada to @bob")
    town.post("bob", "from bob")
    assert len(home(town, "ada")) == 2
    assert len(home(town, "bob")) == 2
    assert town.ask("GET", f"/api/v1/timelines/list/{made}", "ada").json != []
    assert Notification.objects.filter(account_id=town.ids["bob"], from_account_id=town.ids["ada"]).exists()

    answered = act(town, "ada", "block", "bob").json
    assert (answered["blocking"], answered["following"], answered["followed_by"], answered["endorsed"]) == (True, False, False, False)
    assert act(town, "ada", "block", "bob").status == 200
    theirs = town.ask("GET", f"/api/v1/accounts/relationships?id[]={town.ids['ada']}", "bob").json[0]
    assert (theirs["blocked_by"], theirs["following"], theirs["followed_by"]) == (True, False, False)
    assert [("from ada" in content, "from bob" in content) for content in home(town, "ada")] == [(True, False)]
    assert [("from ada" in content, "from bob" in content) for content in home(town, "bob")] == [(False, True)]
    from parvis.feeds.models import FeedEntry

    assert not FeedEntry.objects.filter(feed_id=town.ids["bob"], author_id=town.ids["ada"]).exists()
    assert not FeedEntry.objects.filter(feed_id=int(made)).exists()
    assert (counts(town, "ada"), counts(town, "bob")) == ((0, 0), (0, 0))
    assert not Endorsement.objects.exists()
    assert not ListMember.objects.exists()
    pair = [town.ids["ada"], town.ids["bob"]]
    assert not Notification.objects.filter(account_id__in=pair, from_account_id__in=pair).exists()
    assert names(town.ask("GET", "/api/v1/blocks", "ada")) == ["bob"]
    act(town, "dan", "block", "bob")
    assert names(town.ask("GET", "/api/v1/follow_requests", "dan")) == []
    assert act(town, "ada", "unblock", "bob").json["blocking"] is False
    assert act(town, "bob", "follow", "ada").json["following"] is True


def test_blocking_and_muting_oneself_change_nothing(town: Any) -> None:
    assert act(town, "ada", "block", "ada").json["blocking"] is False
    assert act(town, "ada", "mute", "ada").json["muting"] is False


def test_a_mute_hides_from_home_until_it_is_lifted(town: Any) -> None:
    act(town, "ada", "follow", "bob")
    town.post("bob", "noise")
    assert len(home(town, "ada")) == 1
    muted = act(town, "ada", "mute", "bob").json
    assert (muted["muting"], muted["muting_notifications"], muted["muting_expires_at"], muted["following"]) == (True, True, None, True)
    assert home(town, "ada") == []
    listed = town.ask("GET", "/api/v1/mutes", "ada").json
    assert [(one["username"], one["mute_expires_at"]) for one in listed] == [("bob", None)]
    changed = act(town, "ada", "mute", "bob", {"notifications": "false", "duration": "60"}).json
    assert changed["muting_notifications"] is False
    assert changed["muting_expires_at"] is not None
    assert act(town, "ada", "unmute", "bob").json["muting"] is False
    assert len(home(town, "ada")) == 1
    assert act(town, "ada", "mute", "bob", {"duration": 10**18}).status == 200
    assert act(town, "ada", "mute", "bob", {"duration": "soon"}).status == 422


def test_a_private_note_is_its_authors_alone(town: Any) -> None:
    assert act(town, "ada", "note", "bob", {"comment": "met in Lyon"}).json["note"] == "met in Lyon"
    assert act(town, "cleo", "note", "bob").json["note"] == ""
    assert town.ask("GET", f"/api/v1/accounts/relationships?id[]={town.ids['ada']}", "bob").json[0]["note"] == ""
    assert act(town, "ada", "note", "bob", {"comment": "x" * 2001}).status == 422
    assert act(town, "ada", "note", "bob", {"comment": ""}).json["note"] == ""


def test_only_whom_one_follows_can_be_endorsed(town: Any) -> None:
    refused = act(town, "ada", "pin", "bob")
    assert refused.status == 422
    assert refused.json["error"] == "Validation failed: You must be already following the person you want to endorse"
    act(town, "ada", "follow", "bob")
    assert act(town, "ada", "pin", "bob").json["endorsed"] is True
    assert act(town, "ada", "endorse", "bob").json["endorsed"] is True
    assert names(town.ask("GET", "/api/v1/endorsements", "ada")) == ["bob"]
    assert names(town.ask("GET", "/api/v1/endorsements?limit=0", "ada")) == ["bob"]
    assert names(town.ask("GET", f"/api/v1/accounts/{town.ids['ada']}/endorsements")) == ["bob"]
    assert act(town, "ada", "unpin", "bob").json["endorsed"] is False
    act(town, "ada", "endorse", "bob")
    act(town, "ada", "unfollow", "bob")
    assert names(town.ask("GET", "/api/v1/endorsements", "ada")) == []


def test_a_follower_can_be_removed(town: Any) -> None:
    act(town, "bob", "follow", "ada")
    assert act(town, "ada", "remove_from_followers", "bob").json["followed_by"] is False
    assert act(town, "ada", "remove_from_followers", "bob").status == 200
    assert (counts(town, "ada"), counts(town, "bob")) == ((0, 0), (0, 0))


def test_hiding_a_server_parts_from_its_people(town: Any) -> None:
    from parvis.network.actions import follows
    from parvis.network.models import Account

    far = Account.objects.create(username="far", domain="elsewhere.example")
    follows.follow(far.id, town.ids["ada"])
    follows.follow(town.ids["ada"], far.id)
    preview = town.ask("GET", "/api/v1/domain_blocks/preview?domain=Elsewhere.example", "ada").json
    assert preview == {"following_count": 1, "followers_count": 1}
    assert town.ask("POST", "/api/v1/domain_blocks", "ada", {"domain": "https://Elsewhere.Example/"}).json == {}
    assert town.ask("POST", "/api/v1/domain_blocks", "ada", {"domain": "elsewhere.example"}).status == 200
    town.ask("POST", "/api/v1/domain_blocks", "ada", {"domain": "other.example"})
    listed = town.ask("GET", "/api/v1/domain_blocks?limit=1", "ada")
    assert listed.json == ["other.example"]
    assert "max_id=" in listed.headers["Link"]
    assert counts(town, "ada") == (0, 0)
    assert town.ask("GET", f"/api/v1/accounts/relationships?id[]={far.id}", "ada").json[0]["domain_blocking"] is True
    assert town.ask("POST", f"/api/v1/accounts/{far.id}/follow", "ada").status == 403
    assert town.ask("DELETE", "/api/v1/domain_blocks?domain=elsewhere.example", "ada").json == {}
    assert town.ask("DELETE", "/api/v1/domain_blocks", "ada", {"domain": "other.example"}).json == {}
    assert town.ask("GET", "/api/v1/domain_blocks", "ada").json == []
    for domain in ("", "not a domain", "nodots", "a" * 300 + ".example", "-x.example"):
        refused = town.ask("POST", "/api/v1/domain_blocks", "ada", {"domain": domain})
        assert refused.status == 422, domain
        assert refused.json["error"].startswith("Validation failed: Domain")
