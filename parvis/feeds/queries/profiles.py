"""What an account posted, as a viewer may see it; and the viewer's own favourites and bookmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parvis.kernel.sql import Query
from parvis.network import formatting
from parvis.network.models import Hashtag, Pin
from parvis.network.queries import AccountData, Viewer, following, posts

from .pages import Cursor, gather
from .timelines import Row, wanted

# Reads the index (author, id) in one direction; every other condition is checked on the rows that it gives.
_POSTS = (
    "SELECT p.id, coalesce(p.boost_of_id, p.id) FROM network_post p WHERE p.author_id = ? AND p.id > ? AND p.id < ?{where}"
    " ORDER BY p.id{desc} LIMIT ?"
)
_NAMED = " OR EXISTS (SELECT 1 FROM network_mention m WHERE m.post_id = p.id AND m.account_id = ?)"
_VISIBLE = {
    "own": "",
    "follower": f" AND (p.visibility < 3{_NAMED})",
    "other": f" AND (p.visibility < 2{_NAMED})",
    "nobody": " AND p.visibility < 2",
}
_TAGGED = " AND EXISTS (SELECT 1 FROM network_posttag t WHERE t.post_id = p.id AND t.tag_id = ?)"
_MARKED = (
    "SELECT f.id, f.post_id FROM {table} f WHERE f.account_id = ? AND f.id > ? AND f.id < ? ORDER BY f.id{desc} LIMIT ?"
)


@dataclass(frozen=True)
class Wish:
    """Which of an account's posts: Mastodon's filters, which may be combined."""

    only_media: bool = False
    exclude_replies: bool = False
    exclude_boosts: bool = False
    tagged: str = ""


def _where(wish: Wish) -> str:
    where = ""
    if wish.only_media:
        where += " AND p.media_count > 0 AND p.boost_of_id IS NULL"
    elif wish.exclude_boosts:
        where += " AND p.boost_of_id IS NULL"
    if wish.exclude_replies:
        where += " AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id = p.author_id)"
    return where + (_TAGGED if wish.tagged else "")


_queries: dict[tuple[str, Wish, bool], Query] = {}


def _query(audience: str, wish: Wish, up: bool) -> Query:
    """Return the statement for these choices, made once."""
    key = (audience, Wish(wish.only_media, wish.exclude_replies, wish.exclude_boosts, "any" if wish.tagged else ""), up)
    if key not in _queries:
        _queries[key] = Query(_POSTS.format(where=_VISIBLE[audience] + _where(wish), desc="" if up else " DESC"))
    return _queries[key]


def profile(viewer: Viewer | None, account: AccountData, cursor: Cursor, wish: Wish) -> list[Row]:
    """Return a page of what the account posted and boosted: rows (entry id, post id) that the viewer may see.

    As in Mastodon the viewer's mutes do not hide the profile they opened, but boosts of whom they hide are left out.
    """
    if account.hidden:
        return []
    extra: list[Any] = []
    audience = "nobody"
    if viewer is not None:
        if viewer.account_id == account.id:
            audience = "own"
        else:
            audience = "follower" if following(viewer, (account.id,))[account.id] else "other"
            extra.append(viewer.account_id)
    if wish.tagged:
        tag_id = Hashtag.objects.filter(name=formatting.normalize_tag(wish.tagged.removeprefix("#"))).values_list("id", flat=True).first()
        if tag_id is None:
            return []
        extra.append(tag_id)

    def fetch(floor: int, ceiling: int, limit: int, forward: bool) -> Sequence[Row]:
        rows: Sequence[Any] = _query(audience, wish, forward).rows(account.id, floor, ceiling, *extra, limit)
        return rows

    return gather(cursor, fetch, lambda rows: _kept(viewer, account.id, rows))


def _kept(viewer: Viewer | None, owner_id: int, rows: Sequence[Any]) -> list[Any]:
    seen = wanted(viewer, rows, profile=True)
    if viewer is None or viewer.account_id == owner_id:
        return seen
    loaded = posts(row[1] for row in seen if row[0] != row[1])
    return [row for row in seen if row[0] == row[1] or not viewer.hides(loaded[row[1]].author_id)]


def pinned(viewer: Viewer | None, account: AccountData, limit: int) -> list[Row]:
    """Return the account's pinned posts that the viewer may see, latest pin first."""
    if account.hidden:
        return []
    ids = Pin.objects.filter(account_id=account.id).order_by("-id").values_list("post_id", flat=True)
    found: list[Row] = wanted(viewer, [(i, i) for i in ids], profile=True)
    return found[:limit]


def _marks(table: str) -> tuple[Query, Query]:
    return Query(_MARKED.format(table=table, desc=" DESC")), Query(_MARKED.format(table=table, desc=""))


_FAVOURITES, _BOOKMARKS = _marks("network_favourite"), _marks("network_bookmark")


def favourites(viewer: Viewer, cursor: Cursor) -> list[Row]:
    """Return a page of what the viewer favourited: rows (mark id, post id), latest mark first."""
    return _marked(_FAVOURITES, viewer, cursor)


def bookmarks(viewer: Viewer, cursor: Cursor) -> list[Row]:
    """Return a page of what the viewer bookmarked: rows (mark id, post id), latest mark first."""
    return _marked(_BOOKMARKS, viewer, cursor)


def _marked(pair: tuple[Query, Query], viewer: Viewer, cursor: Cursor) -> list[Row]:
    def keep(rows: Sequence[Any]) -> list[Any]:
        allowed = {row[0] for row in wanted(viewer, [(row[1], row[1]) for row in rows], profile=True)}
        return [row for row in rows if row[1] in allowed]

    return gather(cursor, lambda floor, ceiling, limit, up: pair[up].rows(viewer.account_id, floor, ceiling, limit), keep)
