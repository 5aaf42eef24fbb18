"""Direct posts make conversations, seen by their members alone."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.config import wiring
from parvis.kernel import outbox

URL = "/api/v1/conversations"


@pytest.fixture(autouse=True)
def _wired(square: Any) -> None:
    wiring.connect()
    square.person("cleo")


def _write(square: Any, who: str, text: str, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = square.post(who, text, visibility="direct", **params)
    outbox.drain()
    return found


def _list(square: Any, who: str) -> list[tuple[Any, ...]]:
    return [(sorted(a["acct"] for a in c["accounts"]), c["unread"], c["last_status"]["id"]) for c in square.ask("GET", URL, who).json]


def test_conversation_is_unread_for_the_one_who_is_named(square: Any) -> None:
    post = _write(square, "ada", "@bob hello")
    assert _list(square, "ada") == [(["bob"], False, post["id"])]
    assert _list(square, "bob") == [(["ada"], True, post["id"])]
    assert _list(square, "cleo") == []
    assert square.ask("GET", URL).status == 401
    square.post("ada", "@bob in public")
    outbox.drain()
    assert len(_list(square, "bob")) == 1


def test_answer_moves_the_conversation_up(square: Any) -> None:
    first = _write(square, "ada", "@bob hello")
    other = _write(square, "cleo", "@bob me too")
    assert [row[2] for row in _list(square, "bob")] == [other["id"], first["id"]]
    answer = _write(square, "bob", "@ada hi", in_reply_to_id=first["id"])
    assert _list(square, "bob") == [(["ada"], False, answer["id"]), (["cleo"], True, other["id"])]
    assert _list(square, "ada") == [(["bob"], True, answer["id"])]


def test_reactions_that_run_twice_change_nothing(square: Any) -> None:
    from parvis.network.conversation_reactions import note_direct_posts
    from parvis.network.events import PostPublished

    post = _write(square, "ada", "@bob hello")
    entry = square.ask("GET", URL, "bob").json[0]["id"]
    assert square.ask("POST", f"{URL}/{entry}/read", "bob").json["unread"] is False
    note_direct_posts([PostPublished(int(post["id"]), square.ids["ada"])])
    assert _list(square, "bob") == [(["ada"], False, post["id"])]


def test_only_members_read_mark_and_leave(square: Any) -> None:
    post = _write(square, "ada", "@bob hello")
    entry = square.ask("GET", URL, "bob").json[0]["id"]
    assert square.ask("POST", f"{URL}/{entry}/read", "cleo").status == 404
    assert square.ask("DELETE", f"{URL}/{entry}", "ada").status == 404
    assert square.ask("POST", f"{URL}/{entry}/read", "bob").json["last_status"]["id"] == post["id"]
    assert square.ask("POST", f"{URL}/{entry}/unread", "bob").json["unread"] is True
    assert square.ask("DELETE", f"{URL}/{entry}", "bob").json == {}
    assert _list(square, "bob") == []
    assert len(_list(square, "ada")) == 1
    again = _write(square, "ada", "@bob still there?", in_reply_to_id=post["id"])
    assert _list(square, "bob") == [(["ada"], True, again["id"])]


def test_blocked_and_muted_do_not_open_conversations(square: Any) -> None:
    from parvis.kernel import changes
    from parvis.network.models import Block, Mute

    Block.objects.create(blocker_id=square.ids["bob"], blocked_id=square.ids["ada"])
    Mute.objects.create(muter_id=square.ids["cleo"], muted_id=square.ids["ada"])
    changes.forget()
    _write(square, "ada", "@bob @cleo hello")
    assert _list(square, "bob") == _list(square, "cleo") == []
    assert len(_list(square, "ada")) == 1


def test_deleting_the_last_post_leaves_the_one_before(square: Any) -> None:
    first = _write(square, "ada", "@bob one")
    second = _write(square, "ada", "@bob two", in_reply_to_id=first["id"])
    assert _list(square, "bob")[0][2] == second["id"]
    for post, left in ((second, 1), (first, 0)):
        assert square.ask("DELETE", f"/api/v1/statuses/{post['id']}", "ada").status == 200
        outbox.drain()
        assert len(_list(square, "bob")) == len(_list(square, "ada")) == left
    assert _list(square, "bob") == []


def test_pages_and_their_cost(square: Any, django_assert_max_num_queries: Any) -> None:
    ids = [_write(square, "ada", f"@bob {n}")["id"] for n in range(5)][::-1]
    first = square.ask("GET", f"{URL}?limit=2", "bob")
    assert [c["last_status"]["id"] for c in first.json] == ids[:2]
    assert f"max_id={ids[1]}" in first.headers["Link"]
    assert [c["last_status"]["id"] for c in square.ask("GET", f"{URL}?limit=2&max_id={ids[1]}", "bob").json] == ids[2:4]
    assert [c["last_status"]["id"] for c in square.ask("GET", f"{URL}?limit=2&min_id={ids[4]}", "bob").json] == ids[2:4]
    square.ask("GET", URL, "bob")
    with django_assert_max_num_queries(3):
        square.ask("GET", URL, "bob")
