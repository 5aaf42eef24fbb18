"""A person's filters as they edit them: with ids of keywords and posts. (filters.py matches them.)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from parvis.feeds.models import Filter, FilterKeyword, FilterStatus
from parvis.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class KeywordData:
    id: int
    filter_id: int
    keyword: str
    whole_word: bool


@dataclass(frozen=True, slots=True)
class FilteredPost:
    id: int
    filter_id: int
    post_id: int


@dataclass(frozen=True, slots=True)
class FilterData:
    """A filter with its parts, in the order in which they were made."""

    id: int
    title: str
    contexts: tuple[str, ...]
    action: str
    expires_at: datetime | None
    keywords: tuple[KeywordData, ...]
    posts: tuple[FilteredPost, ...]


def own_filters(account_id: int) -> list[FilterData]:
    """Return every filter of this account, oldest first. Three queries."""
    return _load(list(Filter.objects.filter(account_id=account_id).order_by("id")))


def own_filter(account_id: int, filter_id: int) -> FilterData:
    """Return one filter of this account. Raises NotFound, alike for others' and for none."""
    found = _load(list(Filter.objects.filter(account_id=account_id, id=filter_id)))
    if not found:
        raise NotFound
    return found[0]


def _load(rows: Sequence[Filter]) -> list[FilterData]:
    ids = [one.id for one in rows]
    words: dict[int, list[KeywordData]] = {i: [] for i in ids}
    posts: dict[int, list[FilteredPost]] = {i: [] for i in ids}
    if ids:
        for k in FilterKeyword.objects.filter(filter_id__in=ids).order_by("id"):
            words[k.filter_id].append(KeywordData(k.id, k.filter_id, k.keyword, k.whole_word))
        for s in FilterStatus.objects.filter(filter_id__in=ids).order_by("id"):
            posts[s.filter_id].append(FilteredPost(s.id, s.filter_id, s.post_id))
    return [
        FilterData(one.id, one.title, tuple(one.context), one.action, one.expires_at, tuple(words[one.id]), tuple(posts[one.id]))
        for one in rows
    ]


def own_keyword(account_id: int, keyword_id: int) -> KeywordData:
    """Return one keyword of this account's filters. Raises NotFound."""
    found = FilterKeyword.objects.filter(id=keyword_id, filter__account_id=account_id).first()
    if found is None:
        raise NotFound
    return KeywordData(found.id, found.filter_id, found.keyword, found.whole_word)


def own_filtered_post(account_id: int, row_id: int) -> FilteredPost:
    """Return one post of this account's filters. Raises NotFound."""
    found = FilterStatus.objects.filter(id=row_id, filter__account_id=account_id).first()
    if found is None:
        raise NotFound
    return FilteredPost(found.id, found.filter_id, found.post_id)
