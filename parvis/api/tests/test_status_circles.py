"""Who favourited, boosted and quoted; quotes need consent, which can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from parvis.kernel import changes
from parvis.kernel.models import OutboxEvent
from parvis.network.models import Post, QuoteState


def _names(square: Any, path: str, who: str = "") -> list[str]:
    return [a["acct"] for a in square.ask("GET", path, who).json]


def test_marks_are_listed_newest_first_by_pages(square: Any) -> None:
    post = square.post("ada")
    url = f"/api/v1/statuses/{post['id']}"
    for name in ("eve", "kim", "lou"):
        square.person(name)
        square.ask("POST", f"{url}/favourite", name)
        square.ask("POST", f"{url}/reblog", name)
    for what in ("favourited_by", "reblogged_by"):
        first = square.ask("GET", f"{url}/{what}?limit=2")
        assert [a["acct"] for a in first.json] == ["lou", "kim"]
        older = first.headers["Link"].split(">")[0].partition("/api")[2]
        assert _names(square, "/api" + older) == ["eve"]
        newer = first.headers["Link"].split("<")[2].split(">")[0].partition("/api")[2]
        assert _names(square, "/api" + newer) == []


def test_marks_of_blocked_people_are_left_out_and_private_posts_stay_private(square: Any) -> None:
    from parvis.network.models import Block

    post, hidden = square.post("ada"), square.post("ada", visibility="private")
    square.person("eve")
    for name in ("bob", "eve"):
        square.ask("POST", f"/api/v1/statuses/{post['id']}/favourite", name)
    Block.objects.create(blocker_id=square.ids["eve"], blocked_id=square.ids["bob"])
    changes.touch(f"v:{square.ids['eve']}", f"v:{square.ids['bob']}")
    assert _names(square, f"/api/v1/statuses/{post['id']}/favourited_by", "eve") == ["eve"]
    assert _names(square, f"/api/v1/statuses/{post['id']}/favourited_by", "bob") == ["bob"]
    assert _names(square, f"/api/v1/statuses/{post['id']}/favourited_by", "ada") == ["eve", "bob"]
    for what in ("favourited_by", "reblogged_by", "quotes", "history", "source"):
        assert square.ask("GET", f"/api/v1/statuses/{hidden['id']}/{what}", "bob").status == 404


def test_list_costs_the_same_queries_for_one_as_for_twenty(square: Any) -> None:
    from django.db import connection

    post = square.post("ada")
    for n in range(20):
        square.person(f"p{n}")
        square.ask("POST", f"/api/v1/statuses/{post['id']}/favourite", f"p{n}")
    costs = []
    for limit in (1, 20):
        changes.forget()
        with CaptureQueriesContext(connection) as found:
            assert len(_names(square, f"/api/v1/statuses/{post['id']}/favourited_by?limit={limit}")) == limit
        costs.append(len(found))
    assert costs[0] == costs[1] <= 10


def test_quote_is_listed_counted_and_revoked_by_the_quoted_author_alone(square: Any) -> None:
    post = square.post("ada", "quote me")
    quote = square.post("bob", "look", quoted_status_id=post["id"])
    url = f"/api/v1/statuses/{post['id']}"
    assert quote["quote"]["state"] == "accepted"
    assert [s["id"] for s in square.ask("GET", f"{url}/quotes", "ada").json] == [quote["id"]]
    assert square.ask("GET", url).json["quotes_count"] == 1
    revoke = f"{url}/quotes/{quote['id']}/revoke"
    assert square.ask("POST", revoke, "bob").status == 403
    assert square.ask("POST", f"/api/v1/statuses/{quote['id']}/quotes/{post['id']}/revoke", "bob").status == 404
    revoked = square.ask("POST", revoke, "ada")
    assert revoked.json["quote"] == {"state": "revoked", "quoted_status": None}
    assert square.ask("POST", revoke, "ada").status == 200
    assert square.ask("GET", f"{url}/quotes", "ada").json == []
    assert square.ask("GET", url).json["quotes_count"] == 0
    assert OutboxEvent.objects.filter(kind="QuoteDecided").count() == 2
    square.ask("DELETE", f"/api/v1/statuses/{quote['id']}", "bob")
    assert square.ask("GET", url).json["quotes_count"] == 0


def test_policy_decides_who_may_quote(square: Any) -> None:
    post = square.post("ada", "mine")
    url = f"/api/v1/statuses/{post['id']}"
    asked = {"status": "look", "quoted_status_id": post["id"]}
    assert square.ask("PUT", f"{url}/interaction_policy", "ada", {"quote_approval_policy": "everyone"}).status == 422
    changed = square.ask("PUT", f"{url}/interaction_policy", "ada", {"quote_approval_policy": "followers"}).json
    assert changed["quote_approval"]["automatic"] == ["followers"]
    assert square.ask("POST", "/api/v1/statuses", "bob", asked).status == 422
    square.follow("bob", "ada")
    assert square.ask("POST", "/api/v1/statuses", "bob", asked).status == 200
    square.ask("PUT", url, "ada", {"quote_approval_policy": "nobody"})
    assert square.ask("POST", "/api/v1/statuses", "bob", asked).status == 422
    assert square.ask("POST", "/api/v1/statuses", "ada", asked).status == 200
    closed = square.post("ada", "followers", visibility="private", quote_approval_policy="public")
    assert closed["quote_approval"]["automatic"] == []


def test_followers_only_post_is_quoted_by_its_author_among_followers(square: Any) -> None:
    post = square.post("ada", "secret", visibility="private")
    square.follow("bob", "ada")
    assert square.ask("POST", "/api/v1/statuses", "bob", {"status": "x", "quoted_status_id": post["id"]}).status == 422
    assert square.post("ada", "again", visibility="public", quoted_status_id=post["id"])["visibility"] == "private"


def test_private_mention_quotes_only_those_it_names(square: Any) -> None:
    post = square.post("ada")
    asked = {"status": "psst", "quoted_status_id": post["id"], "visibility": "direct"}
    assert square.ask("POST", "/api/v1/statuses", "bob", asked).status == 422
    assert square.ask("POST", "/api/v1/statuses", "bob", {**asked, "status": "psst @ada"}).status == 200


@pytest.mark.parametrize("who", ["bob", "ada", ""])
def test_deleted_quoted_post_shows_that_it_is_deleted(square: Any, who: str) -> None:
    post = square.post("ada", "gone soon")
    quote = square.post("bob", "look", quoted_status_id=post["id"])
    assert square.ask("GET", f"/api/v1/statuses/{quote['id']}", who).json["quote"]["state"] == "accepted"
    square.ask("DELETE", f"/api/v1/statuses/{post['id']}", "ada")
    assert square.ask("GET", f"/api/v1/statuses/{quote['id']}", who).json["quote"] == {"state": "deleted", "quoted_status": None}
    assert Post.objects.get(id=quote["id"]).quote_state in (QuoteState.ACCEPTED, QuoteState.DELETED)
