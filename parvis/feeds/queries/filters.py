"""A viewer's filters, compiled once and cached (change key v:ACCOUNT_ID), applied to posts as they are read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from parvis.feeds.models import Filter, FilterKeyword, FilterStatus
from parvis.kernel import changes
from parvis.kernel.clock import iso
from parvis.network.queries import PostData, Viewer, posts


@dataclass(frozen=True, slots=True)
class Compiled:
    """One filter, ready to match. until_s: seconds since 1970, 0 for ever."""

    document: dict[str, Any]
    contexts: frozenset[str]
    action: str
    until_s: float
    keywords: tuple[tuple[str, re.Pattern[str]], ...]
    post_ids: frozenset[int]

    def match(self, post: PostData) -> dict[str, Any] | None:
        """Return Mastodon's FilterResult if the post matches, else None."""
        text = f"{post.spoiler_text}\n{post.text}"
        if post.poll is not None:
            text += "\n" + "\n".join(post.poll.options)
        words = [word for word, pattern in self.keywords if pattern.search(text)]
        named = [str(i) for i in (post.id, post.boost_of_id) if i in self.post_ids]
        if not words and not named:
            return None
        return {"filter": self.document, "keyword_matches": words or None, "status_matches": named or None}


_cache: changes.Cache[tuple[Compiled, ...]] = changes.Cache("v", size=5_000)


def filter_document(one: Filter) -> dict[str, Any]:
    """Return the Filter entity without its keywords and statuses, as it stands in a FilterResult."""
    return {
        "id": str(one.id),
        "title": one.title,
        "context": one.context,
        "expires_at": iso(one.expires_at),
        "filter_action": one.action,
    }


def compile_keyword(keyword: str, *, whole_word: bool) -> re.Pattern[str]:
    """Return the pattern of a keyword; whole words end at a border only where the keyword has a word character."""
    body = re.escape(keyword)
    if whole_word:
        before = r"(?<!\w)" if re.match(r"\w", keyword) else ""
        after = r"(?!\w)" if re.search(r"\w$", keyword) else ""
        body = before + body + after
    return re.compile(body, re.IGNORECASE)


def filters_of(viewer: Viewer) -> tuple[Compiled, ...]:
    """Return the viewer's compiled filters; no query when they are cached."""
    kept = _cache.entries.get(viewer.account_id)
    if kept is None:
        mark = _cache.mark()
        kept = _load(viewer.account_id)
        _cache.put(viewer.account_id, kept, mark)
    return kept


def _load(account_id: int) -> tuple[Compiled, ...]:
    rows = list(Filter.objects.filter(account_id=account_id))
    if not rows:
        return ()
    words: dict[int, list[tuple[str, re.Pattern[str]]]] = {}
    for one in FilterKeyword.objects.filter(filter__in=rows).order_by("id"):
        words.setdefault(one.filter_id, []).append((one.keyword, compile_keyword(one.keyword, whole_word=one.whole_word)))
    named: dict[int, set[int]] = {}
    for filter_id, post_id in FilterStatus.objects.filter(filter__in=rows).values_list("filter_id", "post_id"):
        named.setdefault(filter_id, set()).add(post_id)
    return tuple(
        Compiled(
            document=filter_document(one),
            contexts=frozenset(one.context),
            action=one.action,
            until_s=one.expires_at.timestamp() if one.expires_at else 0.0,
            keywords=tuple(words.get(one.id, ())),
            post_ids=frozenset(named.get(one.id, ())),
        )
        for one in rows
    )


def results(viewer: Viewer | None, context: str) -> tuple[list[Compiled], Callable[[PostData], list[dict[str, Any]]] | None]:
    """Return the filters active in a context, and a function that gives a post's FilterResults (None: no filter)."""
    if viewer is None:
        return [], None
    every = filters_of(viewer)
    if not every:
        return [], None
    now = time.time()
    active = [f for f in every if (not f.until_s or f.until_s > now) and (not context or context in f.contexts)]
    if not active:
        return [], None

    def of(post: PostData) -> list[dict[str, Any]]:
        if post.author_id == viewer.account_id:
            return []
        return [found for found in (f.match(post) for f in active) if found]

    return active, of


def apply(
    viewer: Viewer | None, rows: Sequence[tuple[int, int]], context: str
) -> tuple[Sequence[tuple[int, int]], Callable[[PostData], list[dict[str, Any]]] | None]:
    """Return the rows (entry id, post id) that no `hide` filter takes out, and the function for the others' results."""
    active, of = results(viewer, context)
    if of is None or viewer is None:
        return rows, None
    hiding = [f for f in active if f.action == Filter.Action.HIDE]
    if hiding:
        found = posts(row[1] for row in rows)
        mine = viewer.account_id
        rows = [
            row for row in rows if row[1] not in found or found[row[1]].author_id == mine or not any(f.match(found[row[1]]) for f in hiding)
        ]
    return rows, of
