"""Search: people, posts and hashtags."""

from __future__ import annotations

import orjson
from django.conf import settings

from parvis.api.call import Answer, Call
from parvis.feeds import search_operators
from parvis.feeds.queries import filters
from parvis.feeds.queries.addresses import find_address
from parvis.feeds.queries.pages import MAX_ID, Cursor
from parvis.feeds.queries.people_search import find_people
from parvis.feeds.queries.post_search import MAX_OFFSET, find_posts
from parvis.feeds.queries.tag_search import find_tags
from parvis.kernel import ratelimit
from parvis.kernel.errors import Invalid, TooMany, Unauthenticated
from parvis.mastodon import status, tag
from parvis.mastodon.account import account_bytes
from parvis.network.queries import Viewer
from parvis.syndication import queries as feeds

KINDS = ("accounts", "hashtags", "statuses")


def search(call: Call) -> Answer:
    """GET /api/v2/search?q&type&resolve&following&account_id&exclude_unreviewed&limit&offset : accounts, posts and hashtags that match

    Without a token: people and hashtags only, the first page only, nothing is resolved.
    """
    viewer = call.optional("read:search")
    text = call.text("q").strip()
    if not text:
        raise Invalid("param is missing or the value is empty: q", status=400, code="search.empty")
    kind = call.text("type")
    offset = (call.number("offset", 0, low=0, high=MAX_OFFSET * 2) or 0) if kind else 0
    if viewer is None:
        if call.flag("resolve"):
            raise Unauthenticated("Search queries that resolve remote resources are not supported without authentication")
        if call.params.get("offset"):
            raise Unauthenticated("Search queries pagination is not supported without authentication")
    limit = call.number("limit", 20, low=1, high=40) or 20
    people: list[int] = []
    posts: list[int] = []
    tags = b"[]"
    wants = {k for k in KINDS if not kind or kind == k}
    address = find_address(viewer, text) if text.startswith(("http://", "https://")) else None
    if address is None and viewer is not None and "accounts" in wants and call.flag("resolve"):
        address = _feed(viewer, text)
    if address is not None:
        if not offset and ("accounts" if address[0] == "account" else "statuses") in wants:
            (people if address[0] == "account" else posts).append(address[1])
    else:
        if "accounts" in wants and not text.startswith("#") and not ("@" in text and " " in text):
            people = find_people(viewer, text, limit=limit, offset=offset, only_followed=viewer is not None and call.flag("following"))
        if "statuses" in wants and viewer is not None:
            posts = _posts(call, viewer, text, limit, offset)
        if "hashtags" in wants and "@" not in text:
            tags = _tags(call, viewer, text, limit, offset)
    found = account_bytes(people)
    return Answer(
        200,
        b'{"accounts":[%s],"statuses":%s,"hashtags":%s}'
        % (
            b",".join(found[i] for i in people if i in found),
            status.page(viewer, posts, filters.results(viewer, "public")[1]) if posts else b"[]",
            tags,
        ),
    )


def _feed(viewer: Viewer, text: str) -> tuple[str, int] | None:
    """Return the account of the feed at this address, None when it is none. New ones have a budget: they are fetched."""
    if not text.startswith(("http://", "https://")):
        return None
    found = feeds.known(text)
    if found is None:
        if settings.RATE_LIMITS and ratelimit.spend(f"resolve:{viewer.account_id}", limit=30, window_s=1800).spent:
            raise TooMany
        found = feeds.resolve(text)
    return ("account", found) if found is not None else None


def _posts(call: Call, viewer: Viewer, text: str, limit: int, offset: int) -> list[int]:
    bounds = Cursor(
        max_id=call.number("max_id", MAX_ID, low=0) or MAX_ID,
        since_id=call.number("min_id", 0, low=0) or call.number("since_id", 0, low=0) or 0,
    )
    asked = search_operators.read(text)
    return find_posts(viewer, asked, limit=limit, offset=offset, cursor=bounds, author_id=call.id("account_id"))


def _tags(call: Call, viewer: Viewer | None, text: str, limit: int, offset: int) -> bytes:
    found = find_tags(text, limit=limit, offset=offset, only_reviewed=call.flag("exclude_unreviewed"))
    return orjson.dumps(tag.documents(viewer, [tag.tag_data(t) for t in found]))


ROUTES = [
    ("GET", "/api/v2/search", search),
]
