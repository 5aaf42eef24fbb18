"""Mastodon's Filter entities: the second version's, its parts, and the first version's (one per keyword)."""

from __future__ import annotations

from typing import Any

from parvis.feeds.models import Filter
from parvis.feeds.queries.own_filters import FilterData, FilteredPost, KeywordData
from parvis.kernel.clock import iso


def document(one: FilterData) -> dict[str, Any]:
    """Return the Filter entity with its keywords and statuses."""
    return {
        "id": str(one.id),
        "title": one.title,
        "context": list(one.contexts),
        "expires_at": iso(one.expires_at),
        "filter_action": one.action,
        "keywords": [keyword(k) for k in one.keywords],
        "statuses": [status(s) for s in one.posts],
    }


def keyword(one: KeywordData) -> dict[str, Any]:
    """Return the FilterKeyword entity."""
    return {"id": str(one.id), "keyword": one.keyword, "whole_word": one.whole_word}


def status(one: FilteredPost) -> dict[str, Any]:
    """Return the FilterStatus entity."""
    return {"id": str(one.id), "status_id": str(one.post_id)}


def first_version(one: FilterData, word: KeywordData) -> dict[str, Any]:
    """Return the first version's Filter: one keyword with its filter's settings."""
    return {
        "id": str(word.id),
        "phrase": word.keyword,
        "context": list(one.contexts),
        "whole_word": word.whole_word,
        "expires_at": iso(one.expires_at),
        "irreversible": one.action == Filter.Action.HIDE,
    }
