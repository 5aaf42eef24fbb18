"""Posts as frozen data, cached per process and dropped by the change feed (key p:POST_ID)."""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parvis.kernel import changes
from parvis.kernel.ids import moment_of
from parvis.kernel.sql import Query, aware
from parvis.network.models import Card, Poll


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
    "id", "author_id", "edited_at", "text", "html", "spoiler_text", "sensitive", "visibility",
    "local_only", "language", "uri", "url", "app_name", "app_website", "in_reply_to_id", "in_reply_to_account_id",
    "conversation_id", "boost_of_id", "quote_of_id", "quote_state", "quote_policy", "card_id", "media_count",
    "replies_count", "boosts_count", "favourites_count", "quotes_count", "is_local", "listed",
)  # fmt: skip

_POSTS = Query(f"SELECT {', '.join(_COLUMNS)} FROM network_post WHERE id IN ??")
# What hangs on posts, in one statement: mentions (0), silent mentions (1), hashtags (2), polls (3), in order.
_ATTACHED = Query(
    "SELECT post_id, what, number, name FROM ("
    "SELECT id AS place, post_id, CASE WHEN silent THEN 1 ELSE 0 END AS what, account_id AS number, '' AS name"
    " FROM network_mention WHERE post_id IN ??"
    " UNION ALL SELECT t.id, t.post_id, 2, 0, h.name FROM network_posttag t JOIN network_hashtag h ON h.id = t.tag_id WHERE t.post_id IN ??"
    " UNION ALL SELECT id, post_id, 3, 0, '' FROM network_poll WHERE post_id IN ??) AS attached ORDER BY what, place"
)
_cache: changes.Cache[PostData] = changes.Cache("p", size=20_000)


def posts(ids: Iterable[int]) -> dict[int, PostData]:
    """Return the posts that exist among these ids, whoever may see them: callers filter (visibility.py).

    At most four queries for any number of posts, none when all are cached.
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
        for one in _load(list(set(missing))):
            found[one.id] = one
            _cache.put(one.id, one, mark)
    return found


def _load(ids: list[int]) -> list[PostData]:
    rows = _POSTS.rows(ids)
    written = [row[0] for row in rows if row[17] is None]
    mentions: dict[int, list[int]] = {}
    silent: dict[int, list[int]] = {}
    tags: dict[int, list[str]] = {}
    polled: list[int] = []
    if written:
        for post_id, what, number, name in _ATTACHED.rows(written, written, written):
            if what == 0:
                mentions.setdefault(post_id, []).append(number)
            elif what == 1:
                silent.setdefault(post_id, []).append(number)
            elif what == 2:
                tags.setdefault(post_id, []).append(name)
            else:
                polled.append(post_id)
    polls = _polls(polled)
    cards = _cards({row[21] for row in rows if row[21]})
    return [
        PostData(
            row[0],
            row[1],
            moment_of(row[0]),
            aware(row[2]),
            *row[3:],
            mention_ids=tuple(mentions.get(row[0], ())),
            silent_mention_ids=tuple(silent.get(row[0], ())),
            tags=tuple(tags.get(row[0], ())),
            poll=polls.get(row[0]),
            card=cards.get(row[21]),
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
