"""Programs find people and documents at the places where they look."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.kernel import changes

FINGER = "/.well-known/webfinger?resource="


@pytest.mark.parametrize(
    "resource",
    [
        "acct:ada@localhost:8000", "acct:ada@localhost", "acct:ADA@LOCALHOST:8000", "ada@localhost:8000", "acct:@ada@localhost",
        "http://localhost:8000/@ada", "http://localhost:8000/users/ada", "acct%3Aada%40localhost%3A8000",
    ],
)  # fmt: skip
def test_webfinger_knows_every_way_to_name_a_local_account(square: Any, resource: str) -> None:
    answered = square.ask("GET", FINGER + resource)
    assert answered.status == 200
    assert answered.headers["Content-Type"].startswith("application/jrd+json")
    assert answered.json["subject"] == "acct:ada@localhost:8000"
    assert "http://localhost:8000/@ada" in answered.json["aliases"]


@pytest.mark.parametrize(
    "resource",
    [
        "acct:nobody@localhost:8000", "acct:ada@elsewhere.example", "acct:ada", "http://elsewhere.example/@ada", "http://localhost:8000/ada",
        "http://localhost:8000/@ada/1", "acct:blog@localhost:8000", "http://[", "%00", "acct:a%00da@localhost:8000",
    ],
)  # fmt: skip
def test_webfinger_does_not_know_others(square: Any, resource: str) -> None:
    from parvis.network.models import Account

    Account.objects.create(username="blog", domain="news.example")
    assert square.ask("GET", FINGER + resource).status in (404, 422)


def test_webfinger_without_resource_is_a_bad_request(square: Any) -> None:
    assert square.ask("GET", "/.well-known/webfinger").status == 400
    assert square.ask("GET", FINGER).status == 400


def test_webfinger_forgets_a_suspended_account_and_shows_a_new_picture(square: Any) -> None:
    from parvis.kernel.clock import now
    from parvis.network.models import Account

    path = FINGER + "acct:ada@localhost:8000"
    assert "default" in square.ask("GET", path).json["links"][1]["href"]
    Account.objects.filter(id=square.ids["ada"]).update(avatar="a/b.webp")
    changes.touch(f"a:{square.ids['ada']}")
    picture = square.ask("GET", path).json["links"][1]
    assert picture["href"].endswith("/media/a/b.webp")
    assert picture["type"] == "image/webp"
    Account.objects.filter(id=square.ids["ada"]).update(suspended_at=now())
    changes.touch(f"a:{square.ids['ada']}")
    assert square.ask("GET", path).status == 404


def test_webfinger_costs_no_query_once_cached(square: Any, django_assert_num_queries: Any) -> None:
    square.ask("GET", FINGER + "acct:ada@localhost:8000")
    with django_assert_num_queries(1):  # what changed since the last request
        square.ask("GET", FINGER + "acct:ada@localhost:8000")


def test_host_meta_points_at_webfinger(square: Any) -> None:
    answered = square.ask("GET", "/.well-known/host-meta")
    assert answered.headers["Content-Type"].startswith("application/xrd+xml")
    assert b'template="http://localhost:8000/.well-known/webfinger?resource={uri}"' in answered.raw
    assert square.ask("GET", "/.well-known/host-meta.json").json["links"][0]["rel"] == "lrdd"


def test_change_password_leads_to_the_page(square: Any) -> None:
    answered = square.ask("GET", "/.well-known/change-password")
    assert answered.status == 302
    assert answered.headers["Location"].endswith("/auth/password/change/")


def test_head_answers_like_get(square: Any) -> None:
    answered = square.ask("HEAD", FINGER + "acct:ada@localhost:8000")
    assert answered.status == 200
    assert answered.headers["Content-Type"].startswith("application/jrd+json")
