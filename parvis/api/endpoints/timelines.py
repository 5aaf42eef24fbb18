"""Timelines: home, public, hashtag, list."""

from __future__ import annotations

from collections.abc import Sequence

from parvis.api.call import Answer, Call
from parvis.feeds.queries import filters, tagged, timelines
from parvis.kernel.errors import NotFound
from parvis.mastodon import status
from parvis.network.models import AccountList
from parvis.network.queries import Viewer


def _page(call: Call, viewer: Viewer | None, rows: Sequence[tuple[int, int]], context: str) -> Answer:
    """Return a page of rows (entry id, post id) as statuses, filtered for this context."""
    kept, applied = filters.apply(viewer, rows, context)
    body = status.page(viewer, [row[0] for row in kept], applied)
    return Answer(200, body, call.link(rows[0][0], rows[-1][0]) if rows else [])


def home(call: Call) -> Answer:
    """GET /api/v1/timelines/home : what those whom the caller follows wrote and boosted"""
    viewer = call.require("read:statuses")
    return _page(call, viewer, timelines.home(viewer, call.cursor()), "home")


def public(call: Call) -> Answer:
    """GET /api/v1/timelines/public?local&remote&only_media : every public post known here"""
    viewer = call.optional("read:statuses")
    params = call.params
    rows = timelines.public(
        viewer,
        call.cursor(),
        local="local" in params and call.flag("local"),
        remote="remote" in params and call.flag("remote"),
        only_media="only_media" in params and call.flag("only_media"),
    )
    return _page(call, viewer, rows, "public")


def tag(call: Call, name: str) -> Answer:
    """GET /api/v1/timelines/tag/:hashtag?any[]&all[]&none[]&local&remote&only_media : the public posts with a hashtag"""
    viewer = call.optional("read:statuses")
    wish = tagged.TagWish(
        name,
        any=call.texts("any"),
        all=call.texts("all"),
        none=call.texts("none"),
        local=call.flag("local"),
        remote=call.flag("remote"),
        only_media=call.flag("only_media"),
    )
    return _page(call, viewer, tagged.tagged(viewer, call.cursor(), wish), "public")


def list_timeline(call: Call, list_id: int) -> Answer:
    """GET /api/v1/timelines/list/:id : what the accounts of a list wrote"""
    viewer = call.require("read:lists")
    if not AccountList.objects.filter(id=list_id, account_id=viewer.account_id).exists():
        raise NotFound
    return _page(call, viewer, timelines.list_feed(viewer, list_id, call.cursor()), "home")


ROUTES = [
    ("GET", "/api/v1/timelines/home", home),
    ("GET", "/api/v1/timelines/public", public),
    ("GET", "/api/v1/timelines/tag/:name", tag),
    ("GET", "/api/v1/timelines/list/:id", list_timeline),
]
