"""Turns a batch of messages into what each viewer gets: all reading of the database for streaming is here.

Runs in a thread, one batch at a time. Posts are loaded once, viewers' marks are asked for all viewers together,
and viewers whose documents would be the same bytes share one rendering.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connections

from parvis.feeds.queries import announcements, conversations, filters, timelines
from parvis.feeds.queries import audiences as feed_audiences
from parvis.feeds.queries import notifications as notification_pages
from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.kernel.sql import is_lost_connection
from parvis.mastodon import announcement, conversation, notification, status
from parvis.network.models import ConversationMember, Visibility
from parvis.network.queries import AccountData, PostData, Viewer, accounts, audiences, posts, viewer
from parvis.network.queries import notifications as network_notifications
from parvis.realtime.streams import Key

Message = list[Any]
EVERYONE: Key = ("user", 0)


@dataclass(slots=True)
class Watched:
    """Who watches what, as the event loop knew it when the batch began."""

    users: frozenset[int] = frozenset()
    notified: frozenset[int] = frozenset()
    direct: frozenset[int] = frozenset()
    lists: dict[int, frozenset[int]] = field(default_factory=dict)
    shared: dict[Key, frozenset[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Delivery:
    """One event for some of the watchers of some streams. account_ids None: everyone who watches these."""

    event: str
    payload: bytes
    keys: list[Key]
    account_ids: frozenset[int] | None = None
    post_id: int = 0


def render(batch: Sequence[Message], watched: Watched) -> list[Delivery]:
    """Return what to deliver. A database that went away is asked once more; then the batch is given up."""
    for attempt in (0, 1):
        try:
            changes.sync()
            return list(_render(batch, watched))
        except Exception as problem:
            if not is_lost_connection(problem) or attempt:
                raise
            connections["default"].close()
    return []


def _render(batch: Sequence[Message], watched: Watched) -> Iterable[Delivery]:
    rows: dict[str, list[Any]] = {}
    for message in batch:
        if message[0] in ("post", "edit", "gone", "note", "news"):
            rows.setdefault(message[0], []).extend(message[2:])
        elif message[0] == "tell":
            yield _told(message[2], message[3], message[4])
        elif message[0] == "emoji":
            yield from _emoji(message[2], message[3])
    for kind, event in (("post", "update"), ("edit", "status.update")):
        if kind in rows:
            yield from _posted(event, list(dict.fromkeys(row[0] for row in rows[kind])), watched)
    if "note" in rows:
        yield from _notified([row[0] for row in rows["note"] if row[1] in watched.notified], watched)
    if "gone" in rows:
        yield from _gone(rows["gone"], watched)
    if "news" in rows and watched.users:
        yield from _news([row[0] for row in rows["news"]])


def _told(event: str, payload: str, account_ids: Collection[int]) -> Delivery:
    return Delivery(event, payload.encode(), [("user", i) for i in account_ids] or [EVERYONE])


# ------------------------------------------------------------------ posts


@dataclass(slots=True)
class _Place:
    """One post for the watchers of some keys: all of them, or a key's accounts."""

    entry: PostData
    key: Key
    account_ids: Collection[int]
    public: bool = False


def _posted(event: str, ids: list[int], watched: Watched) -> Iterable[Delivery]:
    found = posts(ids)
    shown = {**found, **posts(p.boost_of_id for p in found.values() if p.boost_of_id)}
    authors = accounts({p.author_id for p in shown.values()})
    if event == "update":
        yield from _conversations([p for p in found.values() if p.visibility == Visibility.DIRECT], watched)
    places = [place for post in found.values() for place in _places(post, authors, watched)]
    places += _homes({i: p for i, p in found.items() if p.visibility != Visibility.DIRECT}, authors, watched)
    yield from _shared(event, shown, places)


def _places(post: PostData, authors: dict[int, AccountData], watched: Watched) -> Iterable[_Place]:
    """Where a post stands in streams that many share."""
    if post.visibility != Visibility.PUBLIC or post.boost_of_id:
        return
    keys: list[Key] = []
    if post.listed:
        origin = "public:local" if post.is_local else "public:remote"
        keys += [("public", 0), (origin, 0)]
        if post.media_count:
            keys += [("public:media", 0), (f"{origin}:media", 0)]
    for tag in post.tags:
        keys.append(("hashtag", tag))
        if post.is_local:
            keys.append(("hashtag:local", tag))
    for key in keys:
        if key in watched.shared:
            yield _Place(post, key, watched.shared[key], public=True)


def _homes(found: dict[int, PostData], authors: dict[int, AccountData], watched: Watched) -> Iterable[_Place]:
    """Where posts stand in watched homes and lists."""
    feeds = watched.users | watched.lists.keys()
    entries = {i: p.boost_of_id or i for i, p in found.items()}
    held = feed_audiences.feeds_with(entries, feeds)
    for i, post in found.items():
        inside = held.get(i, set())
        author = authors.get(post.author_id)
        if author is not None and author.merged_on_read:
            inside = inside | {a for a in watched.users if post.author_id in viewer(a).merged_followees}
        for feed in inside:
            if feed in watched.lists:
                yield _Place(post, ("list", feed), watched.lists[feed])
            else:
                yield _Place(post, ("user", feed), (feed,))


def _shared(event: str, shown: dict[int, PostData], places: list[_Place]) -> Iterable[Delivery]:
    """Yield each post once per variant of its bytes, to everyone whose document has these bytes."""
    if not places:
        return
    people = {a for place in places for a in place.account_ids}
    bodies = {place.entry.boost_of_id or place.entry.id for place in places} & shown.keys()
    writer = _Writer(shown, audiences.marks_of_many(people, bodies), _votes(shown, bodies, people))
    alone: dict[tuple[int, bytes], list[Key]] = {}
    among: dict[tuple[int, bytes, Key], set[int]] = {}
    for place in places:
        for account_id in place.account_ids:
            payload = writer.document(account_id, place)
            if payload is None:
                continue
            if place.key[0] == "user":
                alone.setdefault((place.entry.id, payload), []).append(place.key)
            else:
                among.setdefault((place.entry.id, payload, place.key), set()).add(account_id)
    for (post_id, payload), keys in alone.items():
        yield Delivery(event, payload, keys, None, post_id)
    for (post_id, payload, key), chosen in among.items():
        yield Delivery(event, payload, [key], frozenset(chosen), post_id)


def _votes(shown: dict[int, PostData], ids: Collection[int], people: Collection[int]) -> dict[tuple[int, int], tuple[int, ...]]:
    polls = [i for i in ids if shown[i].poll is not None]
    return audiences.votes_of_many(people, polls) if polls else {}


class _Writer:
    """Writes a post for one viewer after another, once per variant."""

    def __init__(
        self, shown: dict[int, PostData], marks: dict[tuple[int, int], int], votes: dict[tuple[int, int], tuple[int, ...]]
    ) -> None:
        self.shown, self.marks, self.votes = shown, marks, votes
        self.base = status.prepare(None, shown)
        self.known: dict[tuple[Any, ...], bytes | None] = {}

    def document(self, account_id: int, place: _Place) -> bytes | None:
        """Return the Status for this viewer, None when they may not, or do not want to, see it here."""
        entry = place.entry
        body = self.shown.get(entry.boost_of_id) if entry.boost_of_id else entry
        if body is None:
            return None
        who = viewer(account_id) if account_id else None
        row = (entry.id, body.id)
        if not timelines.wanted(who, (row,), public=place.public):
            return None
        kept, of = filters.apply(who, (row,), "public" if place.public else "home")
        if not kept:
            return None
        filtered = of(body) if of is not None else None
        bits = self.marks.get((account_id, body.id), 0)
        cast = self.votes.get((account_id, body.id), ())
        rendering = status.Rendering(
            who,
            self.base.found,
            self.base.parts,
            self.base.people,
            {body.id: bits},
            {body.id: cast},
            {},
            (lambda _: filtered) if filtered else None,
        )
        if body.quote_of_id:  # what the viewer may see of the quoted post is theirs alone
            return self._with_quote(rendering, who, entry)
        mine = who is not None and body.author_id == account_id
        muted = who is not None and body.conversation_id in who.muted_threads
        variant = (entry.id, who is None, bits, cast, mine, muted, orjson.dumps(filtered), rendering._may_quote(body))
        if variant not in self.known:
            self.known[variant] = rendering.one(entry.id)
        return self.known[variant]

    def _with_quote(self, rendering: status.Rendering, who: Viewer | None, entry: PostData) -> bytes | None:
        found = {i: self.shown[i] for i in (entry.id, entry.boost_of_id) if i}
        return status.prepare(who, found, rendering.filters).one(entry.id)


def _conversations(found: list[PostData], watched: Watched) -> Iterable[Delivery]:
    """Yield direct posts as conversations of those who take part and watch."""
    wanted = {p.conversation_id for p in found}
    if not wanted or not watched.direct:
        return
    rows = ConversationMember.objects.filter(conversation_id__in=wanted, account_id__in=watched.direct).values_list("account_id", "id")
    for account_id, member_id in rows:
        who = viewer(account_id)
        try:
            one = conversations.conversation(who, member_id)
        except NotFound:
            continue
        if one.last_post_id is not None and timelines.wanted(who, [(one.last_post_id, one.last_post_id)]):
            yield Delivery("conversation", conversation.documents(who, [one])[0], [("direct", account_id)])


# ------------------------------------------------------------------ the rest


def _notified(ids: list[int], watched: Watched) -> Iterable[Delivery]:
    if not ids:
        return
    for row, account_id in network_notifications.many(ids):
        who = viewer(account_id)
        page = notification_pages.wanted_rows(who, [row])
        if page.rows:
            body = notification.one(who, page)
            yield Delivery("notification", body, [("user", account_id), ("user:notification", account_id)])


def _gone(rows: Sequence[Sequence[int]], watched: Watched) -> Iterable[Delivery]:
    authors = {row[1] for row in rows}
    followers = audiences.followers_among(authors, watched.users)
    lists = audiences.lists_among(authors, watched.lists.keys())
    for post_id, author_id, public in dict.fromkeys(map(tuple, rows)):
        keys: list[Key] = [("user", i) for i in {*followers.get(author_id, ()), author_id} if i in watched.users]
        keys += [("list", i) for i in lists.get(author_id, ())]
        if public:
            keys += list(watched.shared)
        yield Delivery("delete", str(post_id).encode(), keys, None, -post_id)


def _news(ids: list[int]) -> Iterable[Delivery]:
    for announcement_id in dict.fromkeys(ids):
        try:
            one = announcements.announcement(0, announcement_id)
        except NotFound:
            continue
        yield Delivery("announcement", orjson.dumps(announcement.document(one)), [EVERYONE])


def _emoji(announcement_id: int, name: str) -> Iterable[Delivery]:
    try:
        one = announcements.announcement(0, announcement_id)
    except NotFound:
        return
    count = next((r.count for r in one.reactions if r.name == name), 0)
    body = orjson.dumps({"name": name, "count": count, "announcement_id": str(announcement_id)})
    yield Delivery("announcement.reaction", body, [EVERYONE])
