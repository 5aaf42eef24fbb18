"""A populated square whose people keep secrets, and the means to attack it."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from parvis.api.tests.conftest import Answered, Square, _kept_connection, square  # noqa: F401

ALL_SCOPES = "read write follow push profile admin:read admin:write"


def routes() -> list[tuple[str, str, Any]]:
    """Return every route of the Mastodon API."""
    import parvis.api.routes  # noqa: F401
    from parvis.api.router import ROUTER

    return list(ROUTER.routes)


def filled(path: str, *values: Any) -> str:
    """Return a path whose `:segments` are these values, in order; the last one serves those that follow."""
    left = list(values)
    return re.sub(r":[a-z_]+", lambda _m: str(left.pop(0) if len(left) > 1 else left[0]), path)


@contextlib.contextmanager
def undone() -> Iterator[SimpleNamespace]:
    """What happens inside did not happen: rows and caches are as before. Set `changed` to False when nothing was written."""
    from django.db import connection, transaction

    from parvis.kernel import changes

    trial = SimpleNamespace(changed=True)
    with transaction.atomic():
        yield trial
        connection.needs_rollback = False
        transaction.set_rollback(True)
    if trial.changed:
        changes.forget()


def _people(square: Square) -> None:  # noqa: F811
    """fay and bob follow ada, ada follows bob; mod moderates, eve is a stranger."""
    from parvis.identity.models import User
    from parvis.kernel import changes

    square.person("fay", scope=ALL_SCOPES)
    square.person("mod", scope=ALL_SCOPES)
    square.person("eve", scope="read write follow push profile")
    for name in ("ada", "bob"):
        square.token(f"{name}-all", User.objects.get(username=name), ALL_SCOPES)
    User.objects.filter(username="mod").update(role="moderator")
    changes.touch("t:*", "r:*")
    for who, whom in (("fay", "ada"), ("bob", "ada"), ("ada", "bob")):
        square.follow(who, whom)


def _said(square: Square) -> dict[str, Any]:  # noqa: F811
    """ada published openly and privately, bob marked what he could see and was then shut out; return the ids."""
    from parvis.kernel import outbox
    from parvis.network.actions import follows

    post = functools.partial(square.post, language="en")
    public = post("ada", "An open word #open", poll={"options": ["a", "b"], "expires_in": 3600})
    private = post(
        "ada",
        "secretprivate #secrettag https://secret.example/",
        visibility="private",
        spoiler_text="secretwarning",
        media_ids=[str(square.asset("ada", description="secretdescription", file="f/secretfile.png", preview="p/secretpreview.png"))],
    )
    polled = post("ada", "secretquestion", visibility="private", poll={"options": ["secretoption", "b"], "expires_in": 3600})
    direct = post("ada", "secretdirect @fay", visibility="direct")
    answer = post("fay", "@ada secretanswer", visibility="private", in_reply_to_id=private["id"])
    used_media = private["media_attachments"][0]["id"]
    edit = {"status": "secretedited", "language": "en", "media_ids": [used_media]}
    square.ask("PUT", f"/api/v1/statuses/{private['id']}", "ada", edit)
    own_boost = square.ask("POST", f"/api/v1/statuses/{private['id']}/reblog", "ada", {"visibility": "private"})
    square.ask("POST", f"/api/v1/statuses/{private['id']}/pin", "ada")
    outbox.drain()
    for verb in ("favourite", "bookmark"):
        for one in (private, polled):
            assert square.ask("POST", f"/api/v1/statuses/{one['id']}/{verb}", "bob").status == 200
    assert square.ask("POST", f"/api/v1/polls/{polled['poll']['id']}/votes", "bob", {"choices": [0]}).status == 200
    below = post("bob", "below it", in_reply_to_id=polled["id"], visibility="public")
    outbox.drain()
    follows.remove_follower(square.ids["ada"], square.ids["bob"])  # from here bob is a stranger who once was let in
    return {
        "post": int(public["id"]),
        "private": int(private["id"]),
        "direct": int(direct["id"]),
        "poll": int(public["poll"]["id"]),
        "private_poll": int(polled["poll"]["id"]),
        "used_media": int(used_media),
        "answer": int(answer["id"]),
        "polled": int(polled["id"]),
        "own_boost": int(own_boost.json["id"]) if own_boost.status == 200 else int(private["id"]),
        "below": int(below["id"]),
    }


def _kept(square: Square, said: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
    """ada has one of everything that is hers alone; return the ids."""
    from parvis.feeds.actions import announcements
    from parvis.kernel import outbox
    from parvis.kernel.clock import now
    from parvis.network.actions import blocks, drafts
    from parvis.network.models import ConversationMember, Notification, NotificationRequest

    ids = square.ids
    listed = square.ask("POST", "/api/v1/lists", "ada", {"title": "secretlist"}).json
    square.ask("POST", f"/api/v1/lists/{listed['id']}/accounts", "ada", {"account_ids": [str(ids["bob"])]})
    words = square.ask(
        "POST",
        "/api/v2/filters",
        "ada",
        {"title": "secretfilter", "context": ["home"], "keywords_attributes": [{"keyword": "secretkeyword"}]},
    ).json
    hidden = square.ask("POST", f"/api/v2/filters/{words['id']}/statuses", "ada", {"status_id": str(said["post"])}).json
    later = {"status": "secretscheduled", "scheduled_at": (now() + timedelta(days=30)).isoformat()}
    waiting = square.ask("POST", "/api/v1/statuses", "ada", later).json
    report = square.ask("POST", "/api/v1/reports", "ada", {"account_id": str(ids["bob"]), "comment": "secretreport"}).json
    blocks.note(ids["ada"], ids["bob"], "secretnote")
    blocks.block_domain(ids["ada"], "secretdomain.example")
    draft = drafts.save(ids["ada"], {"status": "secretdraft"})
    shown = announcements.publish_announcement("Welcome", by=None)
    square.ask("POST", f"/api/v1/statuses/{said['post']}/favourite", "fay")
    outbox.drain()
    asked = NotificationRequest.objects.create(account_id=ids["ada"], from_account_id=ids["eve"], last_post_id=said["direct"])
    told = Notification.objects.filter(account_id=ids["ada"]).order_by("-id").first()
    talk = ConversationMember.objects.filter(account_id=ids["ada"]).first()
    assert told is not None
    assert talk is not None
    return {
        "list": int(listed["id"]),
        "filter": int(words["id"]),
        "keyword": int(words["keywords"][0]["id"]),
        "filtered": int(hidden["id"]),
        "scheduled": int(waiting["id"]),
        "report": int(report["id"]),
        "draft": draft,
        "announcement": shown,
        "request": asked.id,
        "notification": told.id,
        "group": told.group_key,
        "conversation": talk.id,
    }


@pytest.fixture
def world(square: Square) -> SimpleNamespace:  # noqa: F811
    """ada keeps secrets, fay follows her, bob followed her once, mod moderates. `kept` maps kinds of things to ada's ids."""
    from parvis.config import wiring
    from parvis.kernel import changes

    wiring.connect()
    _people(square)
    pictured = square.asset("ada", description="secretpublished")
    said = _said(square)
    kept = {"account": square.ids["ada"], "media": int(pictured), **said, **_kept(square, said)}
    changes.forget()
    return SimpleNamespace(square=square, ids=square.ids, kept=kept, ask=square.ask)
