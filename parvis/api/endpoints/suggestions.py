"""People to discover: suggestions for the caller, and the directory."""

from __future__ import annotations

from parvis.api.call import EMPTY, Answer, Call
from parvis.api.paging import MOST_PEOPLE, PEOPLE
from parvis.mastodon.account import account_bytes
from parvis.network.actions import blocks
from parvis.network.queries import people as people_queries

# Mastodon's words for why: (source of v2's first version, sources).
_WORDS = {
    people_queries.FRIENDS_OF_FRIENDS: ("past_interactions", "friends_of_friends"),
    people_queries.POPULAR: ("global", "most_followed"),
    people_queries.NEW: ("global", "most_interactions"),
}


def _found(call: Call) -> list[tuple[int, tuple[str, ...]]]:
    viewer = call.require("read")
    return people_queries.suggestions(viewer, call.number("limit", PEOPLE, low=1, high=MOST_PEOPLE) or PEOPLE)


def index_v2(call: Call) -> Answer:
    """GET /api/v2/suggestions : accounts that the caller may want to follow, and why"""
    found = _found(call)
    entities = account_bytes([i for i, _why in found])
    parts = []
    for i, why in found:
        if i in entities:
            source, sources = _WORDS[why[0]][0], ",".join(f'"{_WORDS[w][1]}"' for w in why)
            parts.append(b'{"source":"%s","sources":[%s],"account":%s}' % (source.encode(), sources.encode(), entities[i]))
    return Answer(200, b"[" + b",".join(parts) + b"]")


def index_v1(call: Call) -> Answer:
    """GET /api/v1/suggestions : accounts that the caller may want to follow, in the older shape"""
    found = _found(call)
    entities = account_bytes([i for i, _why in found])
    return Answer(200, b"[" + b",".join(entities[i] for i, _why in found if i in entities) + b"]")


def dismiss(call: Call, account_id: int) -> Answer:
    """DELETE /api/v1/suggestions/:account_id : this account is not suggested again"""
    blocks.dismiss_suggestion(call.require("read").account_id, account_id)
    return Answer(200, EMPTY)


def directory(call: Call) -> Answer:
    """GET /api/v1/directory?order=active|new&local&offset&limit : accounts that agreed to be found"""
    viewer = call.optional("")
    ids = people_queries.directory(
        viewer,
        order=call.text("order") or "active",
        local=call.flag("local"),
        limit=call.number("limit", PEOPLE, low=1, high=MOST_PEOPLE) or PEOPLE,
        offset=call.number("offset", 0, low=0, high=1_000_000) or 0,
    )
    entities = account_bytes(ids)
    return Answer(200, b"[" + b",".join(entities[i] for i in ids if i in entities) + b"]")


ROUTES = [
    ("GET", "/api/v2/suggestions", index_v2),
    ("GET", "/api/v1/suggestions", index_v1),
    ("DELETE", "/api/v1/suggestions/:id", dismiss),
    ("GET", "/api/v1/directory", directory),
]
