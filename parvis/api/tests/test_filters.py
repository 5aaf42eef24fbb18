"""Filters are their owner's alone, checked when they are made, and obeyed by the next read."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.config import wiring
from parvis.kernel import changes, outbox


@pytest.fixture(autouse=True)
def _wired() -> None:
    wiring.connect()


def _make(square: Any, who: str = "ada", **params: Any) -> dict[str, Any]:
    body = {"title": "Spoilers", "context": ["home", "public"], "keywords_attributes": [{"keyword": "dragon"}], **params}
    answered = square.ask("POST", "/api/v2/filters", who, body)
    assert answered.status == 200, answered.raw
    found: dict[str, Any] = answered.json
    return found


def test_filter_is_made_read_changed_and_removed(square: Any) -> None:
    made = _make(square, expires_in=3600, filter_action="hide")
    assert (made["title"], made["context"], made["filter_action"], made["statuses"]) == ("Spoilers", ["home", "public"], "hide", [])
    assert made["expires_at"].endswith("Z")
    assert [(k["keyword"], k["whole_word"]) for k in made["keywords"]] == [("dragon", True)]
    url = f"/api/v2/filters/{made['id']}"
    assert square.ask("GET", url, "ada").json == made
    assert square.ask("GET", "/api/v2/filters", "ada").json == [made]
    word = made["keywords"][0]["id"]
    changed = square.ask(
        "PUT",
        url,
        "ada",
        {"title": "Calm", "keywords_attributes": [{"id": word, "keyword": "wyrm"}, {"keyword": "elf", "whole_word": False}]},
    ).json
    assert (changed["title"], changed["context"], changed["expires_at"]) == ("Calm", made["context"], made["expires_at"])
    assert [(k["keyword"], k["whole_word"]) for k in changed["keywords"]] == [("wyrm", True), ("elf", False)]
    gone = square.ask("PUT", url, "ada", {"expires_in": None, "keywords_attributes": [{"id": word, "_destroy": True}]}).json
    assert gone["expires_at"] is None
    assert [k["keyword"] for k in gone["keywords"]] == ["elf"]
    assert square.ask("DELETE", url, "ada").json == {}
    assert square.ask("GET", url, "ada").status == 404


def test_form_clients_send_keywords_as_rails_does(square: Any) -> None:
    form = (
        "title=t&context[]=home&context[]=thread&filter_action=warn"
        "&keywords_attributes[][keyword]=one&keywords_attributes[][whole_word]=false&keywords_attributes[][keyword]=two"
    )
    made = square.ask("POST", "/api/v2/filters", "ada", form=form).json
    assert made["context"] == ["home", "thread"]
    assert [(k["keyword"], k["whole_word"]) for k in made["keywords"]] == [("one", False), ("two", True)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""}, {"title": "x" * 300}, {"context": []}, {"context": ["home", "nowhere"]}, {"context": {"a": 1}},
        {"filter_action": "burn"},
        {"expires_in": "soon"}, {"keywords_attributes": [{"keyword": " "}]}, {"keywords_attributes": [{"keyword": "x" * 300}]},
        {"keywords_attributes": ["text"]}, {"keywords_attributes": [{"keyword": ["a"]}]}, {"keywords_attributes": [{"keyword": "a\x00b"}]},
        {"title": ["a"]}, {"keywords_attributes": [{"keyword": "a", "whole_word": []}]},
    ],
)  # fmt: skip
def test_bad_filters_are_refused_and_nothing_is_stored(square: Any, wrong: dict[str, Any]) -> None:
    body = {"title": "t", "context": ["home"], **wrong}
    assert square.ask("POST", "/api/v2/filters", "ada", body).status == 422
    assert square.ask("GET", "/api/v2/filters", "ada").json == []


def test_others_filters_are_not_there(square: Any) -> None:
    made = _make(square)
    post = square.post("ada")
    entry = square.ask("POST", f"/api/v2/filters/{made['id']}/statuses", "ada", {"status_id": post["id"]}).json
    paths = [
        f"/api/v2/filters/{made['id']}",
        f"/api/v2/filters/keywords/{made['keywords'][0]['id']}",
        f"/api/v1/filters/{made['keywords'][0]['id']}",
    ]
    for path in [*paths, f"/api/v2/filters/statuses/{entry['id']}", f"/api/v2/filters/{made['id']}/keywords"]:
        assert square.ask("GET", path, "ada").status == 200
        assert square.ask("GET", path, "bob").status == 404
        assert square.ask("GET", path).status == 401
    for path in paths:
        assert square.ask("PUT", path, "bob", {"title": "x", "keyword": "x", "phrase": "x"}).status == 404
        assert square.ask("DELETE", path, "bob").status == 404
    for part in ("keywords", "statuses"):
        url = f"/api/v2/filters/{made['id']}/{part}"
        assert square.ask("POST", url, "bob", {"keyword": "x", "status_id": post["id"]}).status == 404
    other = _make(square, "bob")
    stolen = {"keywords_attributes": [{"id": made["keywords"][0]["id"], "_destroy": True}]}
    assert square.ask("PUT", f"/api/v2/filters/{other['id']}", "bob", stolen).status == 404
    assert len(square.ask("GET", f"/api/v2/filters/{made['id']}", "ada").json["keywords"]) == 1


def test_scopes_separate_reading_from_writing(square: Any) -> None:
    square.person("cleo", scope="read:filters")
    assert square.ask("GET", "/api/v2/filters", "cleo").status == 200
    assert square.ask("POST", "/api/v2/filters", "cleo", {"title": "t", "context": ["home"]}).status == 403


def test_keywords_are_a_resource_of_their_own(square: Any) -> None:
    made = _make(square)
    url = f"/api/v2/filters/{made['id']}/keywords"
    added = square.ask("POST", url, "ada", {"keyword": "orc", "whole_word": False}).json
    assert [k["keyword"] for k in square.ask("GET", url, "ada").json] == ["dragon", "orc"]
    one = f"/api/v2/filters/keywords/{added['id']}"
    assert square.ask("PUT", one, "ada", {"whole_word": True}).json == {**added, "whole_word": True}
    assert square.ask("PUT", one, "ada", {"keyword": ""}).status == 422
    assert square.ask("DELETE", one, "ada").json == {}
    assert [k["keyword"] for k in square.ask("GET", url, "ada").json] == ["dragon"]


def test_posts_are_filtered_only_if_one_may_see_them(square: Any) -> None:
    made = _make(square, keywords_attributes=[])
    url = f"/api/v2/filters/{made['id']}/statuses"
    seen, secret = square.post("bob"), square.post("bob", visibility="private")
    added = square.ask("POST", url, "ada", {"status_id": seen["id"]}).json
    assert added["status_id"] == seen["id"]
    assert square.ask("POST", url, "ada", {"status_id": seen["id"]}).status == 422
    assert square.ask("POST", url, "ada", {"status_id": secret["id"]}).status == 404
    assert square.ask("POST", url, "ada", {}).status == 404
    shown = square.ask("GET", "/api/v1/timelines/public", "ada").json
    assert shown[0]["filtered"][0]["status_matches"] == [seen["id"]]
    assert square.ask("DELETE", f"/api/v2/filters/statuses/{added['id']}", "ada").json == {}
    assert square.ask("GET", "/api/v1/timelines/public", "ada").json[0]["filtered"] == []


def test_next_read_obeys_the_filter_in_its_contexts_only(square: Any) -> None:
    square.follow("ada", "bob")
    outbox.drain()
    post = square.post("bob", "a Dragon!")
    outbox.drain()
    made = _make(square, context=["home"], filter_action="warn")
    home = square.ask("GET", "/api/v1/timelines/home", "ada").json
    assert home[0]["filtered"][0]["keyword_matches"] == ["dragon"]
    assert home[0]["filtered"][0]["filter"]["id"] == made["id"]
    assert square.ask("GET", "/api/v1/timelines/public", "ada").json[0]["filtered"] == []
    square.ask("PUT", f"/api/v2/filters/{made['id']}", "ada", {"filter_action": "hide"})
    assert square.ask("GET", "/api/v1/timelines/home", "ada").json == []
    assert [s["id"] for s in square.ask("GET", "/api/v1/timelines/public", "ada").json] == [post["id"]]
    assert square.ask("GET", f"/api/v1/statuses/{post['id']}", "bob").json["filtered"] == []


def test_expired_filter_matches_nothing(square: Any) -> None:
    from datetime import timedelta

    from parvis.feeds.models import Filter
    from parvis.kernel.clock import now

    square.post("bob", "a dragon")
    made = _make(square, expires_in=60)
    assert square.ask("GET", "/api/v1/timelines/public", "ada").json[0]["filtered"]
    Filter.objects.filter(id=made["id"]).update(expires_at=now() - timedelta(seconds=1))
    changes.forget()
    assert square.ask("GET", "/api/v1/timelines/public", "ada").json[0]["filtered"] == []


def test_first_version_is_a_view_of_the_second(square: Any) -> None:
    made = square.ask(
        "POST", "/api/v1/filters", "ada", {"phrase": "dragon", "context": ["home"], "irreversible": True, "whole_word": False}
    ).json
    assert (made["phrase"], made["context"], made["irreversible"], made["whole_word"], made["expires_at"]) == (
        "dragon", ["home"], True, False, None,
    )  # fmt: skip
    second = square.ask("GET", "/api/v2/filters", "ada").json[0]
    assert (second["title"], second["filter_action"], second["keywords"][0]["id"]) == ("dragon", "hide", made["id"])
    url = f"/api/v1/filters/{made['id']}"
    assert square.ask("GET", "/api/v1/filters", "ada").json == [made]
    changed = square.ask("PUT", url, "ada", {"phrase": "wyrm", "context": ["home", "thread"], "irreversible": False}).json
    assert (changed["phrase"], changed["context"], changed["irreversible"]) == ("wyrm", ["home", "thread"], False)
    square.ask("POST", f"/api/v2/filters/{second['id']}/keywords", "ada", {"keyword": "elf"})
    assert square.ask("PUT", url, "ada", {"phrase": "wyrm", "context": ["home"]}).status == 422
    assert square.ask("PUT", url, "ada", {"whole_word": True}).json["whole_word"] is True
    assert square.ask("DELETE", url, "ada").json == {}
    assert len(square.ask("GET", "/api/v2/filters", "ada").json) == 1
    assert square.ask("POST", "/api/v1/filters", "ada", {"phrase": "", "context": ["home"]}).status == 422
    assert square.ask("POST", "/api/v1/filters", "ada", {"phrase": "x", "context": ["sea"]}).status == 422


def test_list_costs_the_same_for_many_filters(square: Any, django_assert_max_num_queries: Any) -> None:
    for n in range(6):
        _make(square, title=f"f{n}")
    square.ask("GET", "/api/v2/filters", "ada")
    with django_assert_max_num_queries(4):  # what changed, filters, keywords, statuses
        assert len(square.ask("GET", "/api/v2/filters", "ada").json) == 6
