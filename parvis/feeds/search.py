"""The full-text index of posts, with one interface: FTS5 on SQLite, tsvector and GIN on PostgreSQL.

Both get words ready-made (words.py), so that both find the same. The index holds every written post; who may see
what is found is decided where it is read (queries/post_search.py). Only this module touches the table feeds_search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connections, transaction

from parvis.feeds.words import words
from parvis.kernel.sql import Query
from parvis.media.queries import assets_of
from parvis.network.models import Post
from parvis.network.queries import PostData, posts

BATCH = 500
MAX_WORDS = 4000  # of one post: 5,000 characters, a poll and eight descriptions

_PUT = Query(
    sqlite="INSERT OR REPLACE INTO feeds_search (rowid, body) VALUES (?, ?)",
    postgres="INSERT INTO feeds_search (post_id, body) VALUES (?, CAST(? AS tsvector))"
    " ON CONFLICT (post_id) DO UPDATE SET body = excluded.body",
)
_TAKE = Query(sqlite="DELETE FROM feeds_search WHERE rowid IN ??", postgres="DELETE FROM feeds_search WHERE post_id IN ??")
_CLEAR = Query("DELETE FROM feeds_search")
_COUNT = Query("SELECT count(*) FROM feeds_search")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; one word is a phrase of one."""

    words: tuple[str, ...]
    negated: bool = False


def is_lite() -> bool:
    """Return whether the index is FTS5."""
    return bool(connections["default"].vendor == "sqlite")


def match(phrases: Sequence[Phrase]) -> str:
    """Return the database's expression for posts that hold every phrase and none of the negated ones.

    At least one phrase is not negated. Words are letters and digits only, so nothing in them can be syntax.
    """
    wanted = [p.words for p in phrases if not p.negated]
    refused = [p.words for p in phrases if p.negated]
    if is_lite():
        text = " AND ".join('"' + " ".join(w) + '"' for w in wanted)
        for w in refused:
            text = f'({text}) NOT "{" ".join(w)}"'
        return text
    parts = [_phrase(w) for w in wanted] + [f"!{_phrase(w)}" for w in refused]
    return " & ".join(parts)


def match_any(phrases: Sequence[Phrase]) -> str:
    """Return the database's expression for posts that hold at least one of the phrases, negated or not."""
    if is_lite():
        return " OR ".join('"' + " ".join(p.words) + '"' for p in phrases)
    return " | ".join(_phrase(p.words) for p in phrases)


def _phrase(said: tuple[str, ...]) -> str:
    joined = " <-> ".join(f"'{w}'" for w in said)
    return f"({joined})" if len(said) > 1 else joined


def text_of(post: PostData, descriptions: Iterable[str] = ()) -> str:
    """Return everything of a post that search looks at."""
    options = post.poll.options if post.poll else ()
    return "\n".join((post.spoiler_text, post.text, *options, *descriptions))


def put_posts(found: Sequence[PostData]) -> None:
    """These posts are in the index as they are now; boosts are left out. Idempotent."""
    written = [p for p in found if p.boost_of_id is None]
    media = assets_of([p.id for p in written if p.media_count])
    bodies = []
    for post in written:
        said = words(text_of(post, (a.description for a in media.get(post.id, ()))))[:MAX_WORDS]
        bodies.append((post.id, " ".join(said) if is_lite() else _vector(said)))
    with transaction.atomic():
        for post_id, body in bodies:
            _PUT.run(post_id, body)


def _vector(said: list[str]) -> str:
    """Return a tsvector's text with positions (at most 255 of a word, as PostgreSQL keeps)."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(said, 1):
        at = places.setdefault(word, [])
        if len(at) < 255:
            at.append(place)
    return " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in places.items())


def take_posts(post_ids: Sequence[int]) -> None:
    """These posts are not in the index."""
    if post_ids:
        _TAKE.run(list(post_ids))


def size() -> int:
    """Return how many posts the index holds."""
    row = _COUNT.row()
    return int(row[0]) if row else 0


def rebuild() -> int:
    """Empty the index and fill it with every written post, in batches; return how many it holds then."""
    with transaction.atomic():
        _CLEAR.run()
    last = 0
    while True:
        ids = list(Post.objects.filter(id__gt=last, boost_of=None).order_by("id").values_list("id", flat=True)[:BATCH])
        if not ids:
            return size()
        put_posts(list(posts(ids).values()))
        last = ids[-1]
