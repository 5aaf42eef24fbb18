"""A person makes, changes and removes filters. Every change reaches their next read (change key v:ACCOUNT_ID)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.feeds.events import FiltersChanged
from parvis.feeds.models import Filter, FilterKeyword, FilterStatus
from parvis.kernel import changes, clock
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.network.queries import PostData

CONTEXTS = ("home", "notifications", "public", "thread", "account")
MAX_TEXT = 255
MAX_FILTERS = 500
MAX_KEYWORDS = 500
MAX_EXPIRY_S = 100 * 365 * 24 * 3600


class _Unset:
    """Stands for what a request did not mention."""


UNSET: Any = _Unset()


@dataclass(frozen=True)
class KeywordChange:
    """A keyword to add (no id), change, or take away (destroy). None: unchanged."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = False


@dataclass(frozen=True)
class FilterChange:
    """What a request says about a filter; what it does not mention stays. expires_in_s None: for ever."""

    title: str = UNSET
    contexts: Sequence[str] = UNSET
    action: str = UNSET
    expires_in_s: int | None = UNSET
    keywords: Sequence[KeywordChange] = ()


def create_filter(account_id: int, change: FilterChange) -> int:
    """A filter exists; return its id. Raises Invalid."""
    one = Filter(account_id=account_id, title="", context=[])
    _apply(one, change)
    with transaction.atomic():
        if Filter.objects.filter(account_id=account_id).count() >= MAX_FILTERS:
            raise Invalid(_("There are too many filters."), code="filter.too_many")
        one.save(force_insert=True)
        _change_keywords(one.id, change.keywords)
        _announce(account_id)
    return int(one.id)


def update_filter(account_id: int, filter_id: int, change: FilterChange) -> None:
    """The filter is as asked. Raises NotFound, Invalid."""
    with transaction.atomic():
        one = _own(account_id, filter_id)
        _apply(one, change)
        one.save()
        _change_keywords(one.id, change.keywords)
        _announce(account_id)


def delete_filter(account_id: int, filter_id: int) -> None:
    """The filter is gone. Raises NotFound."""
    with transaction.atomic():
        _own(account_id, filter_id).delete()
        _announce(account_id)


def add_keyword(account_id: int, filter_id: int, keyword: str, *, whole_word: bool = True) -> int:
    """The filter has one more keyword; return its id. Raises NotFound, Invalid."""
    with transaction.atomic():
        _own(account_id, filter_id)
        if FilterKeyword.objects.filter(filter_id=filter_id).count() >= MAX_KEYWORDS:
            raise Invalid(_("There are too many keywords."), code="filter.too_many_keywords")
        added = FilterKeyword.objects.create(filter_id=filter_id, keyword=_checked_keyword(keyword), whole_word=whole_word)
        _announce(account_id)
        return int(added.id)


def update_keyword(account_id: int, keyword_id: int, *, keyword: str | None = None, whole_word: bool | None = None) -> None:
    """The keyword is as asked. Raises NotFound, Invalid."""
    with transaction.atomic():
        found = _own_keyword(account_id, keyword_id)
        if keyword is not None:
            found.keyword = _checked_keyword(keyword)
        if whole_word is not None:
            found.whole_word = whole_word
        found.save()
        _announce(account_id)


def delete_keyword(account_id: int, keyword_id: int, *, with_empty_filter: bool = False) -> None:
    """The keyword is gone, and its filter with it if that is then empty and the caller asked so. Raises NotFound."""
    with transaction.atomic():
        found = _own_keyword(account_id, keyword_id)
        filter_id = found.filter_id
        found.delete()
        if with_empty_filter and not FilterKeyword.objects.filter(filter_id=filter_id).exists():
            Filter.objects.filter(id=filter_id, statuses=None).delete()
        _announce(account_id)


def add_post(account_id: int, filter_id: int, post: PostData) -> int:
    """The filter also matches this post (the caller loaded it through the viewer); return the entry's id.

    Raises NotFound, Invalid when it stands there already.
    """
    try:
        with transaction.atomic():
            _own(account_id, filter_id)
            if FilterStatus.objects.filter(filter_id=filter_id, post_id=post.id).exists():
                raise Invalid(_("Validation failed: Status has already been taken"), code="filter.post_taken")
            added = FilterStatus.objects.create(filter_id=filter_id, post_id=post.id)
            _announce(account_id)
            return int(added.id)
    except IntegrityError:  # the post was deleted meanwhile
        raise NotFound from None


def remove_post(account_id: int, row_id: int) -> None:
    """The filter no longer matches this post. Raises NotFound."""
    with transaction.atomic():
        if not FilterStatus.objects.filter(id=row_id, filter__account_id=account_id).delete()[0]:
            raise NotFound
        _announce(account_id)


def change_single(account_id: int, keyword_id: int, keyword: KeywordChange, change: FilterChange) -> None:
    """Change a keyword and its filter together, as the first version of the API does.

    Raises Invalid when the filter would change and has other keywords.
    """
    with transaction.atomic():
        found = _own_keyword(account_id, keyword_id)
        one = _own(account_id, found.filter_id)
        before = (one.title, list(one.context), one.action, one.expires_at)
        _apply(one, change)
        if before != (one.title, list(one.context), one.action, one.expires_at):
            if FilterKeyword.objects.filter(filter_id=one.id).count() > 1:
                text = _(
                    "These parameters cannot be changed from this application because they apply to more than one filter keyword."
                    " Use a more recent application or the web interface."
                )
                raise Invalid(text, code="filter.several_keywords")
            one.save()
        update_keyword(account_id, keyword_id, keyword=keyword.keyword, whole_word=keyword.whole_word)


def _own(account_id: int, filter_id: int) -> Filter:
    found = Filter.objects.filter(account_id=account_id, id=filter_id).first()
    if found is None:
        raise NotFound
    return found


def _own_keyword(account_id: int, keyword_id: int) -> FilterKeyword:
    found = FilterKeyword.objects.filter(id=keyword_id, filter__account_id=account_id).first()
    if found is None:
        raise NotFound
    return found


def _announce(account_id: int) -> None:
    changes.touch(f"v:{account_id}")
    emit(FiltersChanged(account_id))


def _apply(one: Filter, change: FilterChange) -> None:
    """Put the change into the row. Raises Invalid unless what results is a filter."""
    if change.title is not UNSET:
        one.title = change.title.strip()
    if change.contexts is not UNSET:
        one.context = list(dict.fromkeys(c.strip() for c in change.contexts if c.strip()))
    if change.action is not UNSET:
        one.action = change.action
    if change.expires_in_s is not UNSET:
        one.expires_at = None if change.expires_in_s is None else clock.now() + timedelta(seconds=min(change.expires_in_s, MAX_EXPIRY_S))
    if not one.title:
        raise Invalid(_("Validation failed: Title can't be blank"), code="filter.title")
    if len(one.title) > MAX_TEXT:
        raise Invalid(_("Validation failed: Title is too long"), code="filter.title")
    if not one.context or any(c not in CONTEXTS for c in one.context):
        raise Invalid(_("Validation failed: Context None or invalid context supplied"), code="filter.context")
    if one.action not in Filter.Action.values:
        raise Invalid(_("Validation failed: Filter action is not included in the list"), code="filter.action")


def _checked_keyword(keyword: str) -> str:
    keyword = keyword.strip()
    if not keyword:
        raise Invalid(_("Validation failed: Keyword can't be blank"), code="filter.keyword")
    if len(keyword) > MAX_TEXT:
        raise Invalid(_("Validation failed: Keyword is too long"), code="filter.keyword")
    return keyword


def _change_keywords(filter_id: int, wanted: Sequence[KeywordChange]) -> None:
    if not wanted:
        return
    known = {k.id: k for k in FilterKeyword.objects.filter(filter_id=filter_id)}
    if len(known) + sum(1 for w in wanted if w.id is None) > MAX_KEYWORDS:
        raise Invalid(_("There are too many keywords."), code="filter.too_many_keywords")
    for one in wanted:
        if one.id is None:
            if one.destroy or one.keyword is None:
                continue
            whole = True if one.whole_word is None else one.whole_word
            FilterKeyword.objects.create(filter_id=filter_id, keyword=_checked_keyword(one.keyword), whole_word=whole)
            continue
        row = known.get(one.id)
        if row is None:
            raise NotFound
        if one.destroy:
            row.delete()
            continue
        row.keyword = row.keyword if one.keyword is None else _checked_keyword(one.keyword)
        row.whole_word = row.whole_word if one.whole_word is None else one.whole_word
        row.save()
