"""Pages of people: rows (edge id, account id) as Account entities, with links that lead on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parvis.api.call import Answer, Call
from parvis.feeds.queries.pages import Cursor
from parvis.mastodon.account import account_bytes
from parvis.network.queries.people import Span

PEOPLE, MOST_PEOPLE = 40, 80


def span(cursor: Cursor) -> Span:
    """Return the edges that a cursor asks for."""
    return Span(cursor.floor, cursor.max_id, cursor.limit, cursor.forward)


def people_span(call: Call) -> Span:
    """Return the page of people that the call asks for: 40 by default, at most 80."""
    return span(call.cursor(default=PEOPLE, most=MOST_PEOPLE))


def people(call: Call, rows: Sequence[tuple[int, int]], limit: int) -> Answer:
    """Return a page of accounts; the links page by the edge's id."""
    found = account_bytes([row[1] for row in rows])
    body = b"[" + b",".join(found[row[1]] for row in rows if row[1] in found) + b"]"
    return Answer(200, body, links(call, rows, limit))


def links(call: Call, rows: Sequence[tuple[Any, ...]], limit: int) -> list[tuple[str, str]]:
    """Return the Link header of a page; it leads on only from a full page, as Mastodon's lists of people do."""
    if not rows:
        return []
    headers = call.link(rows[0][0], rows[-1][0])
    if len(rows) >= limit:
        return headers
    return [(name, value.partition('rel="next", ')[2]) for name, value in headers]
