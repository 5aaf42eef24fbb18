"""Streaming as clients use it: real connections to a real server, fed by the worker's reactions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction
from websockets.exceptions import ConnectionClosed, InvalidStatus

from parvis.kernel import changes, wake
from parvis.network.actions import blocks, follows


def received(client: Any, timeout: float = 5) -> tuple[list[str], str, Any]:
    """Return (stream, event, payload) of the next message."""
    message = json.loads(client.recv(timeout=timeout))
    payload = message.get("payload")
    if isinstance(payload, str) and payload.startswith("{"):
        payload = json.loads(payload)
    return message["stream"], message["event"], payload


def nothing(client: Any) -> bool:
    try:
        client.recv(timeout=0.25)
    except TimeoutError:
        return True
    return False


def test_health_says_ok(streaming: Any) -> None:
    client = streaming.events("health")
    assert (client.status, client.response.read()) == (200, b"OK")


def test_a_followers_home_shows_a_new_post_at_once(streaming: Any) -> None:
    streaming.follow("bob", "ada")
    streaming.work()
    events, sockets = streaming.events("user", "bob"), streaming.socket("bob", "stream=user")
    assert events.response.headers["Content-Type"].startswith("text/event-stream")
    assert events.response.headers["Access-Control-Allow-Origin"] == "*"
    other = streaming.socket("cleo", "stream=user")
    posted = streaming.post("ada", "live!")
    streaming.work()
    event, status = events.next()
    assert (event, status["id"]) == ("update", posted["id"])
    stream, event, again = received(sockets)
    assert (stream, event) == (["user"], "update")
    assert again == status == streaming.ask("GET", f"/api/v1/statuses/{posted['id']}", "bob").json
    assert nothing(other)


def test_authors_see_their_own_post_with_their_own_flags(streaming: Any) -> None:
    client = streaming.socket("ada", "stream=user")
    posted = streaming.post("ada", "mine")
    streaming.work()
    _, _, status = received(client)
    assert status["quote_approval"]["current_user"] == "automatic"
    assert status == streaming.ask("GET", f"/api/v1/statuses/{posted['id']}", "ada").json


def test_marks_and_polls_are_the_viewers_own(streaming: Any) -> None:
    for name in ("bob", "cleo"):
        streaming.follow(name, "ada")
    poll = {"options": ["a", "b"], "expires_in": 600}
    posted = streaming.post("ada", "vote", poll=poll)
    streaming.ask("POST", f"/api/v1/polls/{posted['poll']['id']}/votes", "bob", {"choices": [1]})
    streaming.ask("POST", f"/api/v1/statuses/{posted['id']}/favourite", "bob")
    streaming.work()
    bob, cleo = streaming.socket("bob", "stream=user"), streaming.socket("cleo", "stream=user")
    streaming.ask("PUT", f"/api/v1/statuses/{posted['id']}", "ada", {"status": "vote!", "poll": poll})
    streaming.work()
    _stream, event, mine = received(bob)
    while event != "status.update":
        _stream, event, mine = received(bob)
    _, event, other = received(cleo)
    assert event == "status.update"
    assert (mine["favourited"], other["favourited"]) == (True, False)
    assert (mine["poll"]["own_votes"], other["poll"]["own_votes"]) == ([1], [])


def test_public_hashtag_and_list_streams_get_what_belongs_there(streaming: Any) -> None:
    streaming.follow("bob", "ada")
    made = streaming.ask("POST", "/api/v1/lists", "bob", {"title": "friends"}).json
    streaming.ask("POST", f"/api/v1/lists/{made['id']}/accounts", "bob", {"account_ids": [str(streaming.ids["ada"])]})
    streaming.work()
    names = ("public", "public:local", "public:remote", "public:media")
    shared = {name: streaming.socket("bob", f"stream={name}") for name in names}
    tagged = streaming.socket("cleo", "stream=hashtag&tag=Parvis")
    listed = streaming.socket("bob", f"stream=list&list={made['id']}")
    streaming.post("ada", "on the #parvis")
    streaming.work()
    for name in ("public", "public:local"):
        assert received(shared[name])[:2] == ([name], "update")
    assert received(tagged)[:2] == (["hashtag", "Parvis"], "update")
    assert received(listed)[:2] == (["list", made["id"]], "update")
    assert nothing(shared["public:remote"])
    assert nothing(shared["public:media"])
    streaming.post("ada", "quietly #parvis", visibility="unlisted")
    streaming.work()
    assert received(listed)[1] == "update"
    assert nothing(tagged)
    assert nothing(shared["public"])


def test_one_socket_carries_several_streams(streaming: Any) -> None:
    client = streaming.socket("bob")
    client.send(json.dumps({"type": "subscribe", "stream": "user"}))
    client.send(json.dumps({"type": "subscribe", "stream": "hashtag", "tag": "soup"}))
    streaming.until(lambda: len(next(iter(streaming.hub.connections)).streams) == 2)
    streaming.post("bob", "a #soup")
    streaming.work()
    assert sorted(tuple(received(client)[0]) for _ in range(2)) == [("hashtag", "soup"), ("user",)]
    client.send(json.dumps({"type": "unsubscribe", "stream": "hashtag", "tag": "soup"}))
    streaming.until(lambda: len(next(iter(streaming.hub.connections)).streams) == 1)
    streaming.post("bob", "more #soup")
    streaming.work()
    assert received(client)[0] == ["user"]
    assert nothing(client)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"x"', '{"type":"subscribe"}', '{"type":"subscribe","stream":{}}', "x" * 5000, '{"stream":1}']
)
def test_nonsense_on_a_socket_is_ignored(streaming: Any, text: str) -> None:
    client = streaming.socket("bob", "stream=user")
    client.send(text)
    streaming.post("bob", "still here")
    streaming.work()
    assert received(client)[1] == "update"


def test_streams_that_cannot_be_opened_are_answered_on_the_socket(streaming: Any) -> None:
    client = streaming.socket("bob")
    for asked, status in (
        ({"stream": "nonsense"}, 400),
        ({"stream": "hashtag"}, 400),
        ({"stream": "list"}, 400),
        ({"stream": "list", "list": "12"}, 401),
    ):
        client.send(json.dumps({"type": "subscribe", **asked}))
        assert json.loads(client.recv(timeout=5))["status"] == status


def test_deletions_and_withdrawn_boosts_reach_who_saw_the_post(streaming: Any) -> None:
    streaming.follow("bob", "ada")
    streaming.work()
    mine = streaming.post("cleo", "boost me")
    clients = [streaming.socket("bob", "stream=user"), streaming.socket("cleo", "stream=public")]
    posted = streaming.post("ada", "oops")
    boost = streaming.ask("POST", f"/api/v1/statuses/{mine['id']}/reblog", "ada").json
    streaming.work()
    assert {received(clients[0])[2]["id"] for _ in range(2)} == {posted["id"], boost["id"]}
    streaming.ask("DELETE", f"/api/v1/statuses/{posted['id']}", "ada")
    streaming.work()
    assert received(clients[0])[1:] == ("delete", posted["id"])
    events = [received(clients[1])[1:] for _ in range(3)][-1]
    assert events == ("delete", posted["id"])
    streaming.ask("POST", f"/api/v1/statuses/{mine['id']}/unreblog", "ada")
    streaming.work()
    assert received(clients[0])[1:] == ("delete", boost["id"])


def test_notifications_come_to_both_streams_and_need_their_scope(streaming: Any) -> None:
    from parvis.identity.models import User

    streaming.token("narrow", User.objects.get(username="ada"), "read:statuses")
    posted = streaming.post("ada", "like me")
    streaming.work()
    full, only, narrow = (
        streaming.socket("ada", "stream=user"),
        streaming.events("user/notification", "ada"),
        streaming.socket("narrow", "stream=user"),
    )
    streaming.ask("POST", f"/api/v1/statuses/{posted['id']}/favourite", "bob")
    streaming.work()
    _stream, event, body = received(full)
    assert (event, body["type"], body["account"]["username"]) == ("notification", "favourite", "bob")
    assert only.next() == ("notification", body)
    assert body == streaming.ask("GET", "/api/v1/notifications", "ada").json[0]
    assert nothing(narrow)


def test_blocks_mutes_and_filters_apply_as_in_reading(streaming: Any) -> None:
    clients = {name: streaming.socket(name, "stream=public") for name in ("bob", "cleo")}
    blocks.mute(streaming.ids["bob"], streaming.ids["ada"])
    streaming.ask("POST", "/api/v2/filters", "cleo", {
        "title": "no soup", "context": ["public"], "filter_action": "hide", "keywords_attributes": [{"keyword": "soup"}],
    })  # fmt: skip
    streaming.work()
    streaming.post("ada", "bread")
    streaming.work()
    assert received(clients["cleo"])[2]["content"] == "<p>bread</p>"
    assert nothing(clients["bob"])
    blocks.unmute(streaming.ids["bob"], streaming.ids["ada"])
    streaming.post("ada", "soup")
    streaming.work()
    assert received(clients["bob"])[2]["content"] == "<p>soup</p>"
    assert nothing(clients["cleo"])


def test_private_posts_reach_followers_only(streaming: Any) -> None:
    streaming.follow("bob", "ada")
    streaming.work()
    bob, cleo = streaming.socket("bob", "stream=user"), streaming.socket("cleo", "stream=public")
    streaming.post("ada", "for friends #soup", visibility="private")
    streaming.work()
    assert received(bob)[2]["visibility"] == "private"
    assert nothing(cleo)
    follows.unfollow(streaming.ids["bob"], streaming.ids["ada"])
    streaming.post("ada", "for friends again", visibility="private")
    streaming.work()
    assert nothing(bob)


def test_direct_posts_come_as_conversations(streaming: Any) -> None:
    clients = {name: streaming.socket(name, "stream=direct") for name in ("ada", "bob", "cleo")}
    posted = streaming.post("ada", "@bob a secret", visibility="direct")
    streaming.work()
    for name in ("ada", "bob"):
        stream, event, body = received(clients[name])
        assert (stream, event, body["last_status"]["id"]) == (["direct"], "conversation", posted["id"])
    assert nothing(clients["cleo"])


def test_changed_filters_and_accepted_requests_are_announced(streaming: Any) -> None:
    from parvis.network.models import NotificationPolicy, NotificationRequest

    client, events = streaming.socket("ada", "stream=user"), streaming.events("user", "ada")
    streaming.ask("POST", "/api/v2/filters", "ada", {"title": "x", "context": ["home"]})
    streaming.work()
    assert json.loads(client.recv(timeout=5)) == {"stream": ["user"], "event": "filters_changed"}
    assert events.next() == ("filters_changed", "undefined")
    NotificationPolicy.objects.create(account_id=streaming.ids["ada"], for_not_following="filter")
    streaming.post("bob", "@ada")
    streaming.work()
    streaming.ask("POST", f"/api/v1/notifications/requests/{NotificationRequest.objects.get().id}/accept", "ada")
    assert received(client) == (["user"], "notifications_merged", "1")


@pytest.mark.parametrize(("path", "who", "status"), [
    ("user", "", 401), ("user", "nobody", 401), ("public", "", 401), ("nonsense", "bob", 404), ("hashtag", "bob", 400),
    ("list?list=1", "bob", 401), ("user", "write", 401), ("user/notification", "write", 401), ("public", "write", 200),
])  # fmt: skip
def test_streams_are_refused_with_mastodons_status(streaming: Any, path: str, who: str, status: int) -> None:
    from parvis.identity.models import User

    streaming.token("write", User.objects.get(username="bob"), "write")
    client = streaming.events(path, who)
    assert client.status == status
    if status != 200:
        assert client.error


def test_tokens_come_by_header_address_or_subprotocol(streaming: Any) -> None:
    assert streaming.events("user", Authorization="Bearer token-bob").status == 200
    client = streaming.socket("", "stream=user", subprotocols=["token-bob"])
    assert client.subprotocol == "token-bob"
    streaming.post("bob", "seen")
    streaming.work()
    assert received(client)[1] == "update"
    with pytest.raises(InvalidStatus) as refused:
        streaming.socket("nobody", "stream=user")
    assert refused.value.response.status_code == 401


def test_a_revoked_token_ends_its_streams(streaming: Any) -> None:
    from parvis.identity.models import AccessToken

    client, events, other = streaming.socket("bob", "stream=user"), streaming.events("user", "bob"), streaming.socket("ada", "stream=user")
    token = AccessToken.objects.get(token="token-bob")
    number = token.pk
    token.delete()
    with transaction.atomic():
        changes.touch(f"t:{number}")
    with pytest.raises(ConnectionClosed):
        client.recv(timeout=5)
    assert events.next() == ("end", None)
    streaming.post("ada", "still watching")
    streaming.work()
    assert received(other)[1] == "update"


def test_a_client_that_does_not_read_is_dropped_and_the_others_stay(streaming: Any) -> None:
    from parvis.realtime.hub import QUEUE_FRAMES

    _slow, quick = streaming.socket("bob", "stream=user"), streaming.socket("ada", "stream=user")
    connection = next(c for c in streaming.hub.connections if c.who.account_id == streaming.ids["bob"])
    for _ in range(QUEUE_FRAMES + 1):
        connection.put("x" * 1000)
    assert connection.closed == "slow"
    streaming.until(lambda: connection not in streaming.hub.connections)
    streaming.post("ada", "hello")
    streaming.work()
    assert received(quick)[1] == "update"


def test_nobody_watching_costs_nothing_and_a_repeated_message_is_told_once(streaming: Any) -> None:
    streaming.post("ada", "unseen")
    streaming.work()
    assert streaming.hub.waiting == []
    assert not streaming.hub.pumping
    client = streaming.socket("ada", "stream=user")
    for _ in range(2):
        wake.send("realtime", json.dumps(["tell", 7, "filters_changed", "", [streaming.ids["ada"]]]).encode())
    assert json.loads(client.recv(timeout=5))["event"] == "filters_changed"
    assert nothing(client)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'["post"]', b'["post", 1, 5]', b'["what", 2]', b'["note", 3, ["x"]]', b"\xff"])
def test_a_broken_message_harms_nothing(streaming: Any, body: bytes) -> None:
    client = streaming.socket("ada", "stream=user")
    wake.send("realtime", body)
    streaming.post("ada", "hello")
    streaming.work()
    assert received(client)[1] == "update"


def test_watchers_are_forgotten_when_they_leave(streaming: Any) -> None:
    client, events = streaming.socket("bob", "stream=user"), streaming.events("public", "bob")
    client.close()
    events.close()
    streaming.until(lambda: not streaming.hub.connections)
    assert streaming.hub.by_key == {}
    assert streaming.hub.per_account == {}
