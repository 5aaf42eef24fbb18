"""Trends count distinct people who chose to be found; moderators have the last word; nobody sees what they may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from parvis.config import wiring
from parvis.feeds.actions import trends
from parvis.kernel import changes, clock, outbox
from parvis.network.models import Account, Card, Hashtag, Post

PEOPLE = ("ada", "bob", "cleo", "dan", "eve")


@pytest.fixture(autouse=True)
def _people(square: Any) -> None:
    wiring.connect()
    for name in PEOPLE[2:]:
        square.person(name)
    Account.objects.filter(id__in=square.ids.values()).update(discoverable=True)
    changes.touch(*(f"a:{i}" for i in square.ids.values()))


def _tags(square: Any, who: str = "", path: str = "/api/v1/trends/tags") -> list[str]:
    return [t["name"] for t in square.ask("GET", path, who).json]


def _posts(square: Any, who: str = "") -> list[str]:
    return [s["id"] for s in square.ask("GET", "/api/v1/trends/statuses", who).json]


def _like(square: Any, post: dict[str, Any], *who: str) -> None:
    for name in who:
        assert square.ask("POST", f"/api/v1/statuses/{post['id']}/favourite", name).status == 200


def _moderator(square: Any) -> None:
    from parvis.identity.models import Role, User

    square.person("mo", scope="read write admin:read admin:write")
    User.objects.filter(username="mo").update(role=Role.MODERATOR)


def test_tags_trend_by_people_not_by_posts(square: Any) -> None:
    for _ in range(5):
        square.post("ada", "#loud")
    for who in ("ada", "bob", "cleo"):
        square.post(who, "#common")
    for who in ("ada", "bob"):
        square.post(who, "#smaller")
        square.post(who, "#whispered", visibility="unlisted")
    assert _tags(square) == []
    trends.refresh()
    assert _tags(square) == _tags(square, "ada") == _tags(square, path="/api/v1/trends") == ["common", "smaller"]
    first = square.ask("GET", "/api/v1/trends/tags").json[0]
    assert (first["history"][0]["uses"], first["history"][0]["accounts"]) == ("3", "3")
    assert "following" not in first
    page = square.ask("GET", "/api/v1/trends/tags?limit=1&offset=1")
    assert [t["name"] for t in page.json] == ["smaller"]
    assert 'rel="prev"' in page.headers["Link"]


def test_people_who_did_not_ask_to_be_found_count_nothing(square: Any) -> None:
    for who in ("ada", "bob"):
        square.post(who, "#found")
    trends.refresh()
    assert _tags(square) == ["found"]
    Account.objects.filter(id=square.ids["bob"]).update(discoverable=False)
    trends.refresh()
    assert _tags(square) == []
    Account.objects.filter(id=square.ids["bob"]).update(discoverable=True, limited_at=clock.now())
    trends.refresh()
    assert _tags(square) == []


def test_what_is_always_there_trends_less_than_what_is_new(square: Any) -> None:
    from parvis.feeds.models import TagUsage

    for who in ("ada", "bob", "cleo"):
        square.post(who, "#daily")
    for who in ("ada", "bob"):
        square.post(who, "#fresh")
    daily, today = Hashtag.objects.get(name="daily"), clock.now().date()
    TagUsage.objects.bulk_create(TagUsage(tag=daily, day=today - timedelta(days=n), uses=30, accounts=30) for n in range(2, 8))
    trends.refresh()
    assert _tags(square) == ["fresh", "daily"]
    history = square.ask("GET", "/api/v1/trends/tags").json[1]["history"]
    assert [day["uses"] for day in history] == ["3", "0", "30", "30", "30", "30", "30"]


def test_posts_trend_by_distinct_people_and_once_per_author(square: Any) -> None:
    liked, better, answered = square.post("ada", "liked"), square.post("ada", "better"), square.post("bob", "loved")
    _like(square, liked, "bob", "cleo")
    _like(square, better, "bob", "cleo", "dan")
    _like(square, answered, "ada", "cleo", "dan", "eve")
    square.ask("POST", f"/api/v1/statuses/{answered['id']}/reblog", "cleo")
    lonely = square.post("cleo", "one like")
    _like(square, lonely, "ada", "cleo")
    trends.refresh()
    assert _posts(square) == [answered["id"], better["id"]]


@pytest.mark.parametrize(
    "params", [{"visibility": "unlisted"}, {"visibility": "private"}, {"sensitive": True}, {"spoiler_text": "careful"}]
)
def test_narrow_and_covered_posts_never_trend(square: Any, params: dict[str, Any]) -> None:
    for who in PEOPLE[1:]:
        square.follow(who, "ada")
    _like(square, square.post("ada", "shy", **params), "bob", "cleo", "dan")
    first = square.post("bob", "open")
    _like(square, square.post("ada", "an answer", in_reply_to_id=first["id"]), "bob", "cleo", "dan")
    trends.refresh()
    assert _posts(square) == []


def test_age_wears_off(square: Any) -> None:
    from parvis.feeds.models import Trend

    old, new = square.post("ada", "old"), square.post("bob", "new")
    _like(square, old, "bob", "cleo", "dan")
    _like(square, new, "cleo", "dan")
    trends.refresh()
    assert _posts(square)[0] == old["id"]
    moment = clock.now() + timedelta(hours=24)
    assert trends._weight(moment, int(old["id"])) == pytest.approx(0.25, rel=0.01)
    before = Trend.objects.get(subject_id=old["id"]).score
    assert 2.9 < before <= 3


def test_viewers_do_not_meet_whom_they_hide(square: Any) -> None:
    from parvis.network.models import Block, Mute

    post = square.post("ada", "liked")
    _like(square, post, "bob", "cleo")
    trends.refresh()
    assert _posts(square, "dan") == _posts(square, "eve") == [post["id"]]
    Mute.objects.create(muter_id=square.ids["dan"], muted_id=square.ids["ada"])
    Block.objects.create(blocker_id=square.ids["ada"], blocked_id=square.ids["eve"])
    changes.touch(f"v:{square.ids['dan']}", f"v:{square.ids['eve']}")
    assert _posts(square, "dan") == _posts(square, "eve") == []
    assert _posts(square) == [post["id"]]


def test_deleted_post_stops_trending_at_once(square: Any) -> None:
    post = square.post("ada", "liked")
    _like(square, post, "bob", "cleo")
    trends.refresh()
    square.ask("DELETE", f"/api/v1/statuses/{post['id']}", "ada")
    assert _posts(square) == []
    outbox.drain()
    trends.refresh()
    assert _posts(square) == []


def test_links_trend_with_their_week(square: Any) -> None:
    card = Card.objects.create(url="https://www.news.example/story", title="Story", provider_name="News")
    for who in ("ada", "bob", "bob"):
        made = square.post(who, "https://www.news.example/story")
        Post.objects.filter(id=made["id"]).update(card=card)
    trends.refresh()
    found = square.ask("GET", "/api/v1/trends/links").json
    assert [(link["url"], link["title"], link["type"]) for link in found] == [("https://www.news.example/story", "Story", "link")]
    assert len(found[0]["history"]) == 7
    assert (found[0]["history"][0]["uses"], found[0]["history"][0]["accounts"]) == ("3", "2")
    sharing = "/api/v1/timelines/link?url=https://www.news.example/story"
    posts = square.ask("GET", sharing).json
    assert [s["account"]["acct"] for s in posts] == ["bob", "bob", "ada"]
    assert [s["id"] for s in square.ask("GET", f"{sharing}&limit=1&max_id={posts[0]['id']}", "ada").json] == [posts[1]["id"]]
    assert square.ask("GET", "/api/v1/timelines/link?url=https://other.example/").status == 404
    trends.decide("provider", ["news.example"], allowed=False, by=square.ids["ada"])
    assert square.ask("GET", "/api/v1/trends/links").json == []
    assert square.ask("GET", sharing).status == 404


def test_moderators_decide_at_once_and_members_do_not(square: Any) -> None:
    _moderator(square)
    for who in ("ada", "bob"):
        square.post(who, "#rude")
    post = square.post("ada", "liked")
    _like(square, post, "bob", "cleo")
    trends.refresh()
    tag_id = Hashtag.objects.get(name="rude").pk
    for path, shown in ((f"tags/{tag_id}", _tags), (f"statuses/{post['id']}", _posts)):
        assert len(shown(square)) == 1
        assert square.ask("POST", f"/api/v1/admin/trends/{path}/reject", "ada").status == 403
        assert square.ask("POST", f"/api/v1/admin/trends/{path}/reject").status == 401
        assert square.ask("POST", f"/api/v1/admin/trends/{path}/reject", "mo").status == 200
        assert shown(square) == []
        trends.refresh()
        assert shown(square) == []
        assert len(square.ask("GET", f"/api/v1/admin/trends/{path.split('/')[0]}", "mo").json) == 1
        assert square.ask("POST", f"/api/v1/admin/trends/{path}/approve", "mo").status == 200
        assert len(shown(square)) == 1
    assert square.ask("POST", "/api/v1/admin/trends/statuses/1/reject", "mo").status == 404
    assert square.ask("POST", "/api/v1/admin/trends/links/1/reject", "mo").status == 404
    assert square.ask("GET", "/api/v1/admin/trends/tags", "ada").status == 403


def test_lists_cost_no_more_when_they_are_longer(square: Any, django_assert_max_num_queries: Any) -> None:
    for who in PEOPLE:
        square.post(who, "#one #two #three")
        _like(square, square.post(who, "liked"), *(p for p in PEOPLE if p != who))
    trends.refresh()
    for path, most in (("tags", 4), ("statuses", 2), ("links", 1)):
        square.ask("GET", f"/api/v1/trends/{path}", "ada")
        with django_assert_max_num_queries(most):
            square.ask("GET", f"/api/v1/trends/{path}", "ada")
