"""Editing, deleting, history and who may quote: what the API promises about posts that change."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.kernel import changes
from parvis.kernel.models import OutboxEvent
from parvis.media.models import Asset
from parvis.network.models import Mention, Poll, PollVote, Post, PostEdit


def _events(kind: str) -> int:
    return OutboxEvent.objects.filter(kind=kind).count()


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
def test_post_keeps_its_audience_after_edit(square: Any, visibility: str) -> None:
    post = square.post("ada", "before", visibility=visibility)
    edited = square.ask("PUT", f"/api/v1/statuses/{post['id']}", "ada", {"status": "after", "visibility": "public"})
    assert edited.status == 200
    assert edited.json["visibility"] == visibility
    assert edited.json["content"] == "<p>after</p>"


def test_followers_only_post_stays_private_after_edit(square: Any) -> None:
    post = square.post("ada", "before", visibility="private")
    square.ask("PUT", f"/api/v1/statuses/{post['id']}", "ada", {"status": "after"})
    assert square.ask("GET", f"/api/v1/statuses/{post['id']}", "bob").status == 404
    square.follow("bob", "ada")
    changes.sync()
    assert square.ask("GET", f"/api/v1/statuses/{post['id']}", "bob").json["visibility"] == "private"


def test_omitted_members_stay_and_history_keeps_every_version(square: Any) -> None:
    post = square.post("ada", "one #tag", spoiler_text="careful", language="fr")
    url = f"/api/v1/statuses/{post['id']}"
    assert len(square.ask("GET", f"{url}/history", "bob").json) == 1
    edited = square.ask("PUT", url, "ada", {"status": "two"}).json
    assert (edited["spoiler_text"], edited["language"], edited["sensitive"]) == ("careful", "fr", True)
    assert edited["edited_at"] is not None
    assert edited["tags"] == []
    versions = square.ask("GET", f"{url}/history", "bob").json
    assert [v["content"] for v in versions][1:] == ["<p>two</p>"]
    assert "one" in versions[0]["content"]
    assert versions[0]["created_at"] == post["created_at"]
    assert set(versions[0]) == {"content", "spoiler_text", "sensitive", "created_at", "account", "media_attachments", "emojis", "quote"}
    assert square.ask("GET", f"{url}/source", "ada").json == {"id": post["id"], "text": "two", "spoiler_text": "careful"}
    assert _events("PostEdited") == 1


def test_edit_that_changes_nothing_leaves_no_trace(square: Any) -> None:
    post = square.post("ada", "same")
    again = square.ask("PUT", f"/api/v1/statuses/{post['id']}", "ada", {"status": "same"})
    assert again.status == 200
    assert again.json["edited_at"] is None
    assert not PostEdit.objects.exists()
    assert _events("PostEdited") == 0


def test_only_the_author_edits_and_deletes(square: Any) -> None:
    post = square.post("ada", "mine")
    url = f"/api/v1/statuses/{post['id']}"
    for who, expected in (("bob", 404), ("", 401)):
        assert square.ask("PUT", url, who, {"status": "hacked"}).status == expected
        assert square.ask("DELETE", url, who).status == expected
        assert square.ask("PUT", f"{url}/interaction_policy", who, {"quote_approval_policy": "nobody"}).status == expected
    assert square.ask("GET", url).json["content"] == "<p>mine</p>"
    assert square.ask("PUT", url, "ada", {"status": ""}).status == 422
    assert square.ask("PUT", url, "ada", {"status": "x" * 5001}).status == 422
    assert square.ask("PUT", url, "ada", {"status": ["x"]}).status == 422
    assert square.ask("DELETE", url, "ada").status == 200
    assert square.ask("DELETE", url, "ada").status == 404


def test_mentions_are_read_again_and_no_one_loses_what_they_were_sent(square: Any) -> None:
    square.person("eve")
    post = square.post("ada", "hi @bob", visibility="direct")
    url = f"/api/v1/statuses/{post['id']}"
    edited = square.ask("PUT", url, "ada", {"status": "hi @eve"}).json
    assert [m["acct"] for m in edited["mentions"]] == ["eve"]
    assert square.ask("GET", url, "bob").status == 200
    assert square.ask("GET", url, "eve").status == 200
    assert dict(Mention.objects.values_list("account__username", "silent")) == {"bob": True, "eve": False}
    back = square.ask("PUT", url, "ada", {"status": "hi @bob @eve"}).json
    assert {m["acct"] for m in back["mentions"]} == {"bob", "eve"}


def test_media_are_reordered_described_and_taken_out(square: Any) -> None:
    one, two = square.asset("ada"), square.asset("ada", description="old")
    post = square.post("ada", "pictures", media_ids=[str(one), str(two)])
    url = f"/api/v1/statuses/{post['id']}"
    asked = {"media_ids": [str(two), str(one)], "media_attributes": [{"id": str(two), "description": "new", "focus": "0.5,-0.5"}]}
    edited = square.ask("PUT", url, "ada", asked).json
    assert [m["id"] for m in edited["media_attachments"]] == [str(two), str(one)]
    assert edited["media_attachments"][0]["description"] == "new"
    assert edited["media_attachments"][0]["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    assert square.ask("PUT", url, "ada", {"status": "pictures!"}).json["media_attachments"][0]["id"] == str(two)
    emptied = square.ask("PUT", url, "ada", form="media_ids[]=").json
    assert emptied["media_attachments"] == []
    assert Asset.objects.filter(post=None).count() == 2
    versions = square.ask("GET", f"{url}/history", "ada").json
    assert [[m["description"] for m in v["media_attachments"]] for v in versions] == [[None, "old"], ["new", None], ["new", None], []]


def test_media_of_others_are_refused_in_an_edit(square: Any) -> None:
    mine, theirs = square.asset("ada"), square.asset("bob")
    post = square.post("ada", "picture", media_ids=[str(mine)])
    url = f"/api/v1/statuses/{post['id']}"
    for wrong in ([str(theirs)], ["abc"], ["99999999999"]):
        assert square.ask("PUT", url, "ada", {"media_ids": wrong}).status == 422
    asked = {"media_attributes": [{"id": str(theirs), "description": "taken over"}]}
    assert square.ask("PUT", url, "ada", asked).status == 200
    assert Asset.objects.get(id=theirs).description == ""
    assert [m["id"] for m in square.ask("GET", url).json["media_attachments"]] == [str(mine)]


def test_changed_options_take_votes_back_and_other_edits_keep_them(square: Any) -> None:
    post = square.post("ada", "tea?", poll={"options": ["yes", "no"], "expires_in": 3600})
    url, poll = f"/api/v1/statuses/{post['id']}", post["poll"]["id"]
    assert square.ask("POST", f"/api/v1/polls/{poll}/votes", "bob", {"choices": ["0"]}).status == 200
    kept = square.ask("PUT", url, "ada", {"status": "tea, anyone?"}).json["poll"]
    assert (kept["votes_count"], kept["expires_at"]) == (1, post["poll"]["expires_at"])
    later = square.ask("PUT", url, "ada", {"poll": {"options": ["yes", "no"], "expires_in": 7200}}).json["poll"]
    assert (later["votes_count"], later["expires_at"] > kept["expires_at"]) == (1, True)
    changed = square.ask("PUT", url, "ada", {"poll": {"options": ["yes", "never"], "expires_in": 7200}}).json["poll"]
    assert (changed["votes_count"], changed["voters_count"], changed["id"]) == (0, 0, poll)
    assert not PollVote.objects.exists()
    assert square.ask("GET", f"/api/v1/polls/{poll}", "bob").json["voted"] is False
    assert square.ask("PUT", url, "ada", {"poll": {"options": ["one"], "expires_in": 7200}}).status == 422
    assert square.ask("PUT", url, "ada", {"media_ids": [str(square.asset("ada"))]}).status == 422
    assert square.ask("PUT", url, "ada", {"poll": None}).json["poll"] is None
    assert not Poll.objects.exists()
    options = [[o["title"] for o in v["poll"]["options"]] if "poll" in v else None for v in square.ask("GET", f"{url}/history").json]
    assert options == [["yes", "no"], ["yes", "no"], ["yes", "no"], ["yes", "never"], None]


def test_deletion_answers_with_the_source_to_redraft(square: Any) -> None:
    asset = square.asset("ada")
    post = square.post("ada", "draft me & you", media_ids=[str(asset)])
    square.ask("POST", f"/api/v1/statuses/{post['id']}/reblog", "bob")
    deleted = square.ask("DELETE", f"/api/v1/statuses/{post['id']}", "ada").json
    assert deleted["text"] == "draft me & you"
    assert "content" not in deleted
    assert deleted["media_attachments"][0]["id"] == str(asset)
    assert square.ask("GET", f"/api/v1/statuses/{post['id']}", "ada").status == 404
    assert square.post("ada", "again", media_ids=[str(asset)])["media_attachments"][0]["id"] == str(asset)
    assert _events("PostDeleted") == 1
    counts = [square.ask("GET", "/api/v1/accounts/verify_credentials", who).json["statuses_count"] for who in ("ada", "bob")]
    assert counts == [1, 0]


def test_delete_media_takes_the_files_too(square: Any, django_capture_on_commit_callbacks: Any) -> None:
    post = square.post("ada", "bye", media_ids=[str(square.asset("ada"))])
    with django_capture_on_commit_callbacks(execute=True):
        assert square.ask("DELETE", f"/api/v1/statuses/{post['id']}?delete_media=true", "ada").status == 200
    assert not Asset.objects.exists()


def test_deleting_a_boost_takes_only_the_boost(square: Any) -> None:
    post = square.post("ada", "boost me")
    boost = square.ask("POST", f"/api/v1/statuses/{post['id']}/reblog", "bob").json
    assert square.ask("PUT", f"/api/v1/statuses/{boost['id']}", "bob", {"status": "mine now"}).status == 403
    assert square.ask("DELETE", f"/api/v1/statuses/{boost['id']}", "bob").status == 200
    assert square.ask("GET", f"/api/v1/statuses/{post['id']}", "bob").json["reblogs_count"] == 0
    assert Post.objects.count() == 1


def test_there_is_no_translation(square: Any) -> None:
    post = square.post("ada")
    assert square.ask("POST", f"/api/v1/statuses/{post['id']}/translate", "ada").status == 404


def test_token_without_the_scope_changes_nothing(square: Any) -> None:
    from parvis.identity.models import User

    square.token("reader", User.objects.get(username="ada"), "read")
    post = square.post("ada", "mine")
    url = f"/api/v1/statuses/{post['id']}"
    for method, path in (("PUT", url), ("DELETE", url), ("PUT", f"{url}/interaction_policy")):
        assert square.ask(method, path, "reader", {"status": "x", "quote_approval_policy": "nobody"}).status == 403
    assert square.ask("GET", url, "reader").json["content"] == "<p>mine</p>"


def test_newly_named_people_hear_of_the_edit_once(square: Any) -> None:
    from parvis.config import wiring
    from parvis.kernel import outbox

    wiring.connect()
    square.person("eve")
    for who in ("eve", "bob"):  # whom one does not follow is held back as a request
        square.follow(who, "ada")
    post = square.post("ada", "hi @bob", visibility="direct")
    outbox.drain()
    for text in ("hi @eve", "hi @eve and @bob"):
        square.ask("PUT", f"/api/v1/statuses/{post['id']}", "ada", {"status": text})
        outbox.drain()
    for who in ("eve", "bob"):
        heard = square.ask("GET", "/api/v1/notifications?types[]=mention", who).json
        assert [n["status"]["id"] for n in heard] == [post["id"]]
        assert [c["last_status"]["id"] for c in square.ask("GET", "/api/v1/conversations", who).json] == [post["id"]]
