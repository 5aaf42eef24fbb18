"""Hashtags: followed, featured, their timelines."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from parvis.kernel import outbox


@pytest.fixture
def town(square: Any) -> Any:
    from parvis.config import wiring

    wiring.connect()
    square.person("cleo")
    return square


def contents(answered: Any) -> list[str]:
    assert answered.status == 200, answered.raw
    return [one["content"].split("<")[1].split(">")[1].strip() for one in answered.json]


def test_a_hashtag_is_known_before_anybody_used_it(town: Any) -> None:
    found = town.ask("GET", "/api/v1/tags/Nobody").json
    assert (found["name"], found["url"].endswith("/tags/nobody"), len(found["history"])) == ("Nobody", True, 7)
    assert "following" not in found
    seen = town.ask("GET", "/api/v1/tags/Nobody", "ada").json
    assert (seen["following"], seen["featuring"]) == (False, False)
    for bad in ("12", "a b", "a-b", "%00", "%23%23", "x" * 300):
        assert town.ask("GET", f"/api/v1/tags/{bad}".replace("%00", "\x00").replace("%23", "#"), "ada").status == 404, bad
        assert town.ask("POST", f"/api/v1/tags/{bad}/follow".replace("%00", "\x00").replace("%23", "#"), "ada").status == 404
    from parvis.network.models import Hashtag

    town.ask("POST", "/api/v1/tags/Nobody/unfollow", "ada")
    assert not Hashtag.objects.exists()


def test_a_followed_hashtag_brings_posts_home_until_it_is_left(town: Any) -> None:
    town.follow("ada", "cleo")
    followed = town.ask("POST", "/api/v1/tags/Sea/follow", "ada").json
    assert (followed["following"], followed["name"]) == (True, "Sea")
    assert town.ask("POST", "/api/v1/tags/sea/follow", "ada").json["id"] == followed["id"]
    town.ask("POST", "/api/v1/tags/hill/follow", "ada")
    town.post("bob", "blue #sea")
    town.post("bob", "both #sea #hill")
    town.post("cleo", "friend #sea")
    outbox.drain()
    assert contents(town.ask("GET", "/api/v1/timelines/home", "ada")) == ["friend", "both", "blue"]
    page = town.ask("GET", "/api/v1/followed_tags?limit=1", "ada")
    assert [(one["name"], one["following"]) for one in page.json] == [("hill", True)]
    assert "max_id=" in page.headers["Link"]
    assert [one["name"] for one in town.ask("GET", "/api/v1/followed_tags", "ada").json] == ["hill", "Sea"]
    assert town.ask("POST", "/api/v1/tags/SEA/unfollow", "ada").json["following"] is False
    outbox.drain()
    assert contents(town.ask("GET", "/api/v1/timelines/home", "ada")) == ["friend", "both"]
    assert town.ask("POST", "/api/v1/tags/SEA/unfollow", "ada").status == 200


def test_accents_stay_and_letters_fold(town: Any) -> None:
    town.post("ada", "été #Été")
    path = "/api/v1/timelines/tag/" + "ÉTÉ".encode().decode("latin-1")
    found = town.ask("GET", path)
    assert contents(found) == ["été"]
    assert quote("ÉTÉ") in found.headers["Link"]
    assert town.ask("GET", "/api/v1/tags/" + "été".encode().decode("latin-1")).json["name"] == "Été"
    assert town.ask("GET", "/api/v1/timelines/tag/ete").json == []


def test_a_hashtag_timeline_takes_any_all_and_none(town: Any) -> None:
    town.post("ada", "a #sea")
    town.post("ada", "b #sea #sun")
    town.post("ada", "c #hill")
    town.post("ada", "d #sea #sun #rain")
    town.post("ada", "e #sea", visibility="unlisted")
    answer = town.post("bob", "q")["id"]
    town.post("ada", "f #sea", in_reply_to_id=answer)

    def tag(query: str = "", name: str = "sea") -> list[str]:
        return contents(town.ask("GET", f"/api/v1/timelines/tag/{name}?{query}"))

    assert tag() == ["f", "d", "b", "a"]
    assert tag("any[]=hill") == ["f", "d", "c", "b", "a"]
    assert tag("all[]=sun") == ["d", "b"]
    assert tag("all[]=sun&all[]=rain") == ["d"]
    assert tag("none[]=sun") == ["f", "a"]
    assert tag("all[]=sun&none[]=rain&any[]=hill") == ["b"]
    assert tag("local=true") == ["f", "d", "b", "a"]
    assert tag("remote=true") == []
    assert tag("only_media=true") == []
    assert tag("limit=2&any[]=hill") == ["f", "d"]
    assert tag(name="unheard") == []
    found = town.ask("GET", "/api/v1/timelines/tag/sea?limit=2&any[]=hill")
    last = found.json[-1]["id"]
    assert f"max_id={last}" in found.headers["Link"]
    assert tag(f"max_id={last}&any[]=hill") == ["c", "b", "a"]
    assert tag(f"min_id={last}&any[]=hill") == ["f"]
    town.ask("POST", f"/api/v1/accounts/{town.ids['ada']}/mute", "bob")
    assert contents(town.ask("GET", "/api/v1/timelines/tag/sea", "bob")) == []
    assert town.ask("GET", "/api/v1/timelines/tag/sea?any[a]=b").status == 422


def test_featured_hashtags_say_how_much_they_were_used(town: Any) -> None:
    town.post("ada", "#Sea and #sun")
    town.post("ada", "#sea")
    town.post("ada", "#sea", visibility="private")
    town.post("bob", "#sea")
    suggested = [one["name"] for one in town.ask("GET", "/api/v1/featured_tags/suggestions", "ada").json]
    assert suggested == ["Sea", "sun"]
    made = town.ask("POST", "/api/v1/featured_tags", "ada", {"name": "#SEA"}).json
    assert made["name"] == "SEA"
    assert made["url"].endswith("/@ada/tagged/sea")
    assert (made["statuses_count"], made["last_status_at"] is None) == ("2", False)
    assert town.ask("POST", "/api/v1/featured_tags", "ada", {"name": "sea"}).json["id"] == made["id"]
    assert town.ask("GET", f"/api/v1/accounts/{town.ids['ada']}/featured_tags").json == [made]
    assert [one["name"] for one in town.ask("GET", "/api/v1/featured_tags/suggestions", "ada").json] == ["sun"]
    assert town.ask("POST", "/api/v1/tags/sun/feature", "ada").json["featuring"] is True
    assert [one["name"] for one in town.ask("GET", "/api/v1/featured_tags", "ada").json] == ["SEA", "sun"]
    assert town.ask("POST", "/api/v1/tags/sun/unfeature", "ada").json["featuring"] is False
    assert town.ask("DELETE", f"/api/v1/featured_tags/{made['id']}", "bob").status == 404
    assert town.ask("DELETE", f"/api/v1/featured_tags/{made['id']}", "ada").json == {}
    assert town.ask("DELETE", f"/api/v1/featured_tags/{made['id']}", "ada").status == 404
    never = town.ask("POST", "/api/v1/featured_tags", "ada", {"name": "never"}).json
    assert (never["statuses_count"], never["last_status_at"]) == ("0", None)


def test_featured_hashtags_that_are_refused(town: Any) -> None:
    for name, error in (("", "can't be blank"), ("12", "is invalid"), ("a b", "is invalid")):
        refused = town.ask("POST", "/api/v1/featured_tags", "ada", {"name": name})
        assert (refused.status, refused.json["error"]) == (422, f"Validation failed: Name {error}")
    for i in range(10):
        assert town.ask("POST", "/api/v1/featured_tags", "ada", {"name": f"tag{i}"}).status == 200
    full = town.ask("POST", "/api/v1/featured_tags", "ada", {"name": "more"})
    assert full.json["error"] == "Validation failed: You have already featured the maximum number of hashtags"
    assert town.ask("POST", "/api/v1/tags/more/feature", "ada").status == 422
