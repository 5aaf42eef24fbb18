"""Pages of hashtag timelines: public posts, replies included, that carry one tag or any, all or none of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parvis.kernel.sql import Query
from parvis.network.queries import Viewer
from parvis.network.queries.tag_circles import tag_ids

from .pages import Cursor, gather
from .timelines import Row, wanted

PER_MODE = 4

# Reads the index (tag, post) of one tag in one direction. The last two lists are the tags that must all be there, and
# those that must not; both are often empty.
_TAGGED = (
    "SELECT p.id, p.id FROM network_posttag t JOIN network_post p ON p.id = t.post_id"
    " WHERE t.tag_id = ? AND t.post_id > ? AND t.post_id < ? AND p.visibility = 0 AND p.boost_of_id IS NULL{where}"
    " ORDER BY t.post_id{desc} LIMIT ?"
)
_OTHERS = (
    " AND (SELECT count(*) FROM network_posttag a WHERE a.post_id = t.post_id AND a.tag_id IN ??) = ?"
    " AND NOT EXISTS (SELECT 1 FROM network_posttag n WHERE n.post_id = t.post_id AND n.tag_id IN ??)"
)
_ORIGINS = {"": "", "local": " AND p.is_local", "remote": " AND NOT p.is_local"}
_queries = {
    (origin, media, others, up): Query(
        _TAGGED.format(where=text + (" AND p.media_count > 0" if media else "") + (_OTHERS if others else ""), desc="" if up else " DESC")
    )
    for origin, text in _ORIGINS.items()
    for media in (False, True)
    for others in (False, True)
    for up in (False, True)
}


@dataclass(frozen=True)
class TagWish:
    """Which hashtags, and where the posts come from. `any` adds tags to the first; at most four of each kind count."""

    name: str
    any: Sequence[str] = ()
    all: Sequence[str] = ()
    none: Sequence[str] = ()
    local: bool = False
    remote: bool = False
    only_media: bool = False


def tagged(viewer: Viewer | None, cursor: Cursor, wish: TagWish) -> list[Row]:
    """Return a page of rows (post id, post id), newest first; none for a hashtag that nobody used."""
    first = tag_ids((wish.name,))
    if not first:
        return []
    either = list(dict.fromkeys((*first, *tag_ids(wish.any[:PER_MODE]))))
    every, never = tag_ids(wish.all[:PER_MODE]), tag_ids(wish.none[:PER_MODE])
    origin = "local" if wish.local else "remote" if wish.remote else ""
    extra: tuple[Any, ...] = (every, len(every), never) if every or never else ()

    def fetch(floor: int, ceiling: int, limit: int, forward: bool) -> Sequence[Row]:
        query = _queries[origin, wish.only_media, bool(extra), forward]
        rows: list[Any] = []
        for tag_id in either:
            rows += query.rows(tag_id, floor, ceiling, *extra, limit)
        return rows if len(either) == 1 else sorted(set(rows), reverse=not forward)[:limit]

    return gather(cursor, fetch, lambda rows: wanted(viewer, rows, public=True))
