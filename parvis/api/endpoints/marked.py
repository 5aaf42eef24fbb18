"""What the caller favourited and bookmarked; the pages go by the mark, not by the post."""

from __future__ import annotations

from collections.abc import Callable

from parvis.api.call import Answer, Call
from parvis.feeds.queries import filters, profiles
from parvis.feeds.queries.pages import Cursor
from parvis.mastodon import status
from parvis.network.queries import Viewer


def _page(scope: str, read: Callable[[Viewer, Cursor], list[tuple[int, int]]], said: str) -> Callable[[Call], Answer]:
    """Return an endpoint that answers with a page of marked posts. said: its route, and what it answers."""

    def endpoint(call: Call) -> Answer:
        viewer = call.require(scope)
        rows = read(viewer, call.cursor())
        body = status.page(viewer, [row[1] for row in rows], filters.results(viewer, "")[1])
        return Answer(200, body, call.link(rows[0][0], rows[-1][0]) if rows else [])

    endpoint.__doc__ = said
    return endpoint


favourites = _page(
    "read:favourites", profiles.favourites, "GET /api/v1/favourites : the posts that the caller favourited, latest mark first"
)
bookmarks = _page("read:bookmarks", profiles.bookmarks, "GET /api/v1/bookmarks : the posts that the caller bookmarked, latest mark first")

ROUTES = [
    ("GET", "/api/v1/favourites", favourites),
    ("GET", "/api/v1/bookmarks", bookmarks),
]
