"""Posts as frozen data, cached per process and dropped by the change feed (key p:POST_ID)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parvis.kernel import changes
from parvis.network.models import Card, Mention, Poll, Post, PostTag


@dataclass(frozen=True, slots=True)
class PollData:
    """A poll's options and counts, in order."""

    id: int
    options: tuple[str, ...]
    counts: tuple[int, ...]
    multiple: bool
    hide_totals: bool
    votes_count: int
    voters_count: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class CardData:
    """A link preview: title and at most 160 characters."""

    url: str
    title: str
    description: str
    kind: str
    provider_name: str
    author_name: str
    author_url: str
    language: str
    image: str
    image_description: str
    width: int
    height: int
    blurhash: str


@dataclass(frozen=True, slots=True)
class PostData:
    """Everything about a post that is the same for every viewer who may see it."""

    id: int
    author_id: int
    created_at: datetime
    edited_at: datetime | None
    text: str
    html: str
    spoiler_text: str
    sensitive: bool
    visibility: int
    local_only: bool
    language: str
    uri: str
    url: str
    app_name: str
    app_website: str
    in_reply_to_id: int | None
    in_reply_to_account_id: int | None
    conversation_id: int
    boost_of_id: int | None
    quote_of_id: int | None
    quote_state: int
    quote_policy: int
    card_id: int | None
    media_count: int
    replies_count: int
    boosts_count: int
    favourites_count: int
    quotes_count: int
    is_local: bool
    listed: bool
    mention_ids: tuple[int, ...] = ()
    silent_mention_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    poll: PollData | None = None
    card: CardData | None = None
    names: frozenset[int] = field(default=frozenset())


_COLUMNS = (
    "id", "author_id", "created_at", "edited_at", "text", "html", "spoiler_text", "sensitive", "visibility",
    "local_only", "language", "uri", "url", "app_name", "app_website", "in_reply_to_id", "in_reply_to_account_id",
    "conversation_id", "boost_of_id", "quote_of_id", "quote_state", "quote_policy", "card_id", "media_count",
    "replies_count", "boosts_count", "favourites_count", "quotes_count", "is_local", "listed",
)  # fmt: skip

_cache: changes.Cache[PostData] = changes.Cache("p", size=20_000)


def posts(ids: Iterable[int]) -> dict[int, PostData]:
    """Return the posts that exist among these ids, whoever may see them: callers filter (visibility.py).

    At most five queries for any number of posts, none when all are cached.
    """
    entries = _cache.entries
    found: dict[int, PostData] = {}
    missing: list[int] = []
    for i in ids:
        kept = entries.get(i)
        if kept is not None:
            found[i] = kept
        else:
            missing.append(i)
    if missing:
        mark = _cache.mark()
        for one in _load(set(missing)):
            found[one.id] = one
            _cache.put(one.id, one, mark)
    return found


def _load(ids: set[int]) -> list[PostData]:
    rows = list(Post.objects.filter(id__in=ids).values_list(*_COLUMNS))
    written = [row[0] for row in rows if row[18] is None]
    mentions: dict[int, list[int]] = {}
    silent: dict[int, list[int]] = {}
    tags: dict[int, list[str]] = {}
    if written:
        for post_id, account_id, is_silent in (
            Mention.objects.filter(post_id__in=written).order_by("id").values_list("post_id", "account_id", "silent")
        ):
            (silent if is_silent else mentions).setdefault(post_id, []).append(account_id)
        for post_id, name in PostTag.objects.filter(post_id__in=written).order_by("id").values_list("post_id", "tag__name"):
            tags.setdefault(post_id, []).append(name)
    polls = _polls(written)
    cards = _cards({row[22] for row in rows if row[22]})
    return [
        PostData(
            *row,
            mention_ids=tuple(mentions.get(row[0], ())),
            silent_mention_ids=tuple(silent.get(row[0], ())),
            tags=tuple(tags.get(row[0], ())),
            poll=polls.get(row[0]),
            card=cards.get(row[22]),
            names=frozenset(mentions.get(row[0], ())) | frozenset(silent.get(row[0], ())),
        )
        for row in rows
    ]


def _polls(post_ids: list[int]) -> dict[int, PollData]:
    if not post_ids:
        return {}
    columns = ("post_id", "id", "options", "counts", "multiple", "hide_totals", "votes_count", "voters_count", "expires_at")
    found = {}
    for post_id, *row in Poll.objects.filter(post_id__in=post_ids).values_list(*columns):
        row[1], row[2] = tuple(row[1]), tuple(row[2])
        found[post_id] = PollData(*row)
    return found


def _cards(ids: set[int]) -> dict[int | None, CardData]:
    if not ids:
        return {}
    columns = (
        "id", "url", "title", "description", "kind", "provider_name", "author_name", "author_url", "language", "image",
        "image_description", "width", "height", "blurhash",
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = list(Card.objects.filter(id__in=ids, failed=False).exclude(title="").values_list(*columns))
    return {row[0]: CardData(*row[1:]) for row in rows}
