"""Pages of timelines: rows (entry id, post id), newest first, that the viewer may and wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parvis.kernel.sql import Query
from parvis.network.models import Visibility
from parvis.network.queries import AccountData, PostData, Viewer, accounts, following, may_see, posts

from .pages import Cursor, gather

Row = tuple[int, int]

_HOME = Query(
    "SELECT entry_id, post_id FROM feeds_entry WHERE feed_id = ? AND entry_id > ? AND entry_id < ? ORDER BY entry_id DESC LIMIT ?"
)
_HOME_UP = Query("SELECT entry_id, post_id FROM feeds_entry WHERE feed_id = ? AND entry_id > ? AND entry_id < ? ORDER BY entry_id LIMIT ?")
_PUBLIC = "SELECT id, id FROM network_post WHERE listed{where} AND id > ? AND id < ? ORDER BY id{desc} LIMIT ?"
_AUTHORS = (
    "SELECT id, coalesce(boost_of_id, id) FROM network_post WHERE author_id = ? AND visibility < 3 AND id > ? AND id < ?"
    " ORDER BY id{desc} LIMIT ?"
)


def _pair(text: str, where: str = "") -> tuple[Query, Query]:
    return Query(text.format(where=where, desc=" DESC")), Query(text.format(where=where, desc=""))


_ALL, _LOCAL, _REMOTE = _pair(_PUBLIC), _pair(_PUBLIC, " AND is_local"), _pair(_PUBLIC, " AND NOT is_local")
_ALL_MEDIA, _LOCAL_MEDIA = _pair(_PUBLIC, " AND media_count > 0"), _pair(_PUBLIC, " AND is_local AND media_count > 0")
_REMOTE_MEDIA = _pair(_PUBLIC, " AND NOT is_local AND media_count > 0")
_AUTHOR = _pair(_AUTHORS)


def home(viewer: Viewer, cursor: Cursor) -> list[Row]:
    """Return a page of the viewer's home: what was fanned out, merged with the very large accounts they follow."""
    return _feed(viewer, viewer.account_id, cursor, viewer.merged_followees)


def list_feed(viewer: Viewer, list_id: int, cursor: Cursor) -> list[Row]:
    """Return a page of one of the viewer's lists (the caller checked that it is theirs)."""
    return _feed(viewer, list_id, cursor, ())


def _feed(viewer: Viewer, feed_id: int, cursor: Cursor, merged: Sequence[int]) -> list[Row]:
    def fetch(floor: int, ceiling: int, limit: int, forward: bool) -> Sequence[Row]:
        rows: Sequence[Any] = (_HOME_UP if forward else _HOME).rows(feed_id, floor, ceiling, limit)
        for author_id in merged:
            rows = [*rows, *_AUTHOR[forward].rows(author_id, floor, ceiling, limit)]
        if merged:
            rows = sorted(set(rows), reverse=not forward)[:limit]
        return rows

    seen: set[int] = set()

    def keep(rows: Sequence[Any]) -> list[Any]:
        kept = []
        for row in wanted(viewer, rows):
            if row[1] not in seen:
                seen.add(row[1])
                kept.append(row)
        return kept

    return gather(cursor, fetch, keep)


def public(viewer: Viewer | None, cursor: Cursor, *, local: bool = False, remote: bool = False, only_media: bool = False) -> list[Row]:
    """Return a page of the public timeline: whole network, this square (local) or other servers (remote)."""
    if local:
        pair = _LOCAL_MEDIA if only_media else _LOCAL
    elif remote:
        pair = _REMOTE_MEDIA if only_media else _REMOTE
    else:
        pair = _ALL_MEDIA if only_media else _ALL
    return gather(cursor, lambda a, b, n, up: pair[up].rows(a, b, n), lambda rows: wanted(viewer, rows, public=True))


def author(viewer: Viewer | None, author_id: int, cursor: Cursor) -> list[Row]:
    """Return a page of everything an account posted and boosted, as far as the viewer may see it."""
    return gather(cursor, lambda a, b, n, up: _AUTHOR[up].rows(author_id, a, b, n), lambda rows: wanted(viewer, rows, profile=True))


def wanted(viewer: Viewer | None, rows: Sequence[Any], *, public: bool = False, profile: bool = False) -> list[Any]:
    """Return the rows (entry id, post id) whose posts the viewer may see and did not choose to hide.

    public: on public timelines, accounts limited by moderators are left out too.
    profile: on a profile the viewer chose to open, their own mutes do not apply.
    """
    if not rows:
        return []
    ids = {i for row in rows for i in row}
    loaded = posts(ids)
    authors = accounts({p.author_id for p in loaded.values()})
    if viewer is not None:
        private = {p.author_id for p in loaded.values() if p.visibility == Visibility.PRIVATE}
        if private:
            following(viewer, private)
    me = viewer.account_id if viewer is not None else 0
    unseen: frozenset[int] = frozenset()
    if viewer is not None:
        unseen = viewer.blocked_by if profile else viewer.unseen
    kept = []
    for row in rows:
        post, entry = loaded.get(row[1]), loaded.get(row[0])
        if post is None or entry is None:
            continue
        author_of = authors.get(post.author_id)
        if author_of is None or post.author_id in unseen or not may_see(viewer, post, author_of):
            continue
        if public and author_of.limited and post.author_id != me:
            continue
        if viewer is not None and not profile and author_of.domain and author_of.domain in viewer.domain_blocks:
            continue
        if entry is not post and not _wants_boost(viewer, entry, authors.get(entry.author_id), profile=profile):
            continue
        kept.append(row)
    return kept


def _wants_boost(viewer: Viewer | None, entry: PostData, booster: AccountData | None, *, profile: bool) -> bool:
    """Return whether a boost is shown: its author is not hidden, nor by the viewer, nor their boosts."""
    if booster is None or booster.hidden:
        return False
    return viewer is None or profile or not (viewer.hides(entry.author_id) or entry.author_id in viewer.no_boosts_from)
