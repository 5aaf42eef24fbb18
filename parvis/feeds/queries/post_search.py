"""Posts that a person finds: their own library, and public posts of accounts that opted in.

A library is what one wrote, boosted, favourited, bookmarked or voted in, and what names one. What the index gives is
a list of candidates: whether the viewer may and wants to see each is asked of `wanted`, as everywhere.
"""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from parvis.feeds import search
from parvis.feeds.search_operators import Condition, PostQuery
from parvis.kernel.ids import first_id_at
from parvis.kernel.sql import Query
from parvis.network.queries import Viewer, id_by_name

from .pages import MAX_ID, Cursor, gather
from .timelines import wanted

# Public candidates looked at, newest first: bounds what a common word, or none, costs. The first step mostly suffices.
CANDIDATES = (1_000, 20_000)
CANDIDATES_WITHOUT_WORDS = (500, 5_000)
MAX_OFFSET = 2_000

_LIBRARY = (
    "SELECT id FROM network_post WHERE author_id = {me} AND boost_of_id IS NULL"
    " UNION SELECT boost_of_id FROM network_post WHERE author_id = {me} AND boost_of_id IS NOT NULL"
    " UNION SELECT post_id FROM network_mention WHERE account_id = {me}"
    " UNION SELECT post_id FROM network_favourite WHERE account_id = {me}"
    " UNION SELECT post_id FROM network_bookmark WHERE account_id = {me}"
    " UNION SELECT l.post_id FROM network_pollvote v JOIN network_poll l ON l.id = v.poll_id WHERE v.account_id = {me}"
)
_MEDIA = "EXISTS (SELECT 1 FROM media_asset m WHERE m.post_id = p.id AND m.kind IN ({kinds}))"
_HAS = {
    "media": "p.media_count > 0",
    "poll": "EXISTS (SELECT 1 FROM network_poll l WHERE l.post_id = p.id)",
    "link": "(p.card_id IS NOT NULL OR p.text LIKE '%http://%' OR p.text LIKE '%https://%')",
    "image": f"(p.media_count > 0 AND {_MEDIA.format(kinds=repr('image'))})",
    "video": "(p.media_count > 0 AND " + _MEDIA.format(kinds="'video', 'gifv'") + ")",
    "audio": f"(p.media_count > 0 AND {_MEDIA.format(kinds=repr('audio'))})",
    "embed": "EXISTS (SELECT 1 FROM network_card c WHERE c.id = p.card_id AND c.kind IN ('video', 'rich'))",
}
_IS = {"reply": "p.in_reply_to_id IS NOT NULL", "sensitive": "p.sensitive"}


@dataclass(slots=True)
class _Where:
    """Conditions on `p`, a row of network_post, with their values."""

    texts: list[str]
    values: list[Any]
    author_id: int | None = None

    def add(self, text: str, *values: Any, negated: bool = False) -> None:
        self.texts.append(f"NOT {text}" if negated else text)
        self.values += values

    @property
    def text(self) -> str:
        return "".join(f" AND {t}" for t in self.texts)


def find_posts(
    viewer: Viewer | None, asked: PostQuery, *, limit: int = 20, offset: int = 0, cursor: Cursor | None = None, author_id: int | None = None
) -> list[int]:
    """Return the ids of posts that fit, newest first. cursor: only its bounds count. A visitor finds public posts only."""
    if asked.is_empty or offset > MAX_OFFSET:
        return []
    bounds = cursor or Cursor()
    low = max(bounds.floor, first_id_at(asked.since) - 1 if asked.since else 0)
    high = min(bounds.max_id, first_id_at(asked.until) if asked.until else MAX_ID)
    where = _conditions(viewer, asked, author_id)
    in_library = viewer is not None and asked.scope in ("library", "all")
    in_public = asked.scope in ("public", "all")

    def fetch(floor: int, ceiling: int, count: int, forward: bool) -> Sequence[tuple[int]]:
        rows: set[tuple[int]] = set()
        if in_library and viewer is not None:
            rows.update(_library(viewer.account_id, asked, where, floor, ceiling, count))
        if in_public:
            rows.update(_public(asked, where, floor, ceiling, count))
        return sorted(rows, reverse=True)[:count]

    def keep(rows: Sequence[tuple[int]]) -> list[tuple[int]]:
        return wanted(viewer, rows and [(r[0], r[0]) for r in rows])

    page = replace(bounds, max_id=high, since_id=low, min_id=None, limit=offset + limit)
    return [row[0] for row in gather(page, fetch, keep)][offset:]


def _conditions(viewer: Viewer | None, asked: PostQuery, author_id: int | None) -> _Where:
    where = _Where([], [])
    if author_id is not None:
        where.add("p.author_id = ?", author_id)
        where.author_id = author_id
    for one in asked.conditions:
        _add(where, viewer, one)
    refused = [p for p in asked.phrases if p.negated]
    if refused and not any(not p.negated for p in asked.phrases):
        table = "SELECT rowid FROM feeds_search WHERE feeds_search MATCH ?" if search.is_lite() else _PG_MATCHING
        where.add(f"p.id NOT IN ({table})", search.match_any(refused))
    return where


_PG_MATCHING = "SELECT post_id FROM feeds_search WHERE body @@ CAST(? AS tsquery)"


def _add(where: _Where, viewer: Viewer | None, one: Condition) -> None:
    if one.name == "has":
        where.add(_HAS[one.value], negated=one.negated)
    elif one.name == "is":
        where.add(_IS[one.value], negated=one.negated)
    elif one.name == "language":
        where.add("(p.language = ? OR p.language LIKE ?)", one.value, f"{one.value}-%", negated=one.negated)
    else:
        author_id = _author(viewer, one.value)
        where.add("(p.author_id = ?)", author_id, negated=one.negated)
        if not one.negated:
            where.author_id = author_id


def _author(viewer: Viewer | None, name: str) -> int:
    """Return the account that from: names; -1, who wrote nothing, when there is none."""
    if name == "me":
        return viewer.account_id if viewer else -1
    username, _, domain = name.lstrip("@").partition("@")
    here = settings.DOMAIN.lower()
    return id_by_name(username, "" if domain in (here, here.split(":")[0]) else domain) or -1


def _library(me: int, asked: PostQuery, where: _Where, floor: int, ceiling: int, count: int) -> list[tuple[int]]:
    """Candidates in the viewer's library. The library is collected once, then the index is read newest first."""
    mine = _LIBRARY.replace("{me}", str(int(me)))
    phrases = [p for p in asked.phrases if not p.negated]
    if phrases and search.is_lite():
        text = (
            "SELECT p.id FROM feeds_search CROSS JOIN network_post p ON p.id = feeds_search.rowid WHERE feeds_search MATCH ?"
            f" AND feeds_search.rowid > ? AND feeds_search.rowid < ? AND +feeds_search.rowid IN ({mine}){where.text}"
            " ORDER BY feeds_search.rowid DESC LIMIT ?"
        )
    elif phrases:
        text = (
            "SELECT p.id FROM network_post p JOIN feeds_search s ON s.post_id = p.id WHERE s.body @@ CAST(? AS tsquery)"
            f" AND p.id > ? AND p.id < ? AND p.id IN ({mine}){where.text} ORDER BY p.id DESC LIMIT ?"
        )
    elif where.author_id is not None:  # along the index of one author's posts
        text = (
            "SELECT p.id FROM network_post p WHERE p.boost_of_id IS NULL"
            f" AND p.id > ? AND p.id < ? AND +p.id IN ({mine}){where.text} ORDER BY p.id DESC LIMIT ?"
        )
    else:
        text = (
            f"SELECT p.id FROM ({mine}) AS l CROSS JOIN network_post p WHERE p.id = l.id AND p.boost_of_id IS NULL"
            f" AND p.id > ? AND p.id < ?{where.text} ORDER BY p.id DESC LIMIT ?"
        )
    first = [search.match(asked.phrases)] if phrases else []
    return Query(text).rows(*first, floor, ceiling, *where.values, count)  # type: ignore[return-value]


def _public(asked: PostQuery, where: _Where, floor: int, ceiling: int, count: int) -> list[tuple[int]]:
    """Candidates among public posts of accounts that let theirs be found: the newest that hold the words."""
    phrases = [p for p in asked.phrases if not p.negated]
    if phrases and search.is_lite():
        found = "SELECT rowid AS id FROM feeds_search WHERE feeds_search MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"
    elif phrases:
        found = (
            "SELECT post_id AS id FROM feeds_search WHERE body @@ CAST(? AS tsquery) AND post_id > ? AND post_id < ?"
            " ORDER BY post_id DESC LIMIT ?"
        )
    else:
        author = " AND q.author_id = ?" if where.author_id is not None else ""
        found = (
            f"SELECT q.id FROM network_post q WHERE q.visibility = 0 AND q.boost_of_id IS NULL AND q.id > ? AND q.id < ?{author}"
            " ORDER BY q.id DESC LIMIT ?"
        )
    text = (
        f"SELECT p.id FROM ({found}) AS c CROSS JOIN network_post p JOIN network_account a ON a.id = p.author_id"
        " WHERE p.id = c.id AND p.visibility = 0 AND a.indexable AND a.suspended_at IS NULL AND a.deleted_at IS NULL"
        f" AND a.limited_at IS NULL{where.text} ORDER BY p.id DESC LIMIT ?"
    )
    query = Query(text)
    first = [search.match(asked.phrases), floor, ceiling] if phrases else [floor, ceiling]
    if not phrases and where.author_id is not None:
        first.append(where.author_id)
    rows: list[Any] = []
    for most in CANDIDATES if phrases else CANDIDATES_WITHOUT_WORDS:
        rows = query.rows(*first, most, *where.values, count)
        if len(rows) >= count:
            break
    return rows
