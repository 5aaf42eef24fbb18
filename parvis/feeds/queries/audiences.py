"""In which feeds posts stand, of those that somebody watches right now."""

from __future__ import annotations

from collections.abc import Collection

from parvis.kernel.sql import Query

_FEW = Query("SELECT entry_id, feed_id FROM feeds_entry WHERE feed_id IN ?? AND entry_id IN ??")
_MANY = Query("SELECT entry_id, feed_id FROM feeds_entry WHERE post_id IN ?? AND entry_id IN ??")
FEW = 200


def feeds_with(entries: dict[int, int], feed_ids: Collection[int]) -> dict[int, set[int]]:
    """Return, by entry, those of these feeds that hold it. entries: {entry id: id of the post it shows}.

    Few feeds are looked up one by one; when many are watched, the posts' own entries are read instead.
    """
    found: dict[int, set[int]] = {}
    if not entries or not feed_ids:
        return found
    ids = list(entries)
    if len(feed_ids) <= FEW:
        rows = _FEW.rows(list(feed_ids), ids)
    else:
        rows = _MANY.rows(list(set(entries.values())), ids)
    for entry_id, feed_id in rows:
        if feed_id in feed_ids:
            found.setdefault(entry_id, set()).add(feed_id)
    return found
