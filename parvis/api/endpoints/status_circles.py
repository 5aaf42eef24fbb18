"""Who favourited, boosted or quoted a status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from parvis.api.call import Answer, Call
from parvis.feeds.queries import filters, timelines
from parvis.feeds.queries.pages import gather
from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.mastodon import status
from parvis.mastodon.account import account_bytes
from parvis.network.actions import quotes as quoting
from parvis.network.queries import Viewer, accounts, posts, visible_post
from parvis.network.queries import history as circles

Fetch = Callable[[int, int, int, int, bool], list[tuple[int, int]]]


def _people(fetch: Fetch, said: str) -> Callable[[Call, int], Answer]:
    """Return an endpoint that lists the accounts of a post's marks, newest mark first. said: its path's end, and what it answers."""

    def endpoint(call: Call, post_id: int) -> Answer:
        viewer = call.optional("read:accounts")
        post = visible_post(viewer, post_id)
        wanted = post.boost_of_id or post.id
        own = viewer is not None and viewer.account_id == post.author_id

        def keep(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
            known = accounts(row[1] for row in rows)
            return [r for r in rows if r[1] in known and not known[r[1]].hidden and (own or not _hides(viewer, r[1], known[r[1]].domain))]

        rows = gather(call.cursor(default=40, most=80), lambda a, b, n, up: fetch(wanted, a, b, n, up), keep)
        people = account_bytes([row[1] for row in rows])
        body = b"[" + b",".join(people[row[1]] for row in rows if row[1] in people) + b"]"
        return Answer(200, body, call.link(rows[0][0], rows[-1][0]) if rows else [])

    endpoint.__doc__ = f"GET /api/v1/statuses/:id/{said}"
    return endpoint


def _hides(viewer: Viewer | None, account_id: int, domain: str) -> bool:
    return viewer is not None and (viewer.hides(account_id) or (bool(domain) and domain in viewer.domain_blocks))


favourited_by = _people(circles.favouriters, "favourited_by : who favourited the post, latest first")
reblogged_by = _people(circles.boosters, "reblogged_by : who boosted the post for everyone, latest first")


def quotes(call: Call, post_id: int) -> Answer:
    """GET /api/v1/statuses/:id/quotes : those that the viewer may see"""
    viewer = call.optional("read:statuses")
    post = visible_post(viewer, post_id)
    rows = gather(call.cursor(), lambda a, b, n, up: circles.quotes(post.id, a, b, n, up), lambda found: timelines.wanted(viewer, found))
    body = status.page(viewer, [row[0] for row in rows], filters.results(viewer, "public")[1])
    return Answer(200, body, call.link(rows[0][0], rows[-1][0]) if rows else [])


def revoke(call: Call, post_id: int, quoting_id: int) -> Answer:
    """POST /api/v1/statuses/:id/quotes/:quoting_id/revoke : answers with the post that quoted"""
    viewer = call.require("write:statuses")
    quoted = visible_post(viewer, post_id)
    found = posts((quoting_id,)).get(quoting_id)  # the quoted author may revoke what they may not see
    if found is None:
        raise NotFound
    quoting.revoke(viewer.account_id, quoted, found)
    changes.sync()
    return Answer(200, status.one(call.require("write:statuses"), quoting_id))


ROUTES = [
    ("GET", "/api/v1/statuses/:id/favourited_by", favourited_by),
    ("GET", "/api/v1/statuses/:id/reblogged_by", reblogged_by),
    ("GET", "/api/v1/statuses/:id/quotes", quotes),
    ("POST", "/api/v1/statuses/:id/quotes/:id/revoke", revoke),
]
