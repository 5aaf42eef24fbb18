"""Hashtags found by their beginning, the most used of the week first."""

from __future__ import annotations

import re
from datetime import timedelta

from parvis.kernel import clock
from parvis.kernel.sql import Query
from parvis.network.formatting import normalize_tag
from parvis.network.models import Hashtag

_NOT_TAG = re.compile(r"[^\w·・]")
_FIND_TEXT = (
    "SELECT h.id FROM network_hashtag h WHERE {begins} AND (h.listable OR h.name = ?){reviewed}"
    " AND (h.reviewed_at IS NOT NULL OR EXISTS (SELECT 1 FROM network_posttag t JOIN network_post p ON p.id = t.post_id"
    " WHERE t.tag_id = h.id AND p.visibility < 2))"
    " ORDER BY CASE WHEN h.name = ? THEN 0 ELSE 1 END,"
    " coalesce((SELECT sum(u.uses) FROM feeds_tagusage u WHERE u.tag_id = h.id AND u.day >= ?), 0) DESC,"
    " length(h.name), h.name LIMIT ? OFFSET ?"
)
_BEGINS = {"sqlite": "h.name >= ? AND h.name < ?", "postgres": "h.name ~>=~ ? AND h.name ~<~ ?"}


def _query(reviewed: str) -> Query:
    return Query(**{kind: _FIND_TEXT.format(begins=begins, reviewed=reviewed) for kind, begins in _BEGINS.items()})


_FIND, _FIND_REVIEWED = _query(""), _query(" AND h.reviewed_at IS NOT NULL")


def find_tags(text: str, *, limit: int = 20, offset: int = 0, only_reviewed: bool = False) -> list[Hashtag]:
    """Return hashtags that begin with the text (its # and spaces do not count), the exact one first. Two queries.

    A tag that stands in private posts alone is not found: its name would tell what they are about.
    """
    name = normalize_tag(_NOT_TAG.sub("", text[:200]))
    if not name:
        return []
    week = (clock.now() - timedelta(days=7)).date()
    query = _FIND_REVIEWED if only_reviewed else _FIND
    ids = [row[0] for row in query.rows(name, name + "\U0010ffff", name, name, week.isoformat(), limit, offset)]
    found = Hashtag.objects.in_bulk(ids)
    return [found[i] for i in ids if i in found]
